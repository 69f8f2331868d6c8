"""Making mocks: typical rows, chosen for their coverage, and edge cases.

Typical rows are composed of real ones: most columns of one row, some of another, numbers moved
within their bin and dates by days, rare words and levels left out because they may name somebody.
From these candidates, rows in the region of the real ones are taken one after the other, each time
the one whose pairs of cells cover the most real rows that are not covered yet.
"""

import re
from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from pipeline.core.errors import Refusal
from pipeline.data.bins import quantile_bins
from pipeline.data.schema import Column, Schema
from pipeline.mocks import coverage, edge_cases, mock_rows
from pipeline.mocks.likeness import Real, featurized
from pipeline.mocks.mock_rows import KIND, WHY
from pipeline.mocks.region import Region
from pipeline.mocks.settings import Params, grain, most_mocks
from recipe import features as recipe_features

CANDIDATES = 20_000  # at most, from which the typical rows are chosen
PER_ROW = 20  # candidates at most for each real row
SWAPPED = 4  # columns at most that a candidate takes from a second row
NEAR_DAYS = 15  # days at most by which a date is moved
WORD = re.compile(r"\w+")


def make(real: Real, fitted, rules: Schema, settings: Params) -> tuple[pd.DataFrame, int]:
    """Return all mocks as cells of a CSV, and the number of odd values that found no room.

    At most half of the rows are edge and invalid ones. `fitted` is the featurizer.
    """
    most = most_mocks(len(real.rows), settings)
    pool = candidates(real, rules, settings)
    base = mock_rows.as_cells(pool.head(most), rules)
    odd, lost = edge_cases.rows(base, real.rows, rules, most // 2)
    odd, copied = without_copies(odd, real, rules)
    with threadpool_limits(1, "blas"):  # several threads would change the last bits
        typical, shares = choose(pool, most - len(odd), real, fitted, rules, settings)
    cells = mock_rows.as_cells(typical, rules)
    cells.insert(0, KIND, "typical")
    cells.insert(1, WHY, [f"covers {share:.2%} more" for share in shares])
    return numbered(pd.concat([cells, odd], ignore_index=True), rules), lost + copied


def without_copies(odd: pd.DataFrame, real: Real, rules: Schema) -> tuple[pd.DataFrame, int]:
    """Return the edge cases that do not copy a real row, and the number of those that do.

    In a table of few columns, an edge case can be a row that really occurs.
    """
    rows = mock_rows.typed(numbered(odd.copy(), rules), rules)
    copied = mock_rows.copies(rows, [real.rows, real.others], rules).to_numpy()
    return odd[~copied], int(copied.sum())


def numbered(table: pd.DataFrame, rules: Schema) -> pd.DataFrame:
    """Give each mock, and its group, a made-up name; numbers start at their column's minimum."""
    for name in rules.with_role("id", "group"):
        column = rules.columns[name]
        if column.type == "number":
            first = int(column.min or 0)
            table[name] = [f"{first + number}" for number in range(len(table))]
        elif column.levels is None:
            word = "mock " if column.max_length is None or column.max_length > 10 else ""
            table[name] = [f"{word}{number}" for number in range(1, len(table) + 1)]
    return table


def candidates(real: Real, rules: Schema, settings: Params) -> pd.DataFrame:
    """Return made-up rows, typed, that break no rule and copy no real row."""
    generator = np.random.default_rng(settings.seed)
    rows, names = real.rows, [*rules.features, rules.target]
    count = min(CANDIDATES, PER_ROW * len(rows))
    first, second = generator.integers(len(rows), size=(2, count))
    # Up to SWAPPED columns of each candidate, drawn at random, come from the second row.
    swapped = generator.integers(SWAPPED + 1, size=count)
    rank = generator.random((count, len(names))).argsort(axis=1).argsort(axis=1)
    bins, _ = grain(most_mocks(len(rows), settings), settings)
    pool = {}
    for name, column in rules.columns.items():
        source = first
        if name in names:
            source = np.where(rank[:, names.index(name)] < swapped, second, first)
        if column.role == "ignored":
            continue
        values = common(rows[name], column, settings.common_rows).array.take(source)
        if column.type == "number":
            values = moved(np.array(values), rows[name].to_numpy(), bins, generator)
        elif column.type == "date":
            values = other_days(pd.Series(values), rows[name], generator)
        pool[name] = values
    return allowed(pd.DataFrame(pool), [rows, real.others], rules)


def allowed(pool: pd.DataFrame, real: list[pd.DataFrame], rules: Schema) -> pd.DataFrame:
    """Return the rows of `pool` that break no rule and copy no row of `real`.

    Raises Refusal when no row is left.
    """
    broken = mock_rows.check(numbered(mock_rows.as_cells(pool, rules), rules), rules)[1]
    good = pool[~pool.index.isin(broken["row"])]
    if good.empty:
        case = broken.iloc[0]
        raise Refusal(
            "no row can be made up that schema.yaml allows: "
            f"`{case['column']}` {case['value']!r} {case['rule']}"
        )
    good = good[~mock_rows.copies(good, real, rules)].reset_index(drop=True)
    if good.empty:
        raise Refusal("no row can be made up that is not a copy of a real one: too few columns")
    return good


def common(values: pd.Series, column: Column, least: int) -> pd.Series:
    """Return strings without the levels, or a text's words, that fewer than `least` rows have."""
    if column.type == "category" and column.levels is None:
        counts = values.map(values.value_counts())
        return values.mask(counts < least, recipe_features.RARE[: column.max_length])
    if column.type == "text":
        words = values.map(WORD.findall)
        counts = Counter(word for text in words for word in {word.lower() for word in text})
        return words.map(
            lambda text: " ".join(word for word in text if counts[word.lower()] >= least)
        ).astype("str")
    return values


def moved(
    values: np.ndarray, real: np.ndarray, bins: int, generator: np.random.Generator
) -> np.ndarray:
    """Move each number (n,) towards a real one nearby, within its bin.

    It keeps as many decimals as the real numbers have, up to six significant digits.
    """
    known = np.sort(real[~np.isnan(real)])
    if not len(known):
        return values
    near = max(1, len(known) // (2 * bins))
    place = np.searchsorted(known, values) + generator.integers(-near, near + 1, len(values))
    share = generator.random(len(values))
    new = values + share * (known[place.clip(0, len(known) - 1)] - values)
    new = new.round(decimals(known))
    binning = quantile_bins(real, bins, few_apart=True)
    same_bin = binning.of(new) == binning.of(values)
    return np.where(same_bin, new, values)


def other_days(dates: pd.Series, real: pd.Series, generator: np.random.Generator) -> pd.Series:
    """Move each date by at most NEAR_DAYS, within the range of the real dates."""
    days = generator.integers(-NEAR_DAYS, NEAR_DAYS + 1, len(dates))
    return (dates + pd.to_timedelta(days, unit="D")).clip(real.min(), real.max())


def decimals(values: np.ndarray) -> int:
    """Return how many decimals the numbers need, within six significant digits of the largest.

    >>> decimals(np.array([1.0, 20.0])), decimals(np.array([1.25])), decimals(np.array([1 / 3]))
    (0, 2, 6)
    """
    largest = np.abs(values).max()
    most = max(0, 5 - int(np.floor(np.log10(largest)))) if largest else 0
    exact = (count for count in range(most) if np.array_equal(values.round(count), values))
    return next(exact, most)


def choose(
    pool: pd.DataFrame, count: int, real: Real, fitted, rules: Schema, settings: Params
) -> tuple[pd.DataFrame, list[float]]:
    """Return at most `count` typical rows of `pool`, and the coverage that each one adds."""
    features = featurized(pool.assign(**{rules.id: pool.index}), fitted, rules).features
    real_views = coverage.views(real.rows, real.features, real.manifest, rules)
    pool_views = coverage.views(pool, features, real.manifest, rules)
    bins, rare_share = grain(most_mocks(len(real.rows), settings), settings)
    real_cells, pool_cells = coverage.cells(real_views, pool_views, bins, rare_share)
    region = Region(real.features, settings)
    pairs, weights = coverage.pairs(pool_cells, real_cells)
    gains = greedy(pairs, weights, count, lambda place: region.holds(features[[place]])[0])
    if not gains:
        raise Refusal(f"no row of {len(pool):,} that were made up lies where the real ones lie")
    return pool.iloc[list(gains)], [gain / weights.sum() for gain in gains.values()]


def greedy(
    pairs: np.ndarray, weights: np.ndarray, count: int, fits: Callable[[int], bool]
) -> dict[int, int]:
    """Return up to `count` rows of `pairs` (n, pairs) that together cover the most weight.

    Each row taken adds the most of all that fit; the result maps its place to the weight it adds.
    A row's gain only falls as others are taken, so an outdated gain is an upper bound: a row whose
    updated gain is still the highest is the best of all (Minoux, 1978).
    """
    left = weights.astype("int64")
    gains = left[pairs].sum(axis=1)
    taken: dict[int, int] = {}
    while len(taken) < count and gains.max(initial=0) > 0:
        best = int(gains.argmax())
        outdated, gains[best] = gains[best], left[pairs[best]].sum()
        if gains[best] < outdated:
            continue
        if fits(best):
            taken[best] = int(gains[best])
            left[pairs[best]] = 0
        gains[best] = -1  # taken, or outside the region
    return taken
