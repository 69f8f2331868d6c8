"""Fast methods for the metrics of recipe/metrics.py: of many resamples at once, from weights.

A row's weight says how often it occurs in a resample. The weights of a block of resamples are bytes
that lie side by side, (rows, resamples): a row's weights are one line of the CPU's cache, and most
metrics are a few running sums over lines that were put in order once.

A fast method belongs to a metric's function (`FAST`), not to its name. A metric that has none is
computed by `bootstrap` from repeated rows.
"""

from collections.abc import Callable
from functools import cached_property, partial

import numpy as np

from pipeline.core.metric import BINS, Metric, calibration_bins, decide
from pipeline.evaluation.sample import Sample
from recipe import metrics

CHUNK = 4096  # rows multiplied at once: as many of a block as the CPU's cache holds


def _running(weights: np.ndarray) -> np.ndarray:
    """Return the sums of the first 0, 1, 2... rows of `weights` (n, size): int32, (n + 1, size)."""
    sums = np.zeros((len(weights) + 1, weights.shape[1]), dtype="int32")
    np.cumsum(weights, axis=0, dtype="int32", out=sums[1:])
    return sums


def _sums(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted sum of each row of `values` (k, n) in each resample: (k, size)."""
    total = np.zeros((len(values), weights.shape[1]))
    for begin in range(0, len(weights), CHUNK):
        chunk = slice(begin, begin + CHUNK)
        total += values[:, chunk] @ weights[chunk].astype("float64")
    return total


class _Ranking:
    """Rows of one class and the others, each in the order of their scores."""

    def __init__(self, rows: np.ndarray, positive: np.ndarray, scores: np.ndarray):
        order = rows[np.argsort(scores[rows], kind="stable")]
        self.yes, self.no = order[positive[order]], order[~positive[order]]
        self.yes_scores, self.no_scores = scores[self.yes], scores[self.no]
        # For each positive row: the negative ones below it, and up to it; and its first equal.
        self.below = np.searchsorted(self.no_scores, self.yes_scores, "left")
        self.up_to = np.searchsorted(self.no_scores, self.yes_scores, "right")
        self.first_equal = np.searchsorted(self.yes_scores, self.yes_scores, "left")


class _Ranked:
    """A ranking with weighted rows."""

    def __init__(self, ranking: _Ranking, weights: np.ndarray):
        self.ranking = ranking
        self.yes, self.no = weights[ranking.yes], weights[ranking.no]

    @cached_property
    def yes_sums(self) -> np.ndarray:
        return _running(self.yes)

    @cached_property
    def no_sums(self) -> np.ndarray:
        return _running(self.no)

    def roc_auc(self) -> np.ndarray:
        """Pairs in the right order, equals counting half (Mann and Whitney's U)."""
        ranking = self.ranking
        worse = self.no_sums[ranking.below].astype("float64")
        ties = (ranking.below != ranking.up_to).any()
        worse += self.no_sums[ranking.up_to] if ties else worse
        won = np.einsum("rb,rb->b", self.yes.astype("float64"), worse) / 2
        return won / (self.yes_sums[-1].astype("float64") * self.no_sums[-1])

    def average_precision(self) -> np.ndarray:
        """Mean, over the positive rows, of the precision among the rows that score as high."""
        ranking = self.ranking
        hits = (self.yes_sums[-1] - self.yes_sums[ranking.first_equal]).astype("float64")
        alarms = hits + (self.no_sums[-1] - self.no_sums[ranking.below])
        total = np.einsum("rb,rb->b", self.yes.astype("float64"), hits / np.maximum(alarms, 1))
        return np.where(self.no_sums[-1] > 0, total / self.yes_sums[-1], np.nan)


class BinarySubset:
    """Rows of a binary sample, prepared once for all resamples."""

    def __init__(self, sample: Sample, rows: np.ndarray):
        self.ranking = _Ranking(rows, sample.truth, sample.scores)
        ranking = self.ranking
        self.yes_from = np.searchsorted(ranking.yes_scores, sample.threshold, "left")
        self.no_from = np.searchsorted(ranking.no_scores, sample.threshold, "left")
        self.rows = np.concatenate([ranking.yes, ranking.no])
        truth, scores = sample.truth[self.rows], sample.scores[self.rows]
        self.squares = ((scores - truth) ** 2)[None]
        self.losses = _loss(np.where(truth, scores, 1 - scores))[None]
        bins = calibration_bins(scores)
        self.excess = (bins == np.arange(BINS)[:, None]) * (scores - truth)

    def weighted(self, weights: np.ndarray) -> "BinaryResample":
        return BinaryResample(self, weights)


class BinaryResample:
    """The metrics of a binary subset under the weights of a block of resamples: (size,) each."""

    def __init__(self, subset: BinarySubset, weights: np.ndarray):
        self.subset = subset
        self.ranked = _Ranked(subset.ranking, weights)

    @cached_property
    def weights(self) -> np.ndarray:
        return np.concatenate([self.ranked.yes, self.ranked.no])

    @cached_property
    def counts(self) -> tuple[np.ndarray, ...]:
        """True and false positives, and all positives and negatives."""
        yes, no = self.ranked.yes_sums, self.ranked.no_sums
        hits, alarms = yes[-1] - yes[self.subset.yes_from], no[-1] - no[self.subset.no_from]
        return tuple(count.astype("float64") for count in (hits, alarms, yes[-1], no[-1]))

    def roc_auc(self):
        return self.ranked.roc_auc()

    def average_precision(self):
        return self.ranked.average_precision()

    def accuracy(self):
        hits, alarms, yes, no = self.counts
        return (hits + no - alarms) / (yes + no)

    def error_rate(self):
        return 1 - self.accuracy()

    def recall(self):
        hits, _, yes, _ = self.counts
        return hits / yes

    def precision(self):
        hits, alarms, _, _ = self.counts
        return hits / (hits + alarms)

    def f1(self):
        hits, alarms, yes, _ = self.counts
        return np.where(yes > 0, 2 * hits / (hits + alarms + yes), np.nan)

    def _mean(self, values: np.ndarray) -> np.ndarray:
        return _sums(values, self.weights)[0] / (self.counts[2] + self.counts[3])

    def brier(self):
        return self._mean(self.subset.squares)

    def log_loss(self):
        return self._mean(self.subset.losses)

    def calibration_error(self):
        excess = np.abs(_sums(self.subset.excess, self.weights)).sum(axis=0)
        return excess / (self.counts[2] + self.counts[3])


class MulticlassSubset:
    """Rows of a sample of more than two classes, prepared once for all resamples."""

    def __init__(self, sample: Sample, rows: np.ndarray):
        self.rows = rows
        truth, scores = sample.truth[rows], sample.scores[rows]
        classes = np.arange(len(sample.labels))[:, None]
        self.actual, self.predicted = truth == classes, decide(scores, None) == classes
        self.right = self.actual & self.predicted
        self.losses = _loss(scores[np.arange(len(rows)), truth])[None]
        self.rankings = [
            _Ranking(rows, sample.truth == place, sample.scores[:, place])
            for place in range(len(sample.labels))
        ]

    def weighted(self, weights: np.ndarray) -> "MulticlassResample":
        return MulticlassResample(self, weights)


class MulticlassResample:
    """The metrics of such a subset under the weights of a block of resamples: (size,) each."""

    def __init__(self, subset: MulticlassSubset, weights: np.ndarray):
        self.subset, self.all_weights = subset, weights
        self.weights = weights[subset.rows]
        tables = (subset.right, subset.actual, subset.predicted)
        self.right, self.actual, self.predicted = (
            _sums(table.astype("float64"), self.weights) for table in tables
        )

    def recall(self, label: int):
        return self.right[label] / self.actual[label]

    def precision(self, label: int):
        return self.right[label] / self.predicted[label]

    def roc_auc(self):
        ranked = [_Ranked(ranking, self.all_weights) for ranking in self.subset.rankings]
        return np.mean([ranking.roc_auc() for ranking in ranked], axis=0)

    def accuracy(self):
        return self.right.sum(axis=0) / self.actual.sum(axis=0)

    def error_rate(self):
        return 1 - self.accuracy()

    def balanced_accuracy(self):
        return _macro_mean(self.right, self.actual)

    def macro_f1(self):
        return _macro_mean(2 * self.right, self.actual + self.predicted)

    def log_loss(self):
        return _sums(self.subset.losses, self.weights)[0] / self.actual.sum(axis=0)


class RegressionSubset:
    """Rows of a sample whose target is a number, prepared once for all resamples."""

    def __init__(self, sample: Sample, rows: np.ndarray):
        self.rows = rows
        truth = sample.truth[rows]
        errors = sample.scores[rows] - truth
        # Moving all values does not change the variance, and small numbers keep their digits.
        moved = truth - truth.mean() if len(rows) else truth
        self.values = np.array([np.ones(len(rows)), errors**2, np.abs(errors), moved, moved**2])

    def weighted(self, weights: np.ndarray) -> "RegressionResample":
        return RegressionResample(self, weights)


class RegressionResample:
    """The metrics of such a subset under the weights of a block of resamples: (size,) each."""

    def __init__(self, subset: RegressionSubset, weights: np.ndarray):
        sums = _sums(subset.values, weights[subset.rows])
        self.count, self.squares, self.absolute, self.total, self.total_squares = sums

    def r2(self):
        spread = self.total_squares - self.total**2 / self.count
        # Where all rows are equal, what is left of the difference is rounding.
        varies = spread > 1e-12 * self.total_squares
        return np.where(varies, 1 - self.squares / spread, np.nan)

    def rmse(self):
        return np.sqrt(self.squares / self.count)

    def mae(self):
        return self.absolute / self.count


def _macro_mean(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    """Return the mean of the shares of those classes that occur: their whole is not 0."""
    occurs = wholes > 0
    return np.where(occurs, parts / wholes, 0).sum(axis=0) / occurs.sum(axis=0)


def _loss(probabilities: np.ndarray) -> np.ndarray:
    """Return the log loss of rows whose own class was given `probabilities` (n,)."""
    return -np.log(np.clip(probabilities, np.finfo("float64").eps, 1))


SUBSETS = {
    "binary": BinarySubset,
    "multiclass": MulticlassSubset,
    "regression": RegressionSubset,
}


METHODS = {
    BinaryResample: """roc_auc average_precision accuracy error_rate recall precision f1 log_loss
        brier calibration_error""",
    MulticlassResample: """roc_auc accuracy error_rate balanced_accuracy macro_f1 log_loss recall
        precision""",
    RegressionResample: "r2 rmse mae",
}
# The fast method of a task for each function of recipe/metrics.py; its owner may delete some.
FAST = {
    task: {
        getattr(metrics, name): getattr(kind, name)
        for name in names.split()
        if hasattr(metrics, name)
    }
    for task, (kind, names) in zip(SUBSETS, METHODS.items(), strict=True)
}


def fast_method(task: str, metric: Metric) -> Callable | None:
    """Return the method that computes `metric` from a resample of `task`; None where it has none.

    It belongs to the metric's function: another function of the same name is another metric.
    """
    function = metric.function
    if not isinstance(function, partial):
        return FAST[task].get(function)
    method = FAST[task].get(function.func)
    return method and partial(method, **function.keywords)
