"""`tests/mocks.csv`: few made-up rows that stand for many real ones. `make mocks` writes them.

A raw table under `schema.yaml`, with two columns in front: `(kind)` says whether a row is typical
(it looks like a real one), edge (odd, but allowed) or invalid (it breaks a rule), `(why)` what it
is there for.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipeline.core.errors import Refusal
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
    """Return the cell that means no value: the empty one, unless there are others only."""
    return "" if "" in missing or not missing else missing[0]


def write(rows: pd.DataFrame, path: Path) -> None:
    """Write rows of cells, in their order; the same rows are the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".part")
    rows.to_csv(half, index=False, encoding="utf-8", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    half.replace(path)


def read(path: Path, rules: schemas.Schema) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the mocks, typed, with their (kind) and (why); and each rule that they break.

    The second frame has the columns row (label in the first's index), column, value and rule.
    Raises Refusal when the file is absent, or does not fit the columns of `schema.yaml`.
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
        typed, found = check(table.drop(columns=[KIND, WHY]), rules)
    except Refusal as error:
        raise Refusal(f"{path}: {error}; `make mocks` makes it anew") from None
    return typed.assign(**{KIND: table[KIND], WHY: table[WHY]}), found


def typed(table: pd.DataFrame, rules: schemas.Schema) -> pd.DataFrame:
    """Return mocks, as `mocks.make` makes them, typed, with their (kind) and (why)."""
    table = table.set_axis(pd.RangeIndex(1, len(table) + 1), axis=0)
    rows, _ = raw_rows.typed(_complete(table.drop(columns=[KIND, WHY]), rules), rules)
    return rows.assign(**{KIND: table[KIND], WHY: table[WHY]})


def require_free_names(rules: schemas.Schema) -> None:
    """Refuse a schema that has a column of a name which the mocks keep for themselves."""
    for name in (KIND, WHY):
        if name in rules.columns:
            raise Refusal(f"schema.yaml: the mocks have a column `{name}` already; rename this one")


def check(table: pd.DataFrame, rules: schemas.Schema) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a raw table typed, and what the service would refuse a row for.

    As `rows.check`, but columns that are ignored need not be there; and a value is missing where
    `max_missing` is 0.
    """
    typed, found = raw_rows.check(_complete(table, rules), rules)
    lost = []
    for name in rules.features:
        if rules.columns[name].max_missing == 0:
            missing = (typed[name].isna() | (typed[name] == "")).to_numpy()
            lost.append(columns.problem_rows(typed[name], missing, name, "must not be missing"))
    both = pd.concat([found, *lost], ignore_index=True)
    both = both.drop_duplicates(["row", "column"]).sort_values(["row", "column"])
    return typed, both.reset_index(drop=True)


def _complete(table: pd.DataFrame, rules: schemas.Schema) -> pd.DataFrame:
    """Return `table` with the columns that are ignored, empty."""
    return table.assign(**dict.fromkeys(rules.with_role("ignored"), ""))


def of_kind(mocks: pd.DataFrame, *kinds: str) -> pd.DataFrame:
    """Return the mocks of these kinds."""
    return mocks[mocks[KIND].isin(kinds)]


def copies(mocks: pd.DataFrame, real: Sequence[pd.DataFrame], rules: schemas.Schema) -> pd.Series:
    """Return for each mock whether a row of one of `real` has the same values as features."""
    known = pd.concat([_hashed(part, rules) for part in real])
    return _hashed(mocks, rules).isin(known)


def _hashed(rows: pd.DataFrame, rules: schemas.Schema) -> pd.Series:
    return pd.util.hash_pandas_object(rows[rules.features], index=False)
