"""Pairwise coverage: how well the typical mocks stand for the combinations of values in real rows.

A column is cut into cells: a number by the quantiles of the real rows; a category by its levels,
the rare ones together; a text by its length, and by the largest dimension of its embedding (its
topic). Missing values are a cell of their own. Of all pairs (a real row, two of its columns),
coverage is the share for which one mock has the same two cells. This is pairwise testing (Kuhn,
Kacker & Lei, 2010), with each pair of cells weighted by the real rows in it.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.data import schema as schemas
from pipeline.data.bins import MISSING_BIN, common_levels, quantile_bins

LISTED = 10  # pairs of columns that are listed as the least covered ones


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Shares of the real rows that the typical mocks cover.

    Attributes:
        coverage: of all pairs (row, two columns), those whose two cells one mock has together.
        complete: of all rows, those of which every pair is covered.
        columns: by column, the share of rows whose cell in this column a mock has.
        pairs: by column, the mean coverage of the pairs it belongs to.
        least: the least covered pairs of columns: share, column, column.
    """

    coverage: float
    complete: float
    columns: dict[str, float]
    pairs: dict[str, float]
    least: list[list]


NOTHING = Coverage(coverage=0.0, complete=0.0, columns={}, pairs={}, least=[])


def views(
    rows: pd.DataFrame, features: np.ndarray, manifest: list[dict], rules: schemas.Schema
) -> pd.DataFrame:
    """Return the columns that are cut into cells: float64 by quantiles, `str` by level.

    They are the features' columns and the target's. A text gives two: its length and its topic.
    """
    columns = {}
    for name in [*rules.features, rules.target]:
        kind = rules.columns[name].kind
        if kind.name != "text":
            columns[name] = rows[name].to_numpy()
            continue
        lengths = kind.numbers(rows[name]).mask(kind.is_missing(rows[name]))
        columns[f"{name} (length)"] = lengths.to_numpy()
        columns[f"{name} (topic)"] = _topics(features, manifest, name)
    return pd.DataFrame(columns)


def _topics(features: np.ndarray, manifest: list[dict], name: str) -> np.ndarray:
    """Return the largest dimension of each text's embedding; missing where all are 0."""
    places = [
        place
        for place, column in enumerate(manifest)
        if column["kind"] == "embedding" and column["source"] == name
    ]
    values = np.abs(features[:, places])
    topics = values.argmax(axis=1).astype("str").astype("object")
    topics[~values.any(axis=1)] = None
    return pd.array(topics, dtype="str")


def cells(
    real: pd.DataFrame, mocks: pd.DataFrame, bins: int, rare_share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell of each value of `real` (n, columns) and of `mocks` (m, columns), as int.

    Both are `views`; the cells are cut by the values of `real`.
    """
    pairs = [_cells_of(real[name], mocks[name], bins, rare_share) for name in real.columns]
    real_cells, mock_cells = zip(*pairs, strict=True)
    return np.column_stack(real_cells), np.column_stack(mock_cells)


def _cells_of(real: pd.Series, mocks: pd.Series, bins: int, rare_share: float) -> list[np.ndarray]:
    """Return the cells of `real` and of `mocks`; that of missing values is 0."""
    if real.dtype.kind == "f":
        binning = quantile_bins(real, bins, few_apart=True)
    else:
        binning = common_levels(real, rare_share)
    return [binning.of(values) - MISSING_BIN for values in (real, mocks)]


def pairs(mocks: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of cells that each mock has, and the weight of every pair of cells.

    Args:
        mocks: cells (m, columns).
        real: cells (n, columns).

    Returns:
        numbers: (m, pairs of columns), each the number of a pair of cells.
        weights: (pairs of cells,), the count of real rows in each, by its number.
    """
    sizes = np.maximum(real.max(axis=0), mocks.max(axis=0)) + 1
    numbers, weights, before = [], [], 0
    for left, right in combinations(range(real.shape[1]), 2):
        count = sizes[left] * sizes[right]
        numbers.append(before + mocks[:, left] * sizes[right] + mocks[:, right])
        real_pairs = real[:, left] * sizes[right] + real[:, right]
        weights.append(np.bincount(real_pairs, minlength=count))
        before += count
    return np.column_stack(numbers), np.concatenate(weights)


def coverage(real: np.ndarray, mocks: np.ndarray, names: list[str]) -> Coverage:
    """Return how much of `real` (n, columns) is covered by `mocks` (m, columns); both are cells."""
    complete, shares = np.ones(len(real), dtype=bool), []
    for left, right in combinations(range(real.shape[1]), 2):
        size = max(real[:, right].max(), mocks[:, right].max()) + 1
        held = np.unique(mocks[:, left] * size + mocks[:, right])
        covered = np.isin(real[:, left] * size + real[:, right], held)
        complete &= covered
        shares.append((float(covered.mean()), names[left], names[right]))
    return Coverage(
        coverage=float(np.mean([share for share, *_ in shares])),
        complete=float(complete.mean()),
        columns={
            name: float(np.isin(real[:, number], mocks[:, number]).mean())
            for number, name in enumerate(names)
        },
        pairs={
            name: float(np.mean([share for share, *both in shares if name in both]))
            for name in names
        },
        least=[list(pair) for pair in sorted(shares)[:LISTED]],
    )
