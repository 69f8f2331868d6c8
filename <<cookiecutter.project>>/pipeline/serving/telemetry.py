"""What Prometheus is told of the service at /metrics, beside what BentoML tells by itself.

Names follow its conventions: base units, `_total` for what only grows.
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
LABELS = Metric("predict_labels", "Rows by the label they were given.", ["label"])
PROBABILITY = Histogram(
    "predict_probability", "Probability of the positive label.", buckets=PROBABILITIES
)
VALUE = Summary("predict_value", "Numbers predicted: their count and their sum.")
MISSING = Metric("predict_missing", "Rows without a value, by column.", ["column"])
UNSEEN = Metric("predict_unseen", "Rows with a level unseen in training, by column.", ["column"])
LOST = Metric("prediction_log_lost_rows", "Rows that the prediction log had no place for.")


def is_whole() -> bool:
    """Whether this process has all of the figures: under `bentoml serve` they are in files."""
    return "PROMETHEUS_MULTIPROC_DIR" not in os.environ


def exposition() -> bytes:
    """Return all figures in Prometheus' text format."""
    return generate_latest(REGISTRY)


def answered(code: int, seconds: float) -> None:
    """Count a request, whatever its answer."""
    REQUESTS.labels(str(code)).inc()
    LATENCY.observe(seconds)


class RowsSeen:
    """Counts rows and predictions: `levels` holds, by column, those that training saw."""

    def __init__(self, rules: schemas.Schema, levels: Mapping[str, frozenset[str]]):
        self.features = rules.features
        self.levels = {name: found - {None, ""} for name, found in levels.items()}
        self._missing = {name: MISSING.labels(name) for name in rules.features}
        self._unseen = {name: UNSEEN.labels(name) for name in levels}
        self._labels = {name: LABELS.labels(name) for name in rules.labels}

    def __call__(self, rows: Sequence[Mapping[str, Any]], made: Sequence[Mapping]) -> None:
        """Count typed `rows` and the predictions `made` of them; each counter is moved once."""
        ROWS.inc(len(rows))
        for name in self.features:
            values = [row[name] for row in rows]
            if missing := values.count(None) + values.count(""):
                self._missing[name].inc(missing)
            if name in self.levels:
                unseen = sum(value not in self.levels[name] for value in values)
                if unseen > missing:
                    self._unseen[name].inc(unseen - missing)
        for label, count in Counter(one.get("label") for one in made).items():
            if label is not None:
                self._labels[label].inc(count)
        for one in made:
            if "value" in one:
                VALUE.observe(one["value"])
            if "probability" in one:
                PROBABILITY.observe(one["probability"])
