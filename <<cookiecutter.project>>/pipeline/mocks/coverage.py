"""How well few rows stand for many: pairwise coverage, and the region in which real rows lie.

A column is cut into cells: a number by the quantiles of the real rows; a category by its levels,
the rare ones together; a text by its length, and by the largest dimension of its embedding (its
topic); the missing values are a cell of their own. Of all pairs (a real row, two of its columns)
coverage is the share whose two cells stand together in one of the few rows as well. It is pairwise
testing (Kuhn, Kacker & Lei, 2010), each pair of cells weighted by the real rows in it.

A row lies in the region when its nearest real row is no farther, in the space of the features, than
99 % of the real rows (`region_quantile`) are from the nearest other real row.
"""

import math
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field
from sklearn.neighbors import NearestNeighbors

from pipeline.core import params
from pipeline.data import schema as schemas
from pipeline.mocks import mock_rows

SAMPLE = 5000  # real rows that the region's limit is taken from, in a larger table
LISTED = 10  # pairs of columns that are listed as the least covered ones
SLACK = 1.25  # mocks that the gate lets pass, for each that `make mocks` would write


class Params(params.Section):
    """Section `mocks` of params.yaml."""

    max_share: float = Field(gt=0, lt=1)
    max_rows: int = Field(ge=1)
    small_table_rows: int = Field(ge=10)
    common_rows: int = Field(ge=2)
    bins: int = Field(ge=2)
    rare_share: float = Field(gt=0, lt=1)
    region_quantile: float = Field(gt=0, le=1)
    min_coverage: float = Field(gt=0, le=1)
    min_column_coverage: float = Field(gt=0, le=1)
    min_in_region: float = Field(gt=0, le=1)
    seed: int


def most_mocks(real: int, settings: Params) -> int:
    """Return how many mocks `real` rows may have, whatever their kinds.

    `max_share` of the real rows. A hundredth of a small table is too few to hold an edge and a
    typical row, so it may have `small_table_rows`, which is a larger share: 20 of 178 are 11 %.
    """
    wanted = max(int(real * settings.max_share), settings.small_table_rows)
    return min(wanted, settings.max_rows)


def grain(mocks: int, settings: Params) -> tuple[int, float]:
    """Return how fine `mocks` rows can cut a column: bins, and the least share of a level.

    A pair of numbers has at most one cell for every two mocks; a level has a cell of its own when
    two of as many rows, drawn like the real ones, would have it. `bins` and `rare_share` bound
    both.

    >>> from types import SimpleNamespace as Some
    >>> grain(20, Some(bins=10, rare_share=0.01)), grain(300, Some(bins=10, rare_share=0.01))
    ((3, 0.1), (10, 0.01))
    """
    bins = max(2, min(settings.bins, math.isqrt(mocks // 2)))
    return bins, max(settings.rare_share, 2 / mocks)


def views(
    rows: pd.DataFrame, features: np.ndarray, manifest: list[dict], rules: schemas.Schema
) -> pd.DataFrame:
    """Return the columns that are cut into cells: float64 by quantiles, `str` by level.

    The features' columns and the target's. A text is seen twice, as its length and as its topic.
    """
    seen = {}
    for name in [*rules.features, rules.target]:
        if rules.columns[name].type != "text":
            seen[name] = rows[name].to_numpy()
            continue
        lengths = rows[name].str.len().to_numpy("float64")
        seen[f"{name} (length)"] = np.where(lengths > 0, lengths, np.nan)
        seen[f"{name} (topic)"] = _topics(features, manifest, name)
    return pd.DataFrame(seen)


def _topics(features: np.ndarray, manifest: list[dict], name: str) -> np.ndarray:
    """Return which dimension of a text's embedding is the largest; missing when all are 0."""
    places = [
        place
        for place, column in enumerate(manifest)
        if column["kind"] == "embedding" and column["source"] == name
    ]
    values = np.abs(features[:, places])
    topics = values.argmax(axis=1).astype("str").astype("object")
    topics[~values.any(axis=1)] = None
    return pd.array(topics, dtype="str")


def cells(real: pd.DataFrame, few: pd.DataFrame, bins: int, rare_share: float):
    """Return the cell of each value of `real` (n, columns) and of `few` (m, columns), as int.

    Both are `views`; the cells are those of `real`.
    """
    cut = [_cells_of(real[name], few[name], bins, rare_share) for name in real.columns]
    ours, theirs = zip(*cut, strict=True)
    return np.column_stack(ours), np.column_stack(theirs)


def _cells_of(real: pd.Series, few: pd.Series, bins: int, rare_share: float):
    if real.dtype.kind == "f":
        edges = quantiles(real.to_numpy(), bins)
        return [in_bins(values.to_numpy(), edges) for values in (real, few)]
    shares = real.value_counts(normalize=True, dropna=False)
    own = [level for level in shares.index[shares >= rare_share] if not pd.isna(level)]
    cell = {level: number for number, level in enumerate(own, start=2)}  # 0 missing, 1 rare
    return [
        np.where(values.isna(), 0, values.map(cell).fillna(1)).astype("int64")
        for values in (real, few)
    ]


def quantiles(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the upper bounds of the bins but the last; each value's own where they are few."""
    present = values[~np.isnan(values)]
    distinct = np.unique(present)
    if len(distinct) <= bins:
        return distinct[:-1]
    return np.unique(np.quantile(present, np.linspace(0, 1, bins + 1)[1:-1]))


def in_bins(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return each value's bin, from 1 on; 0 where it is missing."""
    return np.where(np.isnan(values), 0, np.searchsorted(edges, values, side="left") + 1)


def pairs(few: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each pair of cells in `few` (m, pairs), and the rows of `real` in it.

    Both are of `cells`. The second array has an entry for each pair of cells of all pairs of
    columns.
    """
    sizes = np.maximum(real.max(axis=0), few.max(axis=0)) + 1
    numbers, weights, before = [], [], 0
    for one, other in combinations(range(real.shape[1]), 2):
        count = sizes[one] * sizes[other]
        numbers.append(before + few[:, one] * sizes[other] + few[:, other])
        weights.append(np.bincount(real[:, one] * sizes[other] + real[:, other], minlength=count))
        before += count
    return np.column_stack(numbers), np.concatenate(weights)


def coverage(real: np.ndarray, few: np.ndarray, names: list[str]) -> dict[str, Any]:
    """Return the shares of `real` (n, columns) that `few` (m, columns) cover; both of `cells`.

    coverage: of all pairs (row, two columns), those whose two cells `few` hold together.
    complete: of all rows, those of which this is true for every two columns.
    columns: by column, the share of rows whose cell in this one column `few` hold.
    pairs: by column, the coverage of the pairs that it is one of.
    least: the pairs of columns that are least covered.
    """
    complete, shares = np.ones(len(real), dtype=bool), []
    for one, other in combinations(range(real.shape[1]), 2):
        size = max(real[:, other].max(), few[:, other].max()) + 1
        held = np.unique(few[:, one] * size + few[:, other])
        covered = np.isin(real[:, one] * size + real[:, other], held)
        complete &= covered
        shares.append((float(covered.mean()), names[one], names[other]))
    alone = {
        name: float(np.isin(real[:, number], few[:, number]).mean())
        for number, name in enumerate(names)
    }
    return {
        "coverage": float(np.mean([share for share, *_ in shares])),
        "complete": float(complete.mean()),
        "columns": alone,
        "pairs": {
            name: float(np.mean([share for share, *both in shares if name in both]))
            for name in names
        },
        "least": [list(case) for case in sorted(shares)[:LISTED]],
    }


class Region:
    """Where the real rows' features (n, features) lie; `limit` is how far a row may be of them."""

    def __init__(self, real: np.ndarray, settings: Params):
        self._real, self._squares = real, np.einsum("ij,ij->i", real, real)
        sample = real
        if len(real) > SAMPLE:
            sample = real[np.random.default_rng(settings.seed).permutation(len(real))[:SAMPLE]]
        neighbours = NearestNeighbors(n_neighbors=min(2, len(real)), algorithm="brute").fit(real)
        distances, _ = neighbours.kneighbors(sample)  # the nearest of all is the row itself
        self.limit = float(np.quantile(distances[:, -1], settings.region_quantile))

    def distances(self, rows: np.ndarray) -> np.ndarray:
        """Return the distance of each of `rows` (m, features) from its nearest real row."""
        # |x - y|² = |x|² - 2xy + |y|²; rounding may make a little less than 0 of the same row.
        squares = [(self._squares - 2 * (self._real @ row)).min() + row @ row for row in rows]
        return np.sqrt(np.maximum(squares, 0))

    def holds(self, rows: np.ndarray) -> np.ndarray:
        """Return for each of `rows` whether it lies in the region."""
        return self.distances(rows) <= self.limit


def measure(real: dict[str, Any], mocks: dict[str, Any], rules, settings: Params) -> dict[str, Any]:
    """Return what the mocks are worth against the real rows.

    Both hold `rows` (typed) and `features` (an array); `real` also holds `manifest`, and `others`:
    real rows beyond the train part, which no mock may be a copy of either.
    """
    rows, most = mocks["rows"], most_mocks(len(real["rows"]), settings)
    typical = (rows[mock_rows.KIND] == "typical").to_numpy()
    counts = {kind: int((rows[mock_rows.KIND] == kind).sum()) for kind in mock_rows.KINDS}
    bins, rare_share = grain(most, settings)
    copied = mock_rows.copies(rows, [real["rows"], real["others"]], rules)
    figures = {
        "real_rows": len(real["rows"]),
        "rows": len(rows),
        "most_rows": most,
        "kinds": counts,
        "bins": bins,
        "rare_share": rare_share,
        "copies": int(copied.sum()),
    }
    if not typical.any():
        nothing = {"coverage": 0.0, "complete": 0.0, "columns": {}, "pairs": {}, "least": []}
        return {**figures, **nothing, "in_region": 0.0}
    seen = views(real["rows"], real["features"], real["manifest"], rules)
    few = views(rows[typical], mocks["features"][typical], real["manifest"], rules)
    region = Region(real["features"], settings)
    return {
        **figures,
        **coverage(*cells(seen, few, bins, rare_share), list(seen.columns)),
        "in_region": float(region.holds(mocks["features"][typical]).mean()),
        "region_limit": region.limit,
    }


def judge(measured: dict[str, Any], settings: Params) -> dict[str, str]:
    """Return a sentence for each figure that misses its threshold: rows, copies, kinds, coverage,
    columns, in_region.
    """
    reasons = {}
    # A table that lost some of its rows need not make its mocks anew.
    if measured["rows"] > SLACK * measured["most_rows"]:
        reasons["rows"] = (
            f"{measured['rows']} mocks are more than the {measured['most_rows']} that "
            f"{measured['real_rows']:,} real rows may have (mocks.max_share, max_rows, "
            "small_table_rows); `make mocks` makes fewer"
        )
    if measured["copies"]:
        reasons["copies"] = (
            f"{measured['copies']} mocks are copies of real rows; `make mocks` makes others"
        )
    for kind in ("typical", "edge"):  # a schema may have no rule that a row could break
        if not measured["kinds"][kind]:
            reasons["kinds"] = f"no mock is of the kind {kind}; `make mocks` makes some"
    if measured["coverage"] < settings.min_coverage:
        reasons["coverage"] = (
            f"the typical mocks cover {measured['coverage']:.1%} of the real rows' pairs of cells, "
            f"below mocks.min_coverage {settings.min_coverage:.1%}; {MOVED}"
        )
    name, least = min(measured["columns"].items(), key=lambda item: item[1], default=("", 1.0))
    if least < settings.min_column_coverage:
        reasons["columns"] = (
            f"`{name}`: {least:.1%} of the real rows have a value like a typical mock's, below "
            f"mocks.min_column_coverage {settings.min_column_coverage:.1%}; {MOVED}"
        )
    if measured["in_region"] < settings.min_in_region:
        reasons["in_region"] = (
            f"{measured['in_region']:.1%} of the typical mocks lie where real rows lie, below "
            f"mocks.min_in_region {settings.min_in_region:.1%}; {MOVED}"
        )
    return reasons


MOVED = "the data have moved away from the mocks: look at why, then `make mocks`"
