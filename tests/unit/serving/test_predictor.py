"""From a request's bytes to an answer's."""

import asyncio
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from pipeline.data import columns
from pipeline.model import featurizer as featurizers
from pipeline.model import inputs, model_file, training
from pipeline.model.scorer import Scorer
from pipeline.serving import front, prediction_log, predictor
from pipeline.serving.predictor import Predictor
from recipe import estimators
from recipe import features as recipe_features


@pytest.fixture
def make(journey, rules, tmp_path):
    """`make()` loads the journey's model; its log is tmp_path/log."""
    predictors = []

    def make(rules=rules):
        root = journey / "release/bento/src"
        settings = json.loads((root / "service.json").read_text())
        predictors.append(Predictor(root, settings, rules, tmp_path / "log"))
        return predictors[-1]

    yield make
    for opened in predictors:
        opened.close()


@pytest.fixture
def rows(typed, rules) -> list[dict]:
    return columns.json_rows(typed.head(120), rules.features)


def answer(predictor: Predictor, rows) -> dict:
    return json.loads(asyncio.run(predictor.answer(json.dumps({"rows": rows}).encode())))


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 100, 101])
def test_few_and_many_rows_score_as_offline(make, rows, rules, count):
    predictor = make()
    predictions = answer(predictor, rows[:count])["predictions"]
    expected = predictor.scorer.scores(pd.DataFrame(rows[:count]))
    probabilities = [prediction["probability"] for prediction in predictions]
    assert np.abs(probabilities - expected).max() < 1e-9


@pytest.mark.slow
def test_one_row_needs_no_list(make, rows):
    made, row = make(), json.dumps(rows[0])
    for text in (f'{{"rows":{row}}}', f' {{\n"rows" :\t{row} }}'):
        assert len(made.rows_in(text.encode())) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", []),
        (b"{", []),
        (b"[]", []),
        (b"{}", ["rows"]),
        (b'{"rows": []}', ["rows"]),
        (b'{"rows": 1}', ["rows"]),
        (b'{"rows": {}, "more": 1}', ["rows", "weight"]),
        (b'{"rows": [{}]}', ["rows", 0, "weight"]),
        (b"\xff\xfe", []),
    ],
)
def test_a_body_without_rows_is_an_error_with_its_place(make, body, where):
    with pytest.raises(ValidationError) as refused:
        make().rows_in(body)
    answer = json.loads(front.error_body(refused.value))
    assert answer["detail"][0]["loc"] == where


@pytest.mark.slow
def test_the_answer_to_a_bad_request_is_short_and_repeats_no_values(make):
    body = json.dumps({"rows": [{"secret": "Ada Lovelace"}] * 150}).encode()
    with pytest.raises(ValidationError) as refused:
        make().rows_in(body)
    body = front.error_body(refused.value)
    assert len(json.loads(body)["detail"]) == front.SHOWN
    assert b"Ada" not in body


@pytest.mark.slow
def test_a_private_column_is_scored_but_not_logged(make, rules, rows, tmp_path):
    columns = {**rules.columns, "wish": rules.columns["wish"].model_copy(update={"private": True})}
    made = make(rules.model_copy(update={"columns": columns}))
    answer(made, rows[:3])
    made.log.flush()
    logged = [entry["row"] for entry in prediction_log.read(tmp_path / "log")]
    assert len(logged) == 3
    assert all("wish" not in row and "town" in row for row in logged)


@pytest.mark.slow
def test_a_model_that_scores_other_than_scikit_learn_does_not_start(make, monkeypatch):
    scores = Scorer.scores_of
    monkeypatch.setattr(Scorer, "scores_of", lambda self, rows: scores(self, rows) + 1e-6)
    with pytest.raises(RuntimeError, match="self-test failed: a row scores 1e-06 off scikit-learn"):
        make()


def test_a_log_that_cannot_be_written_is_only_a_warning(make, rows, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(predictor.logger, "propagate", True)
    made = make()
    (tmp_path / "log").rmdir()
    for _ in range(2):  # the loss is reported by the next request
        assert len(answer(made, rows[:3])["predictions"]) == 3
        made.log.flush()
    answer(made, rows[:1])
    assert "6 predictions could not be logged so far" in caplog.text


FAILING = """\
from pipeline.data.derived import number


@number
def share(guests: float | None) -> float | None:
    return None if guests is None else 1 / (guests - 13)
"""


@pytest.fixture
def derived_root(journey, typed, rules, settings, tmp_path, monkeypatch) -> Path:
    """A Bento's source whose model reads a derived column that fails on 13 guests."""
    root = tmp_path / "src"
    shutil.copytree(journey / "release/bento/src", root)
    (root / "recipe/features.py").write_text(FAILING)
    monkeypatch.setattr(inputs, "RECIPE", inputs.recipe_in(root / "recipe"))
    fitted = featurizers.fit(typed, rules, settings("featurize", recipe_features.Params))
    features = featurizers.transform(fitted, typed, rules)
    how = settings("train", estimators.Params)
    model_file.save(
        training.whole(fitted, features, typed["late"], how), root / "models/model.skops"
    )
    served = json.loads((root / "service.json").read_text())
    (root / "service.json").write_text(json.dumps({**served, "derived": ["share"]}))
    return root


@pytest.mark.slow
def test_a_derived_column_that_fails_on_a_row_is_the_servers_fault(
    derived_root, rules, rows, tmp_path, caplog
):
    limits = rules.columns["guests"].model_copy(update={"max": 20.0})
    wider = rules.model_copy(update={"columns": {**rules.columns, "guests": limits}})
    served = json.loads((derived_root / "service.json").read_text())
    predictor = Predictor(derived_root, served, wider, tmp_path / "log")
    app = front.Front(None, lambda: predictor, served, None)

    async def status_of(row) -> tuple[int, bytes]:
        body, sent = json.dumps({"rows": row}).encode(), []
        scope = {"type": "http", "path": "/predict", "method": "POST", "headers": []}
        await app(scope, lambda: _soon({"type": "http.request", "body": body}), _into(sent))
        return sent[0]["status"], sent[1]["body"]

    good = asyncio.run(status_of(rows[0]))
    bad = asyncio.run(status_of({**rows[0], "guests": 13}))
    again = asyncio.run(status_of(rows[0]))
    predictor.close()
    assert (good[0], bad[0], again) == (200, 500, good)
    assert b"share" not in bad[1]
    assert "`share` raised ZeroDivisionError" in caplog.text


async def _soon(message: dict) -> dict:
    return message


def _into(sent: list):
    async def send(message: dict) -> None:
        sent.append(message)

    return send
