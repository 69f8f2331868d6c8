"""The cost of a binary model's errors at each threshold: false alarms and misses."""

from dataclasses import dataclass

import numpy as np

from pipeline.evaluation.sample import Sample
from pipeline.report.settings import Costs

PER_ROWS = 1000
SHOWN = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Cost:
    """At a threshold: rows predicted positive, those wrongly so, positives missed, and the cost of
    PER_ROWS rows.
    """

    threshold: float
    alarms: int
    false_alarms: int
    misses: int
    cost: float


def at(sample: Sample, costs: Costs, threshold: float) -> Cost:
    """Return the cost of a binary sample's errors at `threshold`."""
    predicted = sample.scores >= threshold
    false_alarms = int((predicted & ~sample.truth).sum())
    misses = int((~predicted & sample.truth).sum())
    total = costs.false_alarm * false_alarms + costs.miss * misses
    per = total / len(sample.truth) * PER_ROWS
    return Cost(threshold, int(predicted.sum()), false_alarms, misses, float(per))


def cheapest(sample: Sample, costs: Costs) -> Cost:
    """Return the cost at the cheapest of the thresholds 0.01 ... 0.99.

    Of equals, it is the nearest to the decision threshold. It is chosen on the rows that it is
    judged by, so it looks a little better than it is.
    """
    costs_by_threshold = [at(sample, costs, threshold) for threshold in _grid()]
    return min(
        costs_by_threshold,
        key=lambda cost: (cost.cost, abs(cost.threshold - sample.threshold)),
    )


def curve(sample: Sample, costs: Costs) -> tuple[np.ndarray, np.ndarray]:
    """Return the thresholds 0.01 ... 0.99 and the cost at each."""
    grid = _grid()
    return np.array(grid), np.array([at(sample, costs, threshold).cost for threshold in grid])


def table(sample: Sample, costs: Costs) -> list[Cost]:
    """Return the cost at the thresholds SHOWN, at the decision threshold, and at the cheapest."""
    best = cheapest(sample, costs)
    thresholds = sorted({*SHOWN, sample.threshold, best.threshold})
    return [at(sample, costs, threshold) for threshold in thresholds]


def never(sample: Sample, costs: Costs) -> float:
    """Return the cost of PER_ROWS rows without a model: no alarm at all, or one for each row."""
    share = float(sample.truth.mean())
    return PER_ROWS * min(costs.miss * share, costs.false_alarm * (1 - share))


def _grid() -> list[float]:
    return [round(number / 100, 2) for number in range(1, 100)]
