"""Drift: how far a column's live values are from those the model was trained on."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.data import bins
from pipeline.data.kinds import KINDS

BINS = 10
FLOOR = 1e-4  # share given to an empty cell: PSI takes its logarithm
DRAWS = 1000
LEVELS = 50  # the most frequent levels that get a cell of their own


def compare(train: pd.Series, live: pd.Series, kind: str) -> dict[str, Any]:
    """Return PSI, a test's statistic and p-value, and both shares of missing values.

    `kind` names a kind of column (see `kinds`). Numbers (of a text, its length) are compared by
    Kolmogorov and Smirnov's test of the values that are present, levels by chi-squared.
    """
    train, live = measured(train, kind), measured(live, kind)
    expected, actual = cells(train, live)
    if train.dtype.kind == "f":
        test, result = "KS", _ks(train.dropna(), live.dropna())
    else:
        test, result = "chi²", _chi2(expected, actual)
    return {
        "psi": float(psi(expected, actual)),
        "test": test,
        "statistic": result[0],
        "p_value": result[1],
        "missing_train": float(train.isna().mean()),
        "missing_live": float(live.isna().mean()),
    }


def psi_by_chance(train: pd.Series, live: pd.Series, kind: str) -> float:
    """Return the largest PSI of DRAWS splits of the same rows at random into sets of these sizes.

    Few rows have a large PSI without any drift: of 36 rows in 10 bins, some bins are empty.
    """
    both = sum(cells(measured(train, kind), measured(live, kind)))
    draws = np.random.default_rng(0).multivariate_hypergeometric(both, len(live), DRAWS)
    return float(psi(both - draws, draws).max())


def measured(values: pd.Series, kind: str) -> pd.Series:
    """Return the numbers by which typed values are compared (NaN where missing), or the levels."""
    numbers = KINDS[kind].numbers(values)
    return values if numbers is None else numbers.mask(KINDS[kind].is_missing(values))


def cells(train: pd.Series, live: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of `train` and of `live` in each cell: a bin or a level, and the missing."""
    numeric = train.dtype.kind == "f"
    binning = bins.quantile_bins(train, BINS) if numeric else bins.frequent_levels(train, LEVELS)
    return binning.counts(train), binning.counts(live)


def psi(expected: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Return the population stability index of two sets of counts over the same cells.

    The sum of (q - p) ln(q / p) over the cells' shares p and q (Siddiqi, 2006): below 0.1 is
    usually called stable, above 0.25 changed. The cells are the last axis of both; the result has
    the shape of the other axes.

    >>> float(psi(np.array([50, 50]), np.array([50, 50])))
    0.0
    """
    p = np.maximum(expected / expected.sum(axis=-1, keepdims=True), FLOOR)
    q = np.maximum(actual / actual.sum(axis=-1, keepdims=True), FLOOR)
    return ((q - p) * np.log(q / p)).sum(axis=-1)


def _ks(train: pd.Series, live: pd.Series) -> tuple[float | None, float | None]:
    if train.empty or live.empty:
        return None, None
    result = stats.ks_2samp(train, live, method="asymp")
    return float(result.statistic), float(result.pvalue)


def _chi2(expected: np.ndarray, actual: np.ndarray) -> tuple[float | None, float | None]:
    used = (expected + actual) > 0
    if used.sum() < 2:
        return None, None
    result = stats.chi2_contingency(np.array([expected[used], actual[used]]))
    return float(result.statistic), float(result.pvalue)
