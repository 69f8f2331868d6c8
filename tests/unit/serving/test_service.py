"""The service: tried over HTTP, in this process."""

import asyncio
import json
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from prometheus_client import generate_latest

from pipeline.data import columns
from pipeline.model import compiled, model_file
from pipeline.model.scorer import Scorer
from pipeline.serving import prediction_log, predictor, service


@pytest.fixture(scope="session")
def client(live):
    with httpx.Client(base_url=f"http://127.0.0.1:{live}", trust_env=False) as client:
        yield client


@pytest.fixture
def rows(typed, rules) -> list[dict]:
    return columns.json_rows(typed.head(20), rules.features)


@pytest.mark.slow
def test_many_rows_score_as_offline_and_in_order(client, rows, journey, rules):
    answer = client.post("/predict", json={"rows": rows}).json()
    scorer = Scorer(model_file.load(journey / "models/model.skops"), rules)
    expected = scorer.scores(pd.DataFrame(rows))
    predictions = answer["predictions"]
    probabilities = np.array([prediction["probability"] for prediction in predictions])
    assert np.abs(probabilities - expected).max() < 1e-9
    labels = [prediction["label"] for prediction in predictions]
    assert labels == np.where(expected >= 0.5, "yes", "no").tolist()
    assert answer["model"] == json.loads((journey / "release/bento.json").read_text())["model"]


@pytest.mark.slow
def test_one_row_needs_no_list(client, rows):
    alone = client.post("/predict", json={"rows": rows[0]}).json()
    assert alone == client.post("/predict", json={"rows": rows[:1]}).json()


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 201])
def test_no_rows_and_too_many_are_a_400(client, rows, count):
    assert client.post("/predict", json={"rows": rows[:1] * count}).status_code == 400


@pytest.mark.slow
def test_metrics_and_health_are_answered(client, rows):
    client.post("/predict", json={"rows": [{**rows[0], "weight": None, "town": "Nowhere"}]})
    client.post("/predict", json={"rows": []})
    text = generate_latest().decode()  # this process'; /metrics gathers them from workers
    for metric in (
        'predict_requests_total{code="200"}',
        'predict_requests_total{code="400"}',
        "predict_rows_total",
        'predict_missing_total{column="weight"}',
        'predict_unseen_total{column="town"}',
        'predict_labels_total{label="no"}',
        'predict_probability_bucket{le="0.5"}',
        'predict_request_seconds_bucket{le="0.01"}',
    ):
        assert metric in text, metric
    paths = client.get("/docs.json").json()["paths"]
    assert "/predict" in paths
    assert client.get("/livez").status_code == client.get("/readyz").status_code == 200


@pytest.mark.slow
def test_rows_are_accepted_by_post_alone(client):
    assert client.get("/predict").status_code == 405


@pytest.fixture
def worker(journey, tmp_path, monkeypatch):
    """The service as BentoML makes it for a worker, logging into tmp_path/log."""
    monkeypatch.setenv("PREDICTIONS", str(tmp_path / "log"))
    worker = service.build(journey / "release/bento/src").inner()
    yield worker
    worker.close()


@pytest.mark.slow
def test_each_row_is_logged_with_its_prediction(worker, rules, rows, tmp_path):
    named = [{**row, "order": f"n{number}"} for number, row in enumerate(rows)]
    answer = worker.predict(named)
    worker.close()
    logged = list(prediction_log.read(tmp_path / "log"))
    assert [entry["row"] for entry in logged] == named
    assert [entry["probability"] for entry in logged] == [
        prediction.probability for prediction in answer.predictions
    ]


def test_a_model_that_cannot_be_compiled_is_served_by_scikit_learn_with_a_warning(
    journey, rules, rows, tmp_path, caplog, monkeypatch
):
    monkeypatch.setenv("PREDICTIONS", str(tmp_path / "log"))
    monkeypatch.setattr(predictor.logger, "propagate", True)

    def unknown(featurizer, rules):
        raise compiled.Unknown("a thing is not known")

    monkeypatch.setattr(compiled, "features_of", unknown)
    worker = service.build(journey / "release/bento/src").inner()
    assert "rows are scored by scikit-learn: a thing is not known" in caplog.text
    scorer = Scorer(model_file.load(journey / "models/model.skops"), rules)
    body = json.dumps({"rows": rows}).encode()
    answer = json.loads(asyncio.run(worker.predictor.answer(body)))
    probabilities = np.array([one["probability"] for one in answer["predictions"]])
    assert np.abs(probabilities - scorer.scores(pd.DataFrame(rows))).max() < 1e-9
    worker.close()


@pytest.mark.slow
def test_nothing_is_ready_without_a_model(journey, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("service.json", "schema.yaml"):
        Path(name).write_bytes((journey / "release/bento/src" / name).read_bytes())
    with pytest.raises(Exception, match=r"model.skops is missing"):
        service.build(tmp_path).inner()
