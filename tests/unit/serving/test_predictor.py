"""From a request's bytes to an answer's."""

import asyncio
import json

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from pipeline.data import columns
from pipeline.model.scorer import Scorer
from pipeline.serving import front, prediction_log, predictor
from pipeline.serving.predictor import Predictor


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
