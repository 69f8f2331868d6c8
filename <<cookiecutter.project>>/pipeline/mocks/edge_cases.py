"""Edge cases: odd values for each column of `schema.yaml`, and rows that hold them.

Each row holds one odd value of every column that has any left, so a few rows hold them all: the
first row the missing values, the next one the lowest numbers and the first levels, and so on. A
value that the schema allows goes into an edge row, any other into an invalid one; the schema's own
check decides.
"""

from itertools import zip_longest
from typing import NamedTuple

import pandas as pd

from pipeline.data.kinds import OddValues
from pipeline.data.schema import Column, Schema
from pipeline.mocks import mock_rows


class Odd(NamedTuple):
    """An odd value: what is odd about it, and the cell that holds it."""

    what: str
    cell: str


def values(column: Column, seen: pd.Series) -> OddValues:
    """Yield each odd value of a column after what is odd about it: those of its kind, and None.

    `seen` are its real values, typed.
    """
    if column.role == "feature":
        yield "missing", None
    yield from column.kind.odd_values(column, seen)


def rows(
    base: pd.DataFrame, train: pd.DataFrame, rules: Schema, most: int
) -> tuple[pd.DataFrame, int]:
    """Return at most `most` edge and invalid rows, and how many odd values found no room.

    `base` holds typical mocks as cells: each row takes from them what is not odd in it. The rows
    have a (kind) and a (why). Invalid values get their rows first: there are fewer of them than
    there can be levels.
    """
    odd = _judged(base.iloc[0], train, rules)
    packed = {}
    for kind in ("invalid", "edge"):
        packed[kind] = list(zip_longest(*(of_kind[kind] for of_kind in odd.values())))[:most]
        most -= len(packed[kind])
    lost = sum(len(values) for of_kind in odd.values() for values in of_kind.values())
    table = []
    for kind in ("edge", "invalid"):
        for number, values_of_row in enumerate(packed[kind]):
            by_column = dict(zip(odd, values_of_row, strict=True))
            by_column = {name: value for name, value in by_column.items() if value}
            lost -= len(by_column)
            cells = {name: value.cell for name, value in by_column.items()}
            marks = {mock_rows.KIND: kind, mock_rows.WHY: _why(by_column)}
            table.append({**marks, **base.iloc[number % len(base)], **cells})
    return pd.DataFrame(table), lost


def _judged(row: pd.Series, train: pd.DataFrame, rules: Schema) -> dict[str, dict[str, list[Odd]]]:
    """Return the odd values by column and kind; each is judged by the schema in a copy of `row`."""
    cases: list[tuple[str, Odd]] = []
    for name, column in rules.columns.items():
        if column.role in ("feature", "time"):
            odd = list(values(column, train[name]))
            typed = pd.Series([value for _, value in odd]).astype(train[name].dtype)
            cells = mock_rows.as_cells(typed.to_frame(name), rules)[name]
            cases += [(name, Odd(what, cell)) for (what, _), cell in zip(odd, cells, strict=True)]
    table = pd.DataFrame([{**row, name: odd.cell} for name, odd in cases])
    for name in rules.with_role("id"):
        table[name] = table.index.astype("str")
    broken = set(mock_rows.check(table, rules)[1]["row"])
    judged = {name: {"edge": [], "invalid": []} for name, _ in cases}
    for number, (name, odd) in enumerate(cases):
        judged[name]["invalid" if number in broken else "edge"].append(odd)
    return judged


def _why(odd: dict[str, Odd]) -> str:
    """Return what is odd in which columns.

    >>> lowest, level = Odd("lowest", "0"), Odd("level", "small")
    >>> _why({"weight": lowest, "price": lowest, "size": level})
    'lowest: weight, price; level: size'
    """
    columns: dict[str, list[str]] = {}
    for name, value in odd.items():
        columns.setdefault(value.what, []).append(name)
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in columns.items())
