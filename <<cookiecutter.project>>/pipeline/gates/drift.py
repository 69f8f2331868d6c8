"""Drift: how far the live values of a column are from those the model was trained on."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.data.schema import MISSING

BINS = 10
OTHER = "(other)"  # the cell of the levels beyond LEVELS
FLOOR = 1e-4  # share given to an empty cell: PSI takes its logarithm
DRAWS = 1000
LEVELS = 50  # the most frequent levels that get a cell of their own


def compare(train: pd.Series, live: pd.Series, kind: str) -> dict[str, Any]:
    """Return PSI, a test's statistic and p-value, and both shares of missing values.

    `kind` is number, category or text; a text is judged by its length. Numbers are compared by
    Kolmogorov and Smirnov's test on what is not missing, the others by chi-squared.
    """
    if kind == "text":
        train, live = _length(train), _length(live)
    numeric = kind != "category"
    expected, found = cells(train, live, numeric)
    if numeric:
        test, result = "KS", _ks(train.dropna(), live.dropna())
    else:
        test, result = "chi²", _chi2(expected, found)
    return {
        "psi": float(psi(expected, found)),
        "test": test,
        "statistic": result[0],
        "p_value": result[1],
        "missing_train": float(train.isna().mean()),
        "missing_live": float(live.isna().mean()),
    }


def psi_by_chance(train: pd.Series, live: pd.Series, kind: str) -> float:
    """Return the largest PSI of DRAWS splits of the same rows at random into parts of these sizes.

    Few rows have a large one though nothing drifted: of 36 rows in 10 bins some bins are empty.
    """
    if kind == "text":
        train, live = _length(train), _length(live)
    both = sum(cells(train, live, kind != "category"))
    draws = np.random.default_rng(0).multivariate_hypergeometric(both, len(live), DRAWS)
    return float(psi(both - draws, draws).max())


def _length(texts: pd.Series) -> pd.Series:
    """Return the length of each text in characters; missing for an empty one."""
    lengths = texts.str.len().astype("float64")
    return lengths.mask(lengths == 0)


def cells(train: pd.Series, live: pd.Series, numeric: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of `train` and of `live` in each cell: a bin or a level, and the missing."""
    if numeric:
        present = train.dropna()
        inner = np.linspace(0, 1, BINS + 1)[1:-1]
        edges = np.unique(np.quantile(present, inner)) if len(present) else np.empty(0)
        counts = [_binned(values, edges) for values in (train, live)]
        return counts[0], counts[1]
    levels = list(train.value_counts().index[:LEVELS])
    names = [*levels, MISSING, OTHER]
    counts = []
    for values in (train, live):
        known = values.where(values.isin(levels) | values.isna(), OTHER).fillna(MISSING)
        counts.append(known.value_counts().reindex(names, fill_value=0).to_numpy())
    return counts[0], counts[1]


def _binned(values: pd.Series, edges: np.ndarray) -> np.ndarray:
    present = values.dropna().to_numpy()
    counts = np.bincount(np.searchsorted(edges, present, side="left"), minlength=len(edges) + 1)
    return np.append(counts, values.isna().sum())


def psi(expected: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return the population stability index of two sets of counts over the same cells.

    The sum of (q - p) ln(q / p) over the cells' shares p and q (Siddiqi, 2006): below 0.1 is
    usually called stable, above 0.25 changed. The cells are the last axis of both; the indices
    have the shape of what is left.

    >>> float(psi(np.array([50, 50]), np.array([50, 50])))
    0.0
    """
    p = np.maximum(expected / expected.sum(axis=-1, keepdims=True), FLOOR)
    q = np.maximum(found / found.sum(axis=-1, keepdims=True), FLOOR)
    return ((q - p) * np.log(q / p)).sum(axis=-1)


def _ks(train: pd.Series, live: pd.Series) -> tuple[float | None, float | None]:
    if train.empty or live.empty:
        return None, None
    result = stats.ks_2samp(train, live, method="asymp")
    return float(result.statistic), float(result.pvalue)


def _chi2(expected: np.ndarray, found: np.ndarray) -> tuple[float | None, float | None]:
    used = (expected + found) > 0
    if used.sum() < 2:
        return None, None
    result = stats.chi2_contingency(np.array([expected[used], found[used]]))
    return float(result.statistic), float(result.pvalue)
