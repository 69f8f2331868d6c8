"""Kinds of columns: what a value of each type is in a table, a frame and JSON."""

import datetime
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from mock_project import ROOT
from pipeline.data.kinds import KINDS
from pipeline.data.schema import Column

ROLES = {"date": "time", "identifier": "id"}


def column(kind: str, **rules) -> Column:
    return Column(type=kind, role=ROLES.get(kind, "feature"), **rules)


CELLS = {
    "number": (["3", "0.5", ""], [3.0, 0.5, np.nan]),
    "category": (["a", "b", None], ["a", "b", np.nan]),
    "text": (["two words", "", None], ["two words", "", ""]),
    "date": (["2024-02-29", None, "soon"], [pd.Timestamp("2024-02-29"), pd.NaT, pd.NaT]),
    "identifier": (["o1", "17", None], ["o1", "17", np.nan]),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_cast_gives_values_of_the_kinds_dtype(name):
    raw, expected = CELLS[name]
    kind = KINDS[name]
    values = kind.filled(kind.cast(pd.Series(raw, dtype="object"), column(name))[0])
    assert values.dtype == kind.dtype
    pd.testing.assert_series_equal(values, pd.Series(expected, dtype=kind.dtype))


@pytest.mark.parametrize("name", KINDS)
def test_what_stands_for_no_value_is_missing(name):
    kind = KINDS[name]
    values = pd.Series([kind.missing]).astype(kind.dtype)
    assert kind.is_missing(values).tolist() == [True]
    assert kind.filled(values).isna().any() == (name != "text")


@pytest.mark.parametrize("name", KINDS)
def test_cells_are_read_back_as_the_values_they_were_made_of(name):
    kind, rules = KINDS[name], column(name)
    values = kind.filled(kind.cast(pd.Series(CELLS[name][0], dtype="object"), rules)[0])
    again, _ = kind.cast(kind.cells(values, rules), rules)
    pd.testing.assert_series_equal(kind.filled(again), values)


def test_a_number_is_written_with_the_columns_decimal_mark():
    cells = KINDS["number"].cells(pd.Series([3.0, 0.5, np.nan]), column("number", decimal=","))
    assert cells.tolist()[:2] == ["3", "0,5"]
    assert cells.isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("rules", "good", "bad"),
    [
        ({"kind": "number", "min": 0, "max": 9}, [0, 4.5], ["4", 10, float("nan"), True]),
        ({"kind": "number", "integer": True}, [4], [4.5]),
        ({"kind": "category", "levels": ("a", "b")}, ["a"], ["c", 1]),
        ({"kind": "category", "max_length": 2}, ["ab"], ["abc", 1]),
        ({"kind": "text", "max_length": 3}, ["abc", ""], ["abcd"]),
        ({"kind": "date"}, ["2024-02-29"], ["2024-02-30", "soon"]),
        ({"kind": "identifier"}, ["o1", 17], [["o1"]]),
    ],
)
def test_json_values_are_held_to_the_columns_rules(rules, good, bad):
    rules = column(**rules)
    adapter = TypeAdapter(rules.kind.json_type(rules))
    for value in good:
        adapter.validate_python(value)
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_values_are_binned_by_a_number_where_they_have_one():
    lengths = KINDS["text"].numbers(pd.Series(["", "four"], dtype="str"))
    assert lengths.tolist() == [0.0, 4.0]
    years = KINDS["date"].numbers(pd.Series(pd.to_datetime(["2024-01-01", "2024-07-02", None])))
    assert years.tolist()[:2] == pytest.approx([2024.0, 2024.5], abs=0.01)
    assert np.isnan(years[2])
    assert KINDS["number"].numbers(pd.Series([1.5])).tolist() == [1.5]
    assert KINDS["category"].numbers(pd.Series(["a"])) is None


def test_a_bound_compares_with_typed_values():
    day = column("date", min=datetime.date(2024, 3, 1)).min
    assert KINDS["date"].bound(day) == pd.Timestamp("2024-03-01")
    assert KINDS["date"].bound(None) is None
    assert KINDS["number"].bound(3) == 3


def test_a_schema_is_read_without_pandas():
    code = "import sys; import pipeline.data.schema; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
