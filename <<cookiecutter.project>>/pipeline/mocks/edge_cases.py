"""Edge cases: odd values for each column of `schema.yaml`, and rows that hold them.

Each row holds one odd value of every column that has any left, so a few rows hold them all: the
first row the missing values, the next one the lowest numbers and the first levels, and so on. A
value that the schema allows goes into an edge row, any other into an invalid one; the schema's own
check decides.
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

import pandas as pd

from pipeline.data.schema import Column, Schema
from pipeline.mocks import mock_rows

Values = Iterator[tuple[str, object]]  # what is odd, and the value; None for no value

UNSEEN = "a level that nobody has seen"
ODD_TEXTS = {
    "blank": "   ",
    "emoji": "你好 🥐 ☕️💥",
    "control characters": "a\x00b\x07\r\n\t\x1b[31m",
}
LONG = 10_000  # characters of a text whose length has no limit


class Odd(NamedTuple):
    """An odd value: what is odd about it, and the cell that holds it."""

    what: str
    cell: str


def values(column: Column, seen: pd.Series) -> Values:
    """Yield the odd values of a column, where `seen` are its real values, typed.

    Numbers and dates: both ends of the range and values beyond them; the range of the real values
    where the schema gives none. Categories: each declared level and an unseen one. Strings without
    levels: blank, long, emoji, control characters. Every feature: missing.
    """
    if column.role == "feature":
        yield "missing", None
    if column.type == "number":
        yield from _numbers(column, seen)
    elif column.type == "date":
        yield from _dates(column, seen)
    elif column.levels is not None:
        yield from (("level", level) for level in column.levels)
        yield "unseen level", UNSEEN
    elif column.type in ("category", "text"):
        if column.type == "category":
            yield "unseen level", UNSEEN[: column.max_length]
        yield from _strings(column)


def _numbers(column: Column, seen: pd.Series) -> Values:
    low = seen.min() if column.min is None else column.min
    high = seen.max() if column.max is None else column.max
    if pd.isna(low) or pd.isna(high):
        return
    low, high = float(low), float(high)
    step = 1.0 if column.integer else (high - low) / 100 or 1.0
    # Without a declared limit a value outside the real range is allowed: go far outside then.
    far = max(1.0, float(round(high - low))) if column.integer else high - low or 1.0
    yield "lowest", low
    yield "highest", high
    yield "below the lowest", low - (far if column.min is None else step)
    yield "above the highest", high + (far if column.max is None else step)
    if column.integer:
        yield "no whole number", low + 0.5


def _dates(column: Column, seen: pd.Series) -> Values:
    first = seen.min() if column.min is None else pd.Timestamp(column.min)
    last = seen.max() if column.max is None else pd.Timestamp(column.max)
    day = pd.Timedelta(days=1)
    yield "first day", first
    yield "last day", last
    days = pd.date_range(first, last)
    yield from (("leap day", date) for date in days[(days.month == 2) & (days.day == 29)][:1])
    yield "day before the first", first - day
    yield "day after the last", last + day


def _strings(column: Column) -> Values:
    for what, text in ODD_TEXTS.items():
        yield what, text[: column.max_length]
    yield "long", "x" * (column.max_length or LONG)
    if column.max_length is not None:
        yield "too long", "x" * (column.max_length + 1)


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
