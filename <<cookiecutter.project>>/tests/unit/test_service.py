"""The service: tried over HTTP, in this process."""

import json
import logging
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from pipeline import compiled, model_file, prediction_log, service
from pipeline import schema as schemas
from pipeline.scorer import Scorer


@pytest.fixture(scope="session")
def client(live):
    with httpx.Client(base_url=f"http://127.0.0.1:{live}", trust_env=False) as client:
        yield client


@pytest.fixture
def rows(typed, rules) -> list[dict]:
    return schemas.json_rows(typed.head(20), rules.features)


def test_many_rows_score_as_offline_and_in_order(client, rows, journey, rules):
    answer = client.post("/predict", json={"rows": rows}).json()
    scorer = Scorer(model_file.load(journey / "models/model.skops"), rules)
    expected = scorer.scores(pd.DataFrame(rows))
    found = np.array([made["probability"] for made in answer["predictions"]])
    assert np.abs(found - expected).max() < 1e-9
    labels = [made["label"] for made in answer["predictions"]]
    assert labels == np.where(expected >= 0.5, "yes", "no").tolist()
    assert answer["model"] == json.loads((journey / "release/bento.json").read_text())["model"]


def test_one_row_needs_no_list(client, rows):
    alone = client.post("/predict", json={"rows": rows[0]}).json()
    assert alone == client.post("/predict", json={"rows": rows[:1]}).json()


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda row: {**row, "weight": -1}, "weight"),
        (lambda row: {**row, "colour": "red"}, "colour"),
        (lambda row: {**row, "late": "yes"}, "late"),
        (lambda row: {name: value for name, value in row.items() if name != "town"}, "town"),
    ],
)
def test_a_bad_row_is_a_400_that_names_its_field(client, rows, spoil, field):
    answer = client.post("/predict", json={"rows": [rows[0], spoil(rows[1])]})
    assert answer.status_code == 400
    assert answer.json()["detail"][0]["loc"] == ["rows", 1, field]


@pytest.mark.parametrize("count", [0, 201])
def test_no_rows_and_too_many_are_a_400(client, rows, count):
    assert client.post("/predict", json={"rows": rows[:1] * count}).status_code == 400


def test_a_bad_row_is_logged_in_one_line_without_its_values(rules):
    with pytest.raises(ValidationError) as caught:
        schemas.row_model(rules).model_validate({"secret": "Ada Lovelace"})
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "Exception", (), None)
    record.exc_info = (ValidationError, caught.value, caught.tb)
    assert service.ClientErrors().filter(record)
    text = logging.Formatter("%(levelname)s %(message)s").format(record)
    assert text == f"INFO refused a request with {caught.value.error_count()} errors"


def test_any_other_error_keeps_its_traceback():
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "Exception", (), None)
    record.exc_info = (KeyError, KeyError("egg"), None)
    assert service.ClientErrors().filter(record)
    assert "KeyError: 'egg'" in logging.Formatter("%(levelname)s %(message)s").format(record)


@pytest.fixture
def made_service(journey, tmp_path, monkeypatch):
    """The service as BentoML makes it for a worker, logging into tmp_path/log."""
    monkeypatch.setenv("PREDICTIONS", str(tmp_path / "log"))
    return service.build(journey / "release/bento/src").inner()


def typed_rows(rules, rows: list[dict]) -> list:
    model = schemas.row_model(rules)
    return [model.model_validate(row) for row in rows]


def test_each_row_is_logged_as_it_came_with_what_was_said(made_service, rules, rows, tmp_path):
    named = [{**row, "order": f"n{number}"} for number, row in enumerate(rows)]
    answer = made_service.predict(typed_rows(rules, named))
    logged = list(prediction_log.read(tmp_path / "log"))
    assert [entry["row"]["order"] for entry in logged] == [row["order"] for row in named]
    assert [entry["probability"] for entry in logged] == [
        made.probability for made in answer.predictions
    ]


def test_a_log_that_cannot_be_written_is_a_warning_not_an_error(
    made_service, rules, rows, tmp_path, caplog, monkeypatch
):
    (tmp_path / "log").rmdir()
    monkeypatch.setattr(service.logger, "propagate", True)
    answer = made_service.predict(typed_rows(rules, rows[:3]))
    assert len(answer.predictions) == 3
    assert "3 predictions could not be logged so far" in caplog.text


def test_a_model_that_cannot_be_compiled_is_served_by_scikit_learn_and_it_is_said(
    journey, rules, rows, tmp_path, caplog, monkeypatch
):
    monkeypatch.setenv("PREDICTIONS", str(tmp_path / "log"))
    monkeypatch.setattr(service.logger, "propagate", True)

    def unknown(featurizer, rules):
        raise compiled.Unknown("a thing is not known")

    monkeypatch.setattr(compiled, "features_of", unknown)
    made = service.build(journey / "release/bento/src").inner()
    assert "rows are scored by scikit-learn: a thing is not known" in caplog.text
    scorer = Scorer(model_file.load(journey / "models/model.skops"), rules)
    found = [one.probability for one in made.predict(typed_rows(rules, rows)).predictions]
    assert np.abs(np.array(found) - scorer.scores(pd.DataFrame(rows))).max() < 1e-9


def test_nothing_is_ready_without_a_model(journey, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("service.json", "schema.yaml"):
        Path(name).write_bytes((journey / "release/bento/src" / name).read_bytes())
    with pytest.raises(Exception, match=r"model.skops is missing"):
        service.build(tmp_path).inner()
