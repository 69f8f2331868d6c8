"""A metric: one function, which way is better, and which rows it can be computed of."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from pipeline.core.errors import Refusal

BINS = 10  # of equal width on [0, 1], for calibration

Values = dict[str, float | None]  # of metrics by name; None: the rows do not determine it


def always(truth: np.ndarray, scores: np.ndarray, threshold: float | None) -> bool:
    return True


@dataclass(frozen=True)
class Metric:
    """A row of the tables in recipe/metrics.py.

    `function(truth, scores, threshold)` returns a number; `defined` takes the same, and returns
    whether these rows determine the metric.
    """

    function: Callable
    higher_is_better: bool
    defined: Callable = always

    def of_class(self, label: int) -> "Metric":
        """Return this metric of one class, the one at place `label` of the schema's labels."""
        function, defined = (partial(call, label=label) for call in (self.function, self.defined))
        return replace(self, function=function, defined=defined)

    def value(self, truth, scores, threshold: float | None) -> float | None:
        """Return the metric of these rows; None where they do not determine it.

        Raises Refusal when the metric's function fails, or returns something else than a number.
        """
        try:
            if not len(truth) or not self.defined(truth, scores, threshold):
                return None
            value = float(self.function(truth, scores, threshold))
        except Exception as error:  # the function is the user's: whatever it raises is a sentence
            name = getattr(self.function, "func", self.function).__name__
            raise Refusal(
                f"recipe/metrics.py: `{name}` failed on {len(truth):,} rows "
                f"({type(error).__name__}: {error}); `defined` in its row of the table can say "
                "which rows it needs"
            ) from error
        return value if np.isfinite(value) else None

    def gain(self, value, other):
        """Return how much better `value` is than `other` (numbers or arrays); negative: worse."""
        return value - other if self.higher_is_better else other - value


def measure(metrics: dict[str, Metric], truth, scores, threshold: float | None) -> Values:
    """Return the value of each of the `metrics`; None where the rows do not determine it."""
    return {name: metric.value(truth, scores, threshold) for name, metric in metrics.items()}


def decide(scores: np.ndarray, threshold: float | None) -> np.ndarray:
    """Return the predicted label of each row, as its place in the schema's `labels`: (n,)."""
    return scores.argmax(axis=1) if scores.ndim == 2 else (scores >= threshold).astype(int)


def calibration_curve(truth, scores) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, for each bin with rows: their number, their mean score, their share of positives."""
    bins = calibration_bins(scores)
    count = np.bincount(bins, minlength=BINS)
    used = count > 0
    score = np.bincount(bins, scores, minlength=BINS)[used] / count[used]
    share = np.bincount(bins, truth, minlength=BINS)[used] / count[used]
    return count[used], score, share


def calibration_bins(scores: np.ndarray) -> np.ndarray:
    """Return the number of the bin in which each score lies: (n,)."""
    return np.minimum((scores * BINS).astype(int), BINS - 1)
