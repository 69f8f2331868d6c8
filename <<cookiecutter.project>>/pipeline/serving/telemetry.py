"""The service's metrics for Prometheus, at /metrics.

Names follow Prometheus' conventions: base units, and `_total` for counters.
"""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST as CONTENT_TYPE  # noqa: F401 - of `exposition`
from prometheus_client import REGISTRY, Histogram, Summary, generate_latest
from prometheus_client import Counter as Metric

from pipeline.data import schema as schemas

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
PROBABILITIES = tuple(tenth / 10 for tenth in range(1, 11))

REQUESTS = Metric("predict_requests", "Requests, by the code of the answer.", ["code"])
LATENCY = Histogram("predict_request_seconds", "From request to answer.", buckets=SECONDS)
ROWS = Metric("predict_rows", "Rows scored.")
LABELS = Metric("predict_labels", "Rows by their predicted label.", ["label"])
PROBABILITY = Histogram(
    "predict_probability", "Probability of the positive label.", buckets=PROBABILITIES
)
VALUE = Summary("predict_value", "Predicted numbers: their count and their sum.")
MISSING = Metric("predict_missing", "Rows without a value, by column.", ["column"])
UNSEEN = Metric("predict_unseen", "Rows with a level unseen in training, by column.", ["column"])
LOST = Metric("prediction_log_lost_rows", "Rows that could not be written to the prediction log.")


def is_whole() -> bool:
    """Whether this process holds all metrics: under `bentoml serve`, workers keep them in files."""
    return "PROMETHEUS_MULTIPROC_DIR" not in os.environ


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)


def answered(code: int, seconds: float) -> None:
    """Count a request, whatever its answer."""
    REQUESTS.labels(str(code)).inc()
    LATENCY.observe(seconds)


class RowsSeen:
    """Counts rows and predictions; `levels` are those seen in training, by column."""

    def __init__(self, rules: schemas.Schema, levels: Mapping[str, frozenset[str]]):
        self.features = rules.features
        self.levels = {name: seen - {None, ""} for name, seen in levels.items()}
        self._missing = {name: MISSING.labels(name) for name in rules.features}
        self._unseen = {name: UNSEEN.labels(name) for name in levels}
        self._labels = {name: LABELS.labels(name) for name in rules.labels}

    def __call__(
        self, rows: Sequence[Mapping[str, Any]], predictions: Sequence[Mapping[str, Any]]
    ) -> None:
        """Count typed `rows` and their `predictions`; each counter is incremented once."""
        ROWS.inc(len(rows))
        for name in self.features:
            values = [row[name] for row in rows]
            if missing := values.count(None) + values.count(""):
                self._missing[name].inc(missing)
            if name in self.levels:
                unseen = sum(value not in self.levels[name] for value in values)
                if unseen > missing:
                    self._unseen[name].inc(unseen - missing)
        labels = Counter(prediction["label"] for prediction in predictions if "label" in prediction)
        for label, count in labels.items():
            self._labels[label].inc(count)
        for prediction in predictions:
            if "value" in prediction:
                VALUE.observe(prediction["value"])
            if "probability" in prediction:
                PROBABILITY.observe(prediction["probability"])
