"""The service's metrics for Prometheus."""

import pytest
from prometheus_client import REGISTRY

from pipeline.serving import telemetry


def value(name: str, **labels) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def counted():
    """`counted(name, **labels)` is the growth of a metric since the test began."""
    begin: dict = {}

    def key(name, labels):
        return name, tuple(sorted(labels.items()))

    for metric in REGISTRY.collect():
        for sample in metric.samples:
            begin[key(sample.name, sample.labels)] = sample.value
    return lambda name, **labels: value(name, **labels) - begin.get(key(name, labels), 0)


@pytest.mark.slow
def test_a_request_is_counted_and_timed(counted):
    telemetry.answered(429, 0.003)
    assert counted("predict_requests_total", code="429") == 1
    assert counted("predict_request_seconds_bucket", le="0.0025") == 0
    assert counted("predict_request_seconds_bucket", le="0.005") == 1


@pytest.mark.slow
def test_rows_values_and_predictions_are_counted(rules, counted):
    seen = telemetry.RowsSeen(rules, {"town": frozenset({"Ulm"})})
    row = {"weight": 1.0, "guests": 2, "size": None, "town": "Ulm", "wish": ""}
    predictions = [{"label": "no", "probability": 0.05}, {"label": "yes", "probability": 0.7}]
    seen([row, {**row, "town": "Rom", "size": "small"}], predictions)
    assert counted("predict_rows_total") == 2
    assert counted("predict_missing_total", column="size") == 1
    assert counted("predict_missing_total", column="wish") == 2
    assert counted("predict_missing_total", column="weight") == 0
    assert counted("predict_unseen_total", column="town") == 1
    assert counted("predict_labels_total", label="yes") == 1
    assert counted("predict_probability_bucket", le="0.1") == 1
    assert counted("predict_probability_bucket", le="0.7") == 2


def test_a_predicted_number_is_counted_and_summed(rules, counted):
    telemetry.RowsSeen(rules, {})([], [{"value": 2.5}, {"value": 1.0}])
    assert counted("predict_value_count") == 2
    assert counted("predict_value_sum") == 3.5
