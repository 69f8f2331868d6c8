"""mocks: train part -> tests/mocks.csv, few made-up rows that stand for many real ones.

Typical rows are composed of real ones: most columns of one row, some of another, numbers moved
within their bin and dates by days, rare words and levels left out, as they may name somebody. Those
whose pairs of cells stand for the most real rows not stood for yet are taken, one after the other,
if they lie in the region of the real rows. Edge and invalid rows: see `edges`; figures: `pairwise`.
"""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed, Refusal
from pipeline.core.stage import Figures, Input, Output, Report, run
from pipeline.data import schema as schemas
from pipeline.html import figures, page
from pipeline.mocks import coverage as pairwise
from pipeline.mocks import edge_cases as edges
from pipeline.mocks import mock_rows
from pipeline.mocks.coverage import Params, Region
from pipeline.mocks.mock_rows import KIND, WHY
from pipeline.model import featurizer as featurizers
from pipeline.model import model_file
from recipe import features as recipe_features

CANDIDATES = 20_000  # rows that the typical ones are chosen from, and
PER_ROW = 20  # at most so many for each real row
SWAPPED = 4  # columns at most that a candidate takes from another row
NEAR_DAYS = 15  # that a date is moved
SHOWN = 2000  # real rows in the picture
WORD = re.compile(r"\w+")


def main(
    dataset: Input,
    features: Input,
    featurizer: Input,
    schema: Input,
    mocks: Output,
    html: Figures,
    report: Report,
) -> dict:
    """Write the mocks, measure what was written, and draw them over the real rows."""
    settings = params.load("mocks", Params)
    rules = schemas.load(schema)
    mock_rows.require_free_names(rules)
    real = load(dataset, features)
    fitted = model_file.load(featurizer)
    table, lost = make(real, fitted, rules, settings)
    mock_rows.write(table, mocks)
    rows, broken = mock_rows.read(mocks, rules)
    made = {"rows": rows, "features": featurizers.transform(fitted, rows, rules).to_numpy()}
    measured = pairwise.measure(real, made, rules, settings)
    reasons = list(pairwise.judge(measured, settings).values())
    html.write_text(picture(real, made, measured, reasons, settings), encoding="utf-8")
    tell(measured, lost, mocks, html)
    if reasons:
        raise GateClosed([*reasons, "see the section `mocks` of params.yaml"], measured)
    return {**measured, "odd_values_without_a_row": lost, "broken_rules": len(broken)}


def load(dataset: Path, features: Path) -> dict[str, Any]:
    """Return the real rows as `pairwise.measure` wants them."""
    return {
        "rows": pd.read_parquet(dataset / "train.parquet"),
        "others": pd.read_parquet(dataset / "test.parquet"),
        "features": pd.read_parquet(features / "train.parquet").to_numpy(),
        "manifest": featurizers.read_manifest(features),
    }


def make(
    real: dict[str, Any], fitted, rules: schemas.Schema, settings: Params
) -> tuple[pd.DataFrame, int]:
    """Return all mocks as cells, and how many odd values found no room among them.

    Half of the rows at most are edges and invalid ones.
    """
    most = pairwise.most_mocks(len(real["rows"]), settings)
    pool = candidates(real, rules, settings)
    base = mock_rows.as_cells(pool.head(most), rules)
    odd, lost = edges.rows(base, real["rows"], rules, most // 2)
    odd, same = without_copies(odd, real, rules)
    with threadpool_limits(1, "blas"):  # see train: threads show in the last bits
        typical, shares = choose(pool, most - len(odd), real, fitted, rules, settings)
    cells = mock_rows.as_cells(typical, rules)
    cells.insert(0, KIND, "typical")
    cells.insert(1, WHY, [f"covers {share:.2%} more" for share in shares])
    table = pd.concat([cells, odd], ignore_index=True)
    return numbered(table, rules), lost + same


def without_copies(
    odd: pd.DataFrame, real: dict[str, Any], rules: schemas.Schema
) -> tuple[pd.DataFrame, int]:
    """Return the edges that are no copies of real rows, and how many were: of few columns, some."""
    rows = mock_rows.typed(numbered(odd.copy(), rules), rules)
    same = mock_rows.copies(rows, [real["rows"], real["others"]], rules).to_numpy()
    return odd[~same], int(same.sum())


def numbered(table: pd.DataFrame, rules: schemas.Schema) -> pd.DataFrame:
    """Name each mock and its group, in place of real ones; a number starts at its column's min."""
    for name in rules.with_role("id", "group"):
        column = rules.columns[name]
        if column.type == "number":
            first = int(column.min or 0)
            table[name] = [f"{first + number}" for number in range(len(table))]
        elif column.levels is None:
            word = "mock " if column.max_length is None or column.max_length > 10 else ""
            table[name] = [f"{word}{number}" for number in range(1, len(table) + 1)]
    return table


def candidates(real: dict[str, Any], rules: schemas.Schema, settings: Params) -> pd.DataFrame:
    """Return made-up rows, typed, that break no rule and are copies of no real row."""
    generator = np.random.default_rng(settings.seed)
    rows, names = real["rows"], [*rules.features, rules.target]
    count = min(CANDIDATES, PER_ROW * len(rows))
    one, other = generator.integers(len(rows), size=(2, count))
    # Of each candidate, up to SWAPPED columns drawn at random are the other row's.
    swapped = generator.integers(SWAPPED + 1, size=count)
    rank = generator.random((count, len(names))).argsort(axis=1).argsort(axis=1)
    bins, _ = pairwise.grain(pairwise.most_mocks(len(rows), settings), settings)
    made = {}
    for name, column in rules.columns.items():
        source = one
        if name in names:
            source = np.where(rank[:, names.index(name)] < swapped, other, one)
        if column.role == "ignored":
            continue
        values = common(rows[name], column, settings.common_rows).array.take(source)
        if column.type == "number":
            values = moved(np.array(values), rows[name].to_numpy(), bins, generator)
        elif column.type == "date":
            values = other_days(pd.Series(values), rows[name], generator)
        made[name] = values
    return allowed(pd.DataFrame(made), [rows, real["others"]], rules)


def allowed(pool: pd.DataFrame, real: list[pd.DataFrame], rules: schemas.Schema) -> pd.DataFrame:
    """Return the rows of `pool` that break no rule and are copies of no row of `real`."""
    bad = mock_rows.check(numbered(mock_rows.as_cells(pool, rules), rules), rules)[1]
    good = pool[~pool.index.isin(bad["row"])]
    if good.empty:
        case = bad.iloc[0]
        raise Refusal(
            "no row can be made up that schema.yaml allows: "
            f"`{case['column']}` {case['value']!r} {case['rule']}"
        )
    good = good[~mock_rows.copies(good, real, rules)].reset_index(drop=True)
    if good.empty:
        raise Refusal("no row can be made up that is not a copy of a real one: too few columns")
    return good


def common(values: pd.Series, column: schemas.Column, least: int) -> pd.Series:
    """Return strings without what stands in fewer than `least` rows: levels, words of a text."""
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
    """Move each number towards a real one that is near, so that it stays in its bin.

    It keeps as many decimals as the real ones have, up to six digits in all.
    """
    known = np.sort(real[~np.isnan(real)])
    if not len(known):
        return values
    near = max(1, len(known) // (2 * bins))
    place = np.searchsorted(known, values) + generator.integers(-near, near + 1, len(values))
    share = generator.random(len(values))
    new = values + share * (known[place.clip(0, len(known) - 1)] - values)
    new = new.round(decimals(known))
    cut = pairwise.quantiles(real, bins)
    return np.where(pairwise.in_bins(new, cut) == pairwise.in_bins(values, cut), new, values)


def other_days(dates: pd.Series, real: pd.Series, generator: np.random.Generator) -> pd.Series:
    """Move each date by at most NEAR_DAYS, within the real ones' range."""
    days = generator.integers(-NEAR_DAYS, NEAR_DAYS + 1, len(dates))
    return (dates + pd.to_timedelta(days, unit="D")).clip(real.min(), real.max())


def decimals(values: np.ndarray) -> int:
    """Return how many decimals numbers have, as far as six digits of the largest go.

    >>> decimals(np.array([1.0, 20.0])), decimals(np.array([1.25])), decimals(np.array([1 / 3]))
    (0, 2, 6)
    """
    largest = np.abs(values).max()
    most = max(0, 5 - int(np.floor(np.log10(largest)))) if largest else 0
    exact = (count for count in range(most) if np.array_equal(values.round(count), values))
    return next(exact, most)


def choose(
    pool: pd.DataFrame, count: int, real: dict[str, Any], fitted, rules, settings: Params
) -> tuple[pd.DataFrame, list[float]]:
    """Return at most `count` typical rows of `pool`, and what each adds to the coverage."""
    features = featurizers.transform(
        fitted, pool.assign(**{rules.id: pool.index}), rules
    ).to_numpy()
    seen = pairwise.views(real["rows"], real["features"], real["manifest"], rules)
    few = pairwise.views(pool, features, real["manifest"], rules)
    grain = pairwise.grain(pairwise.most_mocks(len(real["rows"]), settings), settings)
    ours, theirs = pairwise.cells(seen, few, *grain)
    region = Region(real["features"], settings)
    pairs, weights = pairwise.pairs(theirs, ours)
    places = greedy(pairs, weights, count, lambda place: region.holds(features[[place]])[0])
    if not places:
        raise Refusal(f"no row of {len(pool):,} that were made up lies where the real ones lie")
    return pool.iloc[list(places)], [gain / weights.sum() for gain in places.values()]


def greedy(
    pairs: np.ndarray, weights: np.ndarray, count: int, fits: Callable[[int], bool]
) -> dict[int, int]:
    """Return up to `count` rows of `pairs` (n, pairs) that together hit the most weight.

    Each is the one that adds the most (the value, by its place), of those that fit. What a row adds
    only falls as others are taken, so a stale figure is an upper bound: a row whose fresh one is
    still the highest is the best of all (Minoux, 1978).
    """
    left = weights.astype("int64")
    gains = left[pairs].sum(axis=1)
    taken: dict[int, int] = {}
    while len(taken) < count and gains.max(initial=0) > 0:
        best = int(gains.argmax())
        stale, gains[best] = gains[best], left[pairs[best]].sum()
        if gains[best] < stale:
            continue
        if fits(best):
            taken[best] = int(gains[best])
            left[pairs[best]] = 0
        gains[best] = -1  # taken or out
    return taken


def tell(measured: dict[str, Any], lost: int, mocks: Path, html: Path) -> None:
    """Print the figures."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in measured["kinds"].items())
    say(f"mocks: {kinds}: {measured['rows']} rows for {measured['real_rows']:,} real ones")
    say(
        f"mocks: {measured['coverage']:.1%} of the real rows' pairs of cells are covered; "
        f"{measured['in_region']:.1%} of the typical mocks lie where real rows lie"
    )
    if lost:
        say(f"mocks: {lost} odd values found no room (mocks.max_rows, small_table_rows)")
    say(f"mocks: look at {html} and commit {mocks}")


def picture(
    real: dict[str, Any],
    made: dict[str, Any],
    measured: dict[str, Any],
    reasons: list[str],
    settings: Params,
) -> str:
    """Return the mocks over the real rows, and their figures, as one HTML page."""
    odd = mock_rows.of_kind(made["rows"], "edge", "invalid")
    sections = [
        page.Figure("Mocks over real rows", "The plane in which the real rows' features vary most "
                    "(principal components). What lies farther out is drawn at the border.",
                    figures.layers(planes(real, made, settings))),
        page.Figure("Columns", "Real rows whose value lies in the cell of a typical mock's; red is "
                    "below the dashed line (mocks.min_column_coverage).",
                    bars(measured["columns"], settings.min_column_coverage)),
        page.Figure("Pairs of columns", "Coverage of all pairs that a column is one of; on the "
                    "whole it must reach the dashed line (mocks.min_coverage).",
                    bars(measured["pairs"], settings.min_coverage, marked=False)),
        page.Table("Figures", "Coverage: of all pairs (real row, two columns), those whose two "
                   "cells a typical mock holds together. Complete: rows of which this is true for "
                   "every two columns.", ["figure", "value", "threshold"],
                   [["coverage", measured["coverage"], settings.min_coverage],
                    ["typical mocks in the region", measured["in_region"], settings.min_in_region],
                    ["complete rows", measured["complete"], None],
                    ["mocks", measured["rows"], measured["most_rows"]],
                    ["copies of real rows", measured["copies"], 0]]),
        page.Table("Pairs that are covered least", "Many cells with few rows in each.",
                   ["column", "column", "covered"],
                   [[one, other, share] for share, one, other in measured["least"]]),
        page.Table("Edges", "What is odd in which columns; an invalid row must be refused.",
                   ["kind", "why"], odd[[KIND, WHY]].to_numpy().tolist()),
    ]  # fmt: skip
    lead = f"{measured['rows']} mocks for {measured['real_rows']:,} real rows."
    return page.render("Mocks", "failed" if reasons else "passed", lead, reasons, sections)


def bars(shares: dict[str, float], least: float, marked: bool = True) -> str:
    """Return a bar for each column's share, the smallest on top; red below `least` if `marked`."""
    names = sorted(shares, key=shares.__getitem__)
    values = [shares[name] for name in names]
    low = [marked and value < least for value in values]
    return figures.bars(names, values, low, least, "share of rows")


def planes(real, made, settings: Params) -> dict[str, np.ndarray]:
    """Return points (n, 2) by what they are: features on their first two principal components."""
    order = np.random.default_rng(settings.seed).permutation(len(real["features"]))[:SHOWN]
    sample, mocks = (_wide(part["features"]) for part in (real, made))
    sample = sample[order]
    middle = sample.mean(axis=0)
    axes = np.linalg.eigh(np.cov(sample, rowvar=False))[1][:, :-3:-1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), range(2)])
    kinds = made["rows"][KIND].to_numpy()
    points = {"real": (sample - middle) @ axes}
    for kind in mock_rows.KINDS:
        points[kind] = (mocks[kinds == kind] - middle) @ axes
    return points


def _wide(features: np.ndarray) -> np.ndarray:
    """Return features of two columns at least, so that they span a plane."""
    return np.pad(features, [(0, 0), (0, max(0, 2 - features.shape[1]))])


if __name__ == "__main__":
    run(main)
