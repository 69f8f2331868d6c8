"""Permutation importance: how much worse a metric gets when one column of the raw rows is shuffled.

Rows are scored as everything here scores them, so a column counts through all that is made of it.
Two columns that say the same stand in for each other, and both look unimportant (Breiman, 2001).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.core.metric import Metric
from pipeline.evaluation.sample import Sample
from pipeline.model.scorer import Scorer
from pipeline.report.settings import Importance

MOST_SCORED = 150_000  # rows in all; of a table of many columns fewer are shuffled
LEAST_ROWS = 200


@dataclass(frozen=True)
class Lost:
    """What the metric loses without a column: the mean, the least and the most of the repeats."""

    column: str
    mean: float
    least: float
    most: float


def rows_of(rows: pd.DataFrame, columns: int, settings: Importance) -> np.ndarray:
    """Return the places (n,) of the rows that are shuffled: as many as asked for, or as fit."""
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
    """Return what a metric of the typed `rows` loses by each feature's column, the most first.

    `sample` holds the scores of the same rows. A column that is shuffled into an undefined metric
    is left out.
    """
    draw = np.random.default_rng(settings.seed)
    before, found = _value(kind, sample), []
    # One call scores all repeats of a column: most of a call's time does not hang on its rows.
    repeated = pd.concat([rows[scorer.inputs.reads]] * settings.repeats, ignore_index=True)
    for name in scorer.rules.features if before is not None else ():
        orders = [draw.permutation(len(rows)) for _ in range(settings.repeats)]
        shuffled = repeated.copy(deep=False)
        shuffled[name] = rows[name].iloc[np.concatenate(orders)].reset_index(drop=True)
        scored = np.split(scorer.scores(shuffled), settings.repeats)
        after = [_value(kind, replace(sample, scores=scores)) for scores in scored]
        lost = [kind.gain(before, one) for one in after if one is not None]
        if lost:
            found.append(Lost(name, float(np.mean(lost)), min(lost), max(lost)))
    return sorted(found, key=lambda one: -one.mean)


def _value(kind: Metric, sample: Sample) -> float | None:
    return kind.value(sample.truth, sample.scores, sample.threshold)
