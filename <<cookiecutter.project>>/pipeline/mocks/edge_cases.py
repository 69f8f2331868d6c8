"""Odd values for each column of `schema.yaml`, and rows that hold them.

A row holds one odd value of every column that has one left, so that few rows hold all of them: the
first what is missing, the next the lowest numbers and the first levels, and so on. Values that the
schema allows make edge rows, the others invalid ones; the schema's own check says which is which.
"""

from collections.abc import Iterator
from itertools import zip_longest

import pandas as pd

from pipeline.data import schema as schemas
from pipeline.data.schema import Column
from pipeline.mocks import mock_rows

Values = Iterator[tuple[str, object]]  # what is odd, and the value; None for no value

UNSEEN = "a level that nobody has seen"
ODD_TEXTS = {
    "blank": "   ",
    "emoji": "你好 🥐 ☕️💥",
    "control characters": "a\x00b\x07\r\n\t\x1b[31m",
}
LONG = 10_000  # characters of a text that may be of any length


def values(column: Column, seen: pd.Series) -> Values:
    """Yield the odd values of a column; `seen` are the real ones, typed.

    Numbers and dates: both ends of the range and beyond them, the real rows' range where the schema
    gives none. Categories: each declared level, an unseen one. Strings without levels: blank, long,
    emoji, control characters. All: missing.
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
    # Where nothing is declared, a value beyond what was seen is allowed: then go far beyond.
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
    base: pd.DataFrame, train: pd.DataFrame, rules: schemas.Schema, most: int
) -> tuple[pd.DataFrame, int]:
    """Return at most `most` edge and invalid rows, and how many odd values found no room.

    `base` are typical mocks, as cells: what is not odd in a row is theirs. Rows have a (kind) and a
    (why). Invalid values are fewer than levels can be, so they get their rows first.
    """
    odd = _judged(base.iloc[0], train, rules)
    found = {}
    for kind in ("invalid", "edge"):
        of_kind = {name: cases[kind] for name, cases in odd.items()}
        found[kind] = list(zip_longest(*of_kind.values()))[:most]
        most -= len(found[kind])
    lost = sum(len(cases) for kinds in odd.values() for cases in kinds.values())
    made = []
    for kind in ("edge", "invalid"):
        for number, cases in enumerate(found[kind]):
            given = {name: case for name, case in zip(odd, cases, strict=True) if case}
            lost -= len(given)
            cells = {name: cell for name, (_, cell) in given.items()}
            head = {mock_rows.KIND: kind, mock_rows.WHY: _why(given)}
            made.append({**head, **base.iloc[number % len(base)], **cells})
    return pd.DataFrame(made), lost


def _judged(row: pd.Series, train: pd.DataFrame, rules: schemas.Schema):
    """Return, by column and kind, the odd values (what, cell), judged in a copy of `row`."""
    cases = []
    for name, column in rules.columns.items():
        if column.role in ("feature", "time"):
            odd = list(values(column, train[name]))
            cells = pd.Series([value for _, value in odd]).astype(train[name].dtype)
            cells = mock_rows.as_cells(cells.to_frame(name), rules)[name]
            cases += [(name, what, cell) for (what, _), cell in zip(odd, cells, strict=True)]
    table = pd.DataFrame([{**row, name: cell} for name, _, cell in cases])
    for name in rules.with_role("id"):
        table[name] = table.index.astype("str")
    bad = set(mock_rows.check(table, rules)[1]["row"])
    judged = {name: {"edge": [], "invalid": []} for name, *_ in cases}
    for number, (name, what, cell) in enumerate(cases):
        judged[name]["invalid" if number in bad else "edge"].append((what, cell))
    return judged


def _why(given: dict[str, tuple[str, str]]) -> str:
    """Return what is odd in which columns.

    >>> _why({"weight": ("lowest", "0"), "price": ("lowest", "0"), "size": ("level", "small")})
    'lowest: weight, price; level: size'
    """
    columns: dict[str, list[str]] = {}
    for name, (what, _) in given.items():
        columns.setdefault(what, []).append(name)
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in columns.items())
