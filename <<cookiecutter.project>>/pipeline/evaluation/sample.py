"""A sample: a model's scores of rows, beside the truth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.metric import Metric, Values, measure
from pipeline.data.schema import Task
from pipeline.model.scorer import Scorer


@dataclass(frozen=True)
class Sample:
    """A model's `scores` of rows (see `Scorer.scores`) and their `truth` (see `Schema.truth`).

    `threshold` is the decision threshold of a binary target, None for any other.
    """

    task: Task
    labels: list[str]
    truth: np.ndarray
    scores: np.ndarray
    threshold: float | None


def sample_of(scorer: Scorer, rows: pd.DataFrame, threshold: float | None) -> Sample:
    """Return the scorer's scores of `rows` beside the truth."""
    rules = scorer.rules
    truth, scores = rules.truth(rows[rules.target]), scorer.scores(rows)
    return Sample(rules.task, rules.labels, truth, scores, threshold)


def values_of(sample: Sample, member, metrics: dict[str, Metric]) -> Values:
    """Return every metric of the rows in `member`: a mask (n,), indices, or a slice."""
    return measure(metrics, sample.truth[member], sample.scores[member], sample.threshold)


def class_counts(sample: Sample, member) -> dict[str, int]:
    """Return the number of rows of each class in `member`; empty where the target is a number."""
    if sample.task == "regression":
        return {}
    counts = np.bincount(sample.truth[member].astype(int), minlength=len(sample.labels))
    return dict(zip(sample.labels, counts.tolist(), strict=True))
