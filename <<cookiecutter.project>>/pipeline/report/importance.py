"""Permutation importance: how much worse a metric gets when one column of the raw rows is shuffled
(Breiman, 2001).

A column counts through all features that are made of it. Of two columns that hold the same, both
look unimportant. scikit-learn's `permutation_importance` calls the model once a repeat; here one
call scores all repeats of a column.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.core.metric import Metric
from pipeline.evaluation.sample import Sample
from pipeline.model.scorer import Scorer
from pipeline.report.settings import Importance

MOST_SCORED = 150_000  # rows that are scored in all; of many columns, fewer rows are shuffled
LEAST_ROWS = 200  # rows that are shuffled at least


@dataclass(frozen=True)
class Lost:
    """How much worse the metric is without a column: mean, least and most of the repeats."""

    column: str
    mean: float
    least: float
    most: float


def rows_of(rows: pd.DataFrame, columns: int, settings: Importance) -> np.ndarray:
    """Return the places (n,) of the rows that are shuffled: `settings.rows`, or as many as fit."""
    room = MOST_SCORED // (columns * settings.repeats)
    count = min(len(rows), settings.rows, max(room, LEAST_ROWS))
    return np.sort(np.random.default_rng(settings.seed).permutation(len(rows))[:count])


def measure(
    scorer: Scorer,
    rows: pd.DataFrame,
    sample: Sample,
    kind: Metric,
    settings: Importance,
) -> list[Lost]:
    """Return how much the metric of the typed `rows` loses without each column, the most first.

    `sample` holds the scores of the same rows. A column without which the metric is undefined is
    left out.
    """
    draw = np.random.default_rng(settings.seed)
    before, losses = _value(kind, sample), []
    # Most of a call's time does not depend on the number of its rows.
    repeated = pd.concat([rows[scorer.inputs.reads]] * settings.repeats, ignore_index=True)
    for name in scorer.rules.features if before is not None else ():
        orders = [draw.permutation(len(rows)) for _ in range(settings.repeats)]
        shuffled = repeated.copy(deep=False)
        shuffled[name] = rows[name].iloc[np.concatenate(orders)].reset_index(drop=True)
        scored = np.split(scorer.scores(shuffled), settings.repeats)
        after = [_value(kind, replace(sample, scores=scores)) for scores in scored]
        lost = [kind.gain(before, value) for value in after if value is not None]
        if lost:
            losses.append(Lost(name, float(np.mean(lost)), min(lost), max(lost)))
    return sorted(losses, key=lambda loss: -loss.mean)


def _value(kind: Metric, sample: Sample) -> float | None:
    return kind.value(sample.truth, sample.scores, sample.threshold)
