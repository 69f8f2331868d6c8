"""How far chance alone may have moved a metric: a seeded, vectorised bootstrap.

In a resample each row counts as often as a Poisson(1) draw says (Chamandy et al., 2012): rows are
weighted rather than copied, so one draw serves the whole table and every slice of it, and two
models are compared on the same draws (the paired bootstrap). The weights of a block of resamples
are bytes that lie side by side, (rows, resamples): a row's weights are one line of the CPU's cache,
and a metric of a subset is a few running sums over lines that were put in order once.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import poisson
from threadpoolctl import threadpool_limits

from pipeline.evaluation.sample import Sample
from recipe.metrics import BINS, calibration_bins, decide

BLOCK = 64  # resamples drawn at once
MOST_BYTES = 2**27  # of a block's largest array; a table of many rows gets smaller blocks
CHUNK = 4096  # rows multiplied at once: what of a block the CPU's cache holds
WORKERS = 2  # blocks at a time: numpy lets go of Python's lock
MOST_UNDEFINED = 0.05  # share of resamples in which a metric may be undefined (a class has no rows)

# How often a row counts, for each of 2**16 equally likely draws: Poisson(1) to five digits.
COUNTS = np.searchsorted(poisson(1).cdf(np.arange(12)), (np.arange(2**16) + 0.5) / 2**16).astype(
    "uint8"
)


@dataclass(frozen=True)
class Part:
    """The rows (n,) of a sample that are resampled, and the metrics that are wanted of them."""

    rows: np.ndarray
    metrics: Sequence[str]


Resampled = list[dict[str, np.ndarray]]


def resample(samples: Sequence[Sample], parts: Sequence[Part], count: int, seed: int):
    """Return, for each of `samples`, each metric of each part in each resample: (count,) by name.

    All samples are of the same rows and get the same weights. NaN where a metric is undefined.
    """
    most = max(1, MOST_BYTES // (8 * max(1, len(samples[0].truth))))
    sizes = _sizes(count, min(BLOCK, most))
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    drawn = [[_SUBSETS[sample.task](sample, part.rows) for part in parts] for sample in samples]

    def block(size: int, seed) -> list[Resampled]:
        weights = draw(len(samples[0].truth), size, seed)
        return [
            [
                _measure(subset, part.metrics, weights)
                for subset, part in zip(of, parts, strict=True)
            ]
            for of in drawn
        ]

    # Threads of a matrix product would add up in another order each time.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(WORKERS) as pool:
        blocks = list(pool.map(block, sizes, seeds))
    return [
        [
            {name: np.concatenate([of[one][two][name] for of in blocks]) for name in part.metrics}
            for two, part in enumerate(parts)
        ]
        for one in range(len(samples))
    ]


def _sizes(count: int, most: int) -> list[int]:
    whole, rest = divmod(count, most)
    return [most] * whole + [rest] * (rest > 0)


def draw(rows: int, size: int, seed) -> np.ndarray:
    """Return the weights of `size` resamples: uint8, (rows, size)."""
    return COUNTS[np.random.default_rng(seed).integers(0, 2**16, (rows, size), dtype="uint16")]


def _measure(subset, names: Sequence[str], weights: np.ndarray) -> dict[str, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        resampled = subset.weighted(weights)
        return {name: resampled.metric(name) for name in names}


def interval(values: np.ndarray, confidence: float) -> list[float] | None:
    """Return the ends of the percentile interval of resampled `values`; None where few exist."""
    undefined = np.isnan(values)
    if not len(values) or undefined.mean() > MOST_UNDEFINED:
        return None
    tail = (1 - confidence) / 2
    ends = np.quantile(values[~undefined], [tail, 1 - tail])
    # Sums of many numbers differ in their last bits from one machine to another.
    return [float(f"{round(end, 12):.9g}") for end in ends.tolist()]


def _running(weights: np.ndarray) -> np.ndarray:
    """Return the sums of the first 0, 1, 2... rows of `weights` (n, size): int32, (n + 1, size)."""
    sums = np.zeros((len(weights) + 1, weights.shape[1]), dtype="int32")
    np.cumsum(weights, axis=0, dtype="int32", out=sums[1:])
    return sums


def _sums(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted sum of each row of `values` (k, n) in each resample: (k, size)."""
    total = np.zeros((len(values), weights.shape[1]))
    for begin in range(0, len(weights), CHUNK):
        some = slice(begin, begin + CHUNK)
        total += values[:, some] @ weights[some].astype("float64")
    return total


class _Ranking:
    """Rows of one class and the others, each in the order of their scores."""

    def __init__(self, rows: np.ndarray, positive: np.ndarray, scores: np.ndarray):
        order = rows[np.argsort(scores[rows], kind="stable")]
        self.yes, self.no = order[positive[order]], order[~positive[order]]
        self.yes_scores, self.no_scores = scores[self.yes], scores[self.no]
        # Where each positive row stands among the negative ones, and its equals among its own.
        self.below = np.searchsorted(self.no_scores, self.yes_scores, "left")
        self.up_to = np.searchsorted(self.no_scores, self.yes_scores, "right")
        self.first_equal = np.searchsorted(self.yes_scores, self.yes_scores, "left")


class _Ranked:
    """A ranking whose rows were weighted."""

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
        of = self.ranking
        worse = self.no_sums[of.below].astype("float64")
        worse += self.no_sums[of.up_to] if (of.below != of.up_to).any() else worse
        won = np.einsum("rb,rb->b", self.yes.astype("float64"), worse) / 2
        return won / (self.yes_sums[-1].astype("float64") * self.no_sums[-1])

    def average_precision(self) -> np.ndarray:
        """Mean, over the positive rows, of the precision among those that score as high."""
        of = self.ranking
        hits = (self.yes_sums[-1] - self.yes_sums[of.first_equal]).astype("float64")
        alarms = hits + (self.no_sums[-1] - self.no_sums[of.below])
        found = np.einsum("rb,rb->b", self.yes.astype("float64"), hits / np.maximum(alarms, 1))
        return np.where(self.no_sums[-1] > 0, found / self.yes_sums[-1], np.nan)


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
    """The metrics of a binary subset under some weights; names as in `metrics.BINARY`."""

    def __init__(self, subset: BinarySubset, weights: np.ndarray):
        self.subset = subset
        self.ranked = _Ranked(subset.ranking, weights)

    def metric(self, name: str) -> np.ndarray:
        return getattr(self, name)()

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
        self.rows, self.labels = rows, sample.labels
        truth, scores = sample.truth[rows], sample.scores[rows]
        found = decide(scores, None)
        classes = np.arange(len(sample.labels))[:, None]
        self.actual, self.said = truth == classes, found == classes
        self.right = self.actual & self.said
        self.losses = _loss(scores[np.arange(len(rows)), truth])[None]
        self.rankings = [
            _Ranking(rows, sample.truth == place, sample.scores[:, place])
            for place in range(len(sample.labels))
        ]

    def weighted(self, weights: np.ndarray) -> "MulticlassResample":
        return MulticlassResample(self, weights)


class MulticlassResample:
    """The metrics of such a subset under some weights; names as in `metrics.MULTICLASS`."""

    def __init__(self, subset: MulticlassSubset, weights: np.ndarray):
        self.subset, self.all_weights = subset, weights
        self.weights = weights[subset.rows]
        tables = (subset.right, subset.actual, subset.said)
        self.right, self.actual, self.said = (
            _sums(table.astype("float64"), self.weights) for table in tables
        )

    def metric(self, name: str) -> np.ndarray:
        kind, _, label = name.partition(" of ")
        if not label:
            return getattr(self, name)()
        place = self.subset.labels.index(label)
        return self.right[place] / (self.actual if kind == "recall" else self.said)[place]

    def roc_auc(self):
        ranked = [_Ranked(one, self.all_weights) for one in self.subset.rankings]
        return np.mean([one.roc_auc() for one in ranked], axis=0)

    def accuracy(self):
        return self.right.sum(axis=0) / self.actual.sum(axis=0)

    def error_rate(self):
        return 1 - self.accuracy()

    def balanced_accuracy(self):
        return _mean_of_there(self.right, self.actual)

    def macro_f1(self):
        return _mean_of_there(2 * self.right, self.actual + self.said)

    def log_loss(self):
        return _sums(self.subset.losses, self.weights)[0] / self.actual.sum(axis=0)


class RegressionSubset:
    """Rows of a sample whose target is a number, prepared once for all resamples."""

    def __init__(self, sample: Sample, rows: np.ndarray):
        self.rows = rows
        truth = sample.truth[rows]
        errors = sample.scores[rows] - truth
        # The variance does not change when all is moved, and small numbers keep their digits.
        moved = truth - truth.mean() if len(rows) else truth
        self.values = np.array([np.ones(len(rows)), errors**2, np.abs(errors), moved, moved**2])

    def weighted(self, weights: np.ndarray) -> "RegressionResample":
        return RegressionResample(self, weights)


class RegressionResample:
    """The metrics of such a subset under some weights; names as in `metrics.REGRESSION`."""

    def __init__(self, subset: RegressionSubset, weights: np.ndarray):
        sums = _sums(subset.values, weights[subset.rows])
        self.count, self.squares, self.absolute, self.total, self.total_squares = sums

    def metric(self, name: str) -> np.ndarray:
        return getattr(self, name)()

    def r2(self):
        spread = self.total_squares - self.total**2 / self.count
        # Where all rows are equal, what is left of the difference is rounding.
        varies = spread > 1e-12 * self.total_squares
        return np.where(varies, 1 - self.squares / spread, np.nan)

    def rmse(self):
        return np.sqrt(self.squares / self.count)

    def mae(self):
        return self.absolute / self.count


def _mean_of_there(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    """Return the mean of the shares of those classes that are there: their whole is not 0."""
    there = wholes > 0
    return np.where(there, parts / wholes, 0).sum(axis=0) / there.sum(axis=0)


def _loss(probabilities: np.ndarray) -> np.ndarray:
    """Return the log loss of rows whose own class was given `probabilities` (n,)."""
    return -np.log(np.clip(probabilities, np.finfo("float64").eps, 1))


_SUBSETS = {
    "binary": BinarySubset,
    "multiclass": MulticlassSubset,
    "regression": RegressionSubset,
}
