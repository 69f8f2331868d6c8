"""`tests/mocks.csv`: few made-up rows that stand for many real ones. `make mocks` writes them.

A raw table that follows `schema.yaml`, with two columns in front. `(kind)` is typical (the row
looks like a real one), edge (odd, but allowed) or invalid (it breaks a rule); `(why)` is what the
row shows.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipeline.core.errors import Refusal
from pipeline.core.files import write_text
from pipeline.data import columns, tables
from pipeline.data import rows as raw_rows
from pipeline.data import schema as schemas

KIND, WHY = "(kind)", "(why)"
KINDS = ("typical", "edge", "invalid")


def as_cells(typed: pd.DataFrame, rules: schemas.Schema) -> pd.DataFrame:
    """Return typed columns as a CSV holds them: strings, a marker of `missing` for no value."""
    cells = {}
    for name in typed.columns:
        column = rules.columns[name]
        text = column.kind.cells(typed[name], column)
        cells[name] = text.astype("object").where(text.notna(), marker(rules.missing_of(name)))
    return pd.DataFrame(cells, index=typed.index)


def marker(missing: tuple[str, ...]) -> str:
    """Return the cell for a missing value: the empty one, if it is among the markers."""
    return "" if "" in missing or not missing else missing[0]


def write(rows: pd.DataFrame, path: Path) -> None:
    """Write rows of cells in their order; equal rows give equal bytes."""
    write_text(path, rows.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL))


def read(path: Path, rules: schemas.Schema) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the mocks, typed, with their (kind) and (why), and each rule that they break.

    The second frame has the columns row (its label in the first frame), column, value and rule.
    Raises Refusal when the file is missing or has other columns than `schema.yaml`.
    """
    if not path.exists():
        raise Refusal(f"{path} is missing; `make mocks` makes it")
    require_free_names(rules)
    table = tables.read(path, zeros=True)
    for name in (KIND, WHY):
        if name not in table.columns:
            raise Refusal(f"{path} has no column `{name}`; `make mocks` makes it anew")
    strange = sorted(set(table[KIND]) - set(KINDS))
    if strange:
        raise Refusal(f"{path}: {strange[0]!r} is no kind of mock; there are {', '.join(KINDS)}")
    try:
        typed, broken = check(table.drop(columns=[KIND, WHY]), rules)
    except Refusal as error:
        raise Refusal(f"{path}: {error}; `make mocks` makes it anew") from None
    return typed.assign(**{KIND: table[KIND], WHY: table[WHY]}), broken


def typed(table: pd.DataFrame, rules: schemas.Schema) -> pd.DataFrame:
    """Return the cells of `make.make`, typed, with their (kind) and (why)."""
    table = table.set_axis(pd.RangeIndex(1, len(table) + 1), axis=0)
    rows, _ = raw_rows.typed(_complete(table.drop(columns=[KIND, WHY]), rules), rules)
    return rows.assign(**{KIND: table[KIND], WHY: table[WHY]})


def require_free_names(rules: schemas.Schema) -> None:
    """Raise Refusal when a column of the schema has the name of one of the mocks' own columns."""
    for name in (KIND, WHY):
        if name in rules.columns:
            raise Refusal(f"schema.yaml: the mocks have a column `{name}` already; rename this one")


def check(table: pd.DataFrame, rules: schemas.Schema) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a raw table, typed, and each rule for which the service would refuse a row.

    Like `rows.check`, but ignored columns may be absent, and a missing value breaks a rule where
    `max_missing` is 0.
    """
    typed, broken = raw_rows.check(_complete(table, rules), rules)
    reasons = [broken]
    for name in rules.features:
        if rules.columns[name].max_missing == 0:
            missing = (typed[name].isna() | (typed[name] == "")).to_numpy()
            reasons.append(columns.problem_rows(typed[name], missing, name, "must not be missing"))
    table = pd.concat(reasons, ignore_index=True)
    table = table.drop_duplicates(["row", "column"]).sort_values(["row", "column"])
    return typed, table.reset_index(drop=True)


def _complete(table: pd.DataFrame, rules: schemas.Schema) -> pd.DataFrame:
    """Return `table` with the ignored columns, empty."""
    return table.assign(**dict.fromkeys(rules.with_role("ignored"), ""))


def of_kind(mocks: pd.DataFrame, *kinds: str) -> pd.DataFrame:
    """Return the mocks of these kinds."""
    return mocks[mocks[KIND].isin(kinds)]


def copies(mocks: pd.DataFrame, real: Sequence[pd.DataFrame], rules: schemas.Schema) -> pd.Series:
    """Return for each mock whether a row of one of `real` has the same values in all features."""
    known = pd.concat([_hashed(rows, rules) for rows in real])
    return _hashed(mocks, rules).isin(known)


def _hashed(rows: pd.DataFrame, rules: schemas.Schema) -> pd.Series:
    return pd.util.hash_pandas_object(rows[rules.features], index=False)
