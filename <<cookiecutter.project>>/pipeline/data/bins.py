"""Binning: in which bin each value of a column lies. A missing value has a bin of its own.

Numbers lie in `Bins` between edges, strings in `Levels`. Both are made from one set of values (the
training set, the real rows) and then applied to any other.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

MISSING_BIN = -1  # the number of the bin of missing values
OTHER = "(other)"  # how the bin of all levels but the listed ones is named


@dataclass(frozen=True)
class Bins:
    """Bins of a number, from 0: `edges` (k,), rising, make k + 1 of them.

    A value on an edge belongs to the bin below it where bins are closed on the right, and to the
    bin above it where they are closed on the left.
    """

    edges: np.ndarray
    closed: Literal["right", "left"] = "right"

    def of(self, values: np.ndarray | pd.Series) -> np.ndarray:
        """Return the bin of each float (n,): int64, MISSING_BIN for NaN."""
        numbers = np.asarray(values, dtype="float64")
        side = "left" if self.closed == "right" else "right"
        return np.where(
            np.isnan(numbers), MISSING_BIN, np.searchsorted(self.edges, numbers, side=side)
        )

    def counts(self, values: np.ndarray | pd.Series) -> np.ndarray:
        """Return the number of values in each bin, and of missing ones last: (k + 2,)."""
        counts = np.bincount(self.of(values) + 1, minlength=len(self.edges) + 2)
        return np.roll(counts, -1)


@dataclass(frozen=True)
class Levels:
    """Bins of strings: one for each of `names` (k,), from 0, and the bin k for all others."""

    names: tuple[str, ...]

    def of(self, values: pd.Series) -> np.ndarray:
        """Return the bin of each value (n,): int64, MISSING_BIN for a missing one."""
        bins = pd.Index(self.names).get_indexer(values)
        bins = np.where(bins < 0, len(self.names), bins)
        return np.where(values.isna(), MISSING_BIN, bins)

    def counts(self, values: pd.Series) -> np.ndarray:
        """Return the number of values of each level, of missing ones and of others: (k + 2,)."""
        counts = np.bincount(self.of(values) + 1, minlength=len(self.names) + 2)
        return np.concatenate([counts[1:-1], counts[:1], counts[-1:]])


def quantile_bins(values: np.ndarray | pd.Series, count: int, few_apart: bool = False) -> Bins:
    """Return at most `count` bins that hold about equally many of the float `values` (n,).

    `few_apart`: where there are at most `count` different values, each has a bin.
    """
    numbers = np.asarray(values, dtype="float64")
    present = numbers[~np.isnan(numbers)]
    if few_apart and len(distinct := np.unique(present)) <= count:
        return Bins(distinct[:-1])
    if not len(present):
        return Bins(np.empty(0))
    return Bins(np.unique(np.quantile(present, np.linspace(0, 1, count + 1)[1:-1])))


def frequent_levels(values: pd.Series, most: int) -> Levels:
    """Return the `most` most frequent of `values`, by their frequency; missing ones are none."""
    return Levels(tuple(values.value_counts().index[:most]))


def common_levels(values: pd.Series, share: float) -> Levels:
    """Return the levels in at least `share` of `values`, missing ones counted, by frequency."""
    shares = values.value_counts(normalize=True, dropna=False)
    return Levels(tuple(level for level in shares.index[shares >= share] if not pd.isna(level)))


def rank_bins(values: pd.Series, count: int) -> pd.Series:
    """Return the bin, from 1 to `count`, of each number by its rank: float64, NaN where missing.

    Equal values share a bin, which then holds more than the others.
    """
    return np.ceil(values.rank(pct=True) * count)
