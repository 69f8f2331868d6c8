"""Rows: the data set holds rows of the raw table, with the values of the raw table."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from pipeline.core import params
from pipeline.data import tables
from pipeline.data.split import Params


@dataclass
class Raw:
    """The raw table: its number of rows, and the raw cells of the rows in the data set."""

    count: int
    largest_group: int
    rows: pd.DataFrame  # indexed by id; missing values are NaN


@pytest.fixture(scope="module")
def raw(artefacts, rules, rows):
    wanted = pd.Index(pd.concat([part[rules.id] for part in rows.values()]))
    found, groups, count = [], Counter(), 0
    for table in tables.chunks(artefacts["raw"], 100_000):
        names = table[rules.id].map(_word) if rules.id in table else table.index
        names = pd.Index(names).astype("str")
        groups.update(*[table[name].to_numpy("O").tolist() for name in rules.with_role("group")])
        count += int(_has_target(table[rules.target], rules).sum())
        inside = names.isin(wanted)
        found.append(_cells(table[inside], rules).set_axis(names[inside]))
    return Raw(count, max(groups.values(), default=1), pd.concat(found))


def _cells(table, rules):
    """The raw cells, whatever types a Parquet file gives them; missing ones are NaN."""
    table = table.astype({name: "O" for name in table if table[name].dtype != "str"})
    blank = {name: table[name].isin(rules.missing_of(name)) for name in table}
    return table.mask(pd.DataFrame(blank) | table.isna(), np.nan)


def _has_target(values, rules):
    """Whether a row can be learned from: its target is known, and is not a left-out level."""
    column = rules.columns[rules.target]
    missing = values.isin(rules.missing_of(rules.target)) | values.isna()
    return ~values.isin(column.left_out) & ~(missing & (column.max_missing > 0))


def _word(value):
    """A value as a word; a whole number is 3, though pandas makes it 3.0 beside a missing one."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def test_a_row_is_in_the_raw_table_once(raw, rows, rules, part):
    times = raw.rows.index.value_counts().reindex(rows[part][rules.id], fill_value=0)
    wrong = times[times != 1]
    assert wrong.empty, f"{part}: {wrong.index[0]} occurs {wrong.iloc[0]} times in the raw table"


def test_few_rows_were_lost(raw, rows):
    how = params.load("ingest", Params)
    kept, most = sum(len(part) for part in rows.values()), raw.count
    if raw.count > how.max_rows:  # a sample is drawn; of whole groups, if the split is by group
        most = how.max_rows - (raw.largest_group if how.split.by == "group" else 0)
        assert kept <= how.max_rows, f"{kept:,} rows are more than ingest.max_rows"
    lost = 1 - kept / most
    assert lost <= how.max_bad_rows, (
        f"{lost:.2%} of the raw rows are lost, more than ingest.max_bad_rows"
    )


def test_a_value_equals_that_of_the_raw_table(raw, rows, rules, part):
    found = raw.rows[~raw.rows.index.duplicated()].reindex(rows[part][rules.id])
    for name, column in rules.columns.items():
        if column.role == "ignored":
            continue
        expected = _AS[column.type](found[name], column)
        values = rows[part][name].set_axis(found.index)
        same = (values == expected) | (values.isna() & expected.isna())
        wrong = same.index[~same]
        assert wrong.empty, (
            f"{part}: `{name}` of row {wrong[0]} is {values[wrong[0]]} in the data set and "
            f"{found[name][wrong[0]]} in the raw table ({len(wrong)} such rows)"
        )


def _numbers(values, column):
    # Python's own reading of a number: pandas' may differ in the last bit.
    return values.map(lambda value: float(_plain(value, column)), na_action="ignore").astype("f8")


def _plain(value, column):
    """A number as code writes it: its symbols and separators dropped, a point for its comma."""
    if not isinstance(value, str):
        return value
    dropped = dict.fromkeys(map(ord, column.symbols + column.thousands))
    return value.translate(dropped).replace(column.decimal, ".")


def _words(values, column):
    levels = {other: level for level, others in column.spellings.items() for other in others}
    return values.map(_word, na_action="ignore").replace(levels)


def _dates(values, column):
    known = {value: _date(value, column) for value in values.dropna().unique()}
    return values.map(known).astype("datetime64[us]")


def _date(value, column):
    """The first of the column's forms that fits: ISO, or one of its `formats`."""
    for form in ("ISO8601", *column.formats):
        found = pd.to_datetime(value, format=form, utc=True, errors="coerce")
        if not pd.isna(found):
            return found.tz_localize(None)
    return pd.NaT


_AS = {
    "number": _numbers,
    "category": _words,
    "identifier": _words,
    "text": lambda values, column: _words(values, column).fillna(""),
    "date": _dates,
}


def test_a_value_has_its_type_and_is_in_its_range(rows, rules, part):
    types = {"number": "f", "date": "M"}
    for name, column in rules.columns.items():
        if column.role == "ignored":
            continue
        values = rows[part][name]
        right = types.get(column.type, "OU")
        assert values.dtype.kind in right, f"{part}: `{name}` is of type {values.dtype}"
        present = values.dropna()
        if column.type == "number":
            assert np.isfinite(present.to_numpy()).all(), f"{part}: `{name}` holds infinity"
        if column.levels is not None:
            strange = set(present) - set(column.levels)
            assert not strange, f"{part}: {sorted(strange)[:3]} are not levels of `{name}`"
        if column.min is not None:
            lowest = pd.Timestamp(column.min) if column.type == "date" else column.min
            assert (present >= lowest).all(), f"{part}: `{name}` is below its `min`"
        if column.max is not None:
            highest = pd.Timestamp(column.max) if column.type == "date" else column.max
            assert (present <= highest).all(), f"{part}: `{name}` is above its `max`"
