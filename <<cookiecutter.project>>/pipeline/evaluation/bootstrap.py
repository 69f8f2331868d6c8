"""How far chance alone may have moved a metric: a seeded bootstrap.

In a resample each row counts as often as a Poisson(1) draw says (Chamandy et al., 2012): rows are
weighted rather than copied, so one draw serves the whole table and every slice of it, and two
models are compared on the same draws (the paired bootstrap).

Metrics with a fast method (see `resampled`) are computed from the weights of many resamples at
once; any other metric, a resample at a time, by its own function on rows that are repeated.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.stats import poisson
from threadpoolctl import threadpool_limits

from pipeline.core.metric import Metric
from pipeline.evaluation.resampled import SUBSETS, fast_method
from pipeline.evaluation.sample import Sample

BLOCK = 64  # resamples drawn at once
MOST_BYTES = 2**27  # of a block's largest array; a table of many rows gets smaller blocks
WORKERS = 2  # blocks computed at a time: numpy releases Python's lock
MOST_UNDEFINED = 0.05  # share of resamples in which a metric may be undefined (a class has no rows)
CHECKED_ROWS = 5000  # of a part, on which a fast method is compared with the metric's function

# How often a row counts, for each of 2**16 equally likely draws: Poisson(1) to five digits.
COUNTS = np.searchsorted(poisson(1).cdf(np.arange(12)), (np.arange(2**16) + 0.5) / 2**16).astype(
    "uint8"
)


@dataclass(frozen=True)
class Part:
    """Rows (n,) of a sample that are resampled, and the metrics to compute of them."""

    rows: np.ndarray
    metrics: dict[str, Metric]


Resampled = dict[str, np.ndarray]  # each metric in each resample: (count,), NaN where undefined


def resample(
    samples: Sequence[Sample], parts: Sequence[Part], count: int, seed: int
) -> list[list[Resampled]]:
    """Return, for each of `samples`, each metric of each part in each of `count` resamples.

    All samples are of the same rows and get the same weights.
    """
    rows = len(samples[0].truth)
    sizes = _sizes(count, min(BLOCK, max(1, MOST_BYTES // (8 * max(1, rows)))))
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    plans = [[_Plan(sample, part) for part in parts] for sample in samples]

    def block(size: int, seed) -> list[list[Resampled]]:
        weights = draw(rows, size, seed)
        return [[plan.values(weights) for plan in of_sample] for of_sample in plans]

    # Threads of a matrix product would add up in another order each time.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(WORKERS) as pool:
        blocks = list(pool.map(block, sizes, seeds))
    return [
        [
            {name: np.concatenate([values[one][two][name] for values in blocks])
             for name in part.metrics}
            for two, part in enumerate(parts)
        ]
        for one in range(len(samples))
    ]  # fmt: skip


class _Plan:
    """How the metrics of a part are computed for one sample: fast ones, and the others."""

    def __init__(self, sample: Sample, part: Part):
        self.sample, self.part = sample, part
        self.subset = SUBSETS[sample.task](sample, part.rows)
        methods = {name: fast_method(sample.task, of) for name, of in part.metrics.items()}
        self.fast = self._agreeing({name: method for name, method in methods.items() if method})

    def values(self, weights: np.ndarray) -> Resampled:
        """Return each metric in each resample of a block; `weights` is (rows, size)."""
        fast = self._computed(self.fast, weights)
        return {
            name: fast[name] if name in fast else repeated(self.sample, self.part.rows, of, weights)
            for name, of in self.part.metrics.items()
        }

    def _computed(self, methods: dict[str, Callable], weights: np.ndarray) -> Resampled:
        if not methods:
            return {}
        with np.errstate(divide="ignore", invalid="ignore"):
            resampled = self.subset.weighted(weights)
            return {name: method(resampled) for name, method in methods.items()}

    def _agreeing(self, methods: dict[str, Callable]) -> dict[str, Callable]:
        """Return those `methods` that give the same as the metric's function in one resample.

        A function of recipe/metrics.py that was edited in its place is found by that.
        """
        rows = self.part.rows[:CHECKED_ROWS]
        weights = np.zeros((len(self.sample.truth), 1), dtype="uint8")
        weights[rows] = draw(len(rows), 1, seed=0)
        fast = self._computed(methods, weights)
        own = {
            name: repeated(self.sample, rows, self.part.metrics[name], weights) for name in methods
        }
        return {
            name: method
            for name, method in methods.items()
            if np.allclose(fast[name], own[name], rtol=1e-6, atol=1e-9, equal_nan=True)
        }


def repeated(sample: Sample, rows: np.ndarray, metric: Metric, weights: np.ndarray) -> np.ndarray:
    """Return `metric` in each resample (size,) by its own function: rows occur as weights say.

    `weights` is (all rows, size). NaN where the metric is undefined.
    """
    truth, scores, own = sample.truth[rows], sample.scores[rows], weights[rows]
    values = np.full(weights.shape[1], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        for number in range(len(values)):
            places = np.repeat(np.arange(len(rows)), own[:, number])
            value = metric.value(truth[places], scores[places], sample.threshold)
            values[number] = np.nan if value is None else value
    return values


def _sizes(count: int, most: int) -> list[int]:
    whole, rest = divmod(count, most)
    return [most] * whole + [rest] * (rest > 0)


def draw(rows: int, size: int, seed) -> np.ndarray:
    """Return the weights of `size` resamples: uint8, (rows, size)."""
    return COUNTS[np.random.default_rng(seed).integers(0, 2**16, (rows, size), dtype="uint16")]


def interval(values: np.ndarray, confidence: float) -> list[float] | None:
    """Return the ends of the percentile interval of resampled `values`; None where few exist."""
    undefined = np.isnan(values)
    if not len(values) or undefined.mean() > MOST_UNDEFINED:
        return None
    tail = (1 - confidence) / 2
    ends = np.quantile(values[~undefined], [tail, 1 - tail])
    # Sums of many numbers differ in their last bits from one machine to another.
    return [float(f"{round(end, 12):.9g}") for end in ends.tolist()]
