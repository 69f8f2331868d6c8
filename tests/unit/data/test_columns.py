"""The one cast from anything row-like to typed columns."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import Refusal
from pipeline.data import columns
from pipeline.data import schema as schemas

KINDS = {"weight": "float64", "size": "str", "wish": "str", "day": "datetime64[us]", "order": "str"}


@pytest.mark.slow
def test_the_cast_gives_each_type_its_dtype(rules, table):
    typed, found = columns.cast(table, rules, list(KINDS))
    assert {name: str(dtype) for name, dtype in typed.dtypes.items()} == KINDS
    assert found.empty


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["", "n/a", None, np.nan, pd.NA])
def test_missing_is_missing_however_it_is_written(rules, missing):
    row = pd.DataFrame([{"weight": missing, "size": missing, "wish": missing}], dtype="object")
    typed, found = columns.cast(row, rules, ["weight", "size", "wish"])
    assert np.isnan(typed.loc[0, "weight"])
    assert pd.isna(typed.loc[0, "size"])
    assert typed.loc[0, "wish"] == "", "a missing text is an empty text"
    assert found.empty


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 1, 120])
def test_rows_however_many_are_cast_to_the_same_types(rules, table, count):
    typed, found = columns.cast(table.head(count), rules, list(KINDS))
    assert {name: str(dtype) for name, dtype in typed.dtypes.items()} == KINDS
    assert len(typed) == count
    assert found.empty
    assert list(found.columns) == columns.PROBLEM_COLUMNS
    assert columns.violations(typed, rules).empty
    assert len(columns.json_rows(typed, list(KINDS))) == count


@pytest.mark.slow
@pytest.mark.parametrize("text", [" \t ", "x" * 100_000, "飞机撞到一只鸟", "🦅", "a\x00b"])
def test_a_string_that_is_no_missing_one_stays_as_it_is(rules, text):
    row = pd.DataFrame([{"size": text, "wish": text, "order": text}])
    typed, found = columns.cast(row, rules, list(row.columns))
    assert typed.iloc[0].tolist() == [text] * 3
    assert found.empty


@pytest.mark.slow
def test_one_row_is_cast_as_in_the_whole_table(rules, table):
    names = list(rules.columns)
    whole, _ = columns.cast(table, rules, names)
    for number in (0, 3, 17):
        alone, _ = columns.cast(table.iloc[[number]], rules, names)
        pd.testing.assert_frame_equal(alone, whole.iloc[[number]])


@pytest.mark.slow
def test_a_cast_of_what_was_cast_changes_nothing(rules, typed):
    again, found = columns.cast(typed, rules, list(rules.columns))
    pd.testing.assert_frame_equal(again, typed)
    assert found.empty


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("weight", "heavy", "is not a finite number"),
        ("weight", "inf", "is not a finite number"),
        ("weight", float("-inf"), "is not a finite number"),
        ("day", "1st of May", "is not an ISO date"),
        ("day", "2024-13-01", "is not an ISO date"),
        ("day", "0001-01-01T00:00:00+02:00", "is not an ISO date"),
        ("town", "nan", "is a missing value; name it under `missing`"),
        ("order", "<NA>", "is a missing value; name it under `missing`"),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_missing_and_listed(rules, name, value, rule):
    typed, found = columns.cast(pd.DataFrame({name: [value]}, index=[7]), rules, [name])
    assert typed[name].isna().all()
    assert found.to_dict("records") == [
        {"row": 7, "column": name, "value": str(value), "rule": rule}
    ]


def test_whole_numbers_that_met_a_missing_one_are_still_names(rules):
    table = pd.DataFrame({"order": [3.0, np.nan, 12.0], "town": [1.5, np.nan, 2.0]})
    typed, _ = columns.cast(table, rules, ["order", "town"])
    assert typed["order"].tolist()[::2] == ["3", "12"]
    assert typed["town"].tolist()[::2] == ["1.5", "2"], "whatever stands beside it"
    assert typed.loc[1].isna().all()
    alone = columns.cast(table.iloc[[2]], rules, ["order", "town"])[0]
    assert alone.loc[2].tolist() == typed.loc[2].tolist()


@pytest.mark.slow
def test_dates_with_a_zone_become_utc(rules):
    table = pd.DataFrame({"day": ["2024-05-01T01:30:00+02:00"]})
    assert columns.cast(table, rules, ["day"])[0].loc[0, "day"] == pd.Timestamp("2024-04-30 23:30")


@pytest.mark.slow
def test_an_absent_column_is_named_with_the_nearest(rules, table):
    with pytest.raises(Refusal, match=r"`size` is missing \(did you mean `sizes`\?\)"):
        columns.cast(table.rename(columns={"size": "sizes"}), rules, ["size"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("weight", -1.0, "is below 0.0 g"),
        ("weight", 5000.5, "is above 5000.0 g"),
        ("guests", 2.5, "is not a whole number"),
        ("guests", np.nan, "must not be missing"),
        ("size", "giant", "is none of the levels"),
        ("town", "x" * 21, "is longer than 20 characters"),
        ("wish", "x" * 201, "is longer than 200 characters"),
        ("order", "o000", "stands more than once"),
        ("day", pd.Timestamp("2023-12-31"), "is below 2024-01-01"),
        ("day", pd.Timestamp("2025-01-01"), "is above 2024-12-31"),
        ("late", np.nan, "must not be missing"),
    ],
)
def test_a_value_that_breaks_a_rule_is_found_with_its_row(rules, typed, name, value, rule):
    spoilt = typed.copy()
    spoilt.loc[5, name] = value
    found = columns.violations(spoilt, rules)
    mine = found[found["row"] == 5].iloc[0]
    assert (mine["column"], mine["rule"]) == (name, rule)


@pytest.mark.slow
def test_good_rows_break_no_rule(rules, typed):
    assert columns.violations(typed, rules).empty
    assert typed["weight"].isna().any(), "missing values are among them"


@pytest.mark.slow
def test_every_violation_is_found_at_once(rules, typed):
    spoilt = typed.copy()
    spoilt.loc[[1, 2], "weight"] = -1.0
    spoilt.loc[2, "size"] = "giant"
    found = columns.violations(spoilt, rules)
    assert found[["row", "column"]].to_numpy().tolist() == [
        [1, "weight"],
        [2, "size"],
        [2, "weight"],
    ]


@pytest.mark.slow
def test_rows_of_json_hold_none_and_iso_dates(rules, typed):
    rows = columns.json_rows(typed, ["order", "day", "weight"])
    gap = int(typed["weight"].isna().argmax())
    assert rows[0]["day"] == "2024-01-01"
    assert rows[gap] == {"order": f"o{gap:03}", "day": rows[gap]["day"], "weight": None}


ODD = {
    "price": {"type": "number", "decimal": ",", "thousands": ".", "symbols": "€ "},
    "share": {"type": "number", "decimal": ","},
    "cost": {"type": "number", "thousands": ",", "symbols": "$%"},
    "day": {"type": "date", "role": "time", "formats": ["%d.%m.%Y", "%m/%d/%Y"]},
    "done": {"type": "category", "spellings": {"yes": ["Yes", "1"], "no": ["NO"]}},
    "state": {"type": "category", "missing": ["-"]},
    "late": {"type": "number", "role": "target"},
}
ODD_RULES = schemas.Schema.model_validate({"missing": ["", "NA"], "columns": ODD})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("price", "1.234,50 €", 1234.5),
        ("price", "€ -7", -7.0),
        ("price", 3.5, 3.5),  # a number is written in no way
        ("share", "0,25", 0.25),
        ("share", "NA", None),
        ("cost", "$1,234.50", 1234.5),
        ("cost", " 12% ", 12.0),
        ("day", "2024-01-31", pd.Timestamp("2024-01-31")),
        ("day", "31.01.2024", pd.Timestamp("2024-01-31")),
        ("day", "01/31/2024", pd.Timestamp("2024-01-31")),
        ("done", "Yes", "yes"),
        ("done", "1", "yes"),
        ("done", "NO", "no"),
        ("done", "maybe", "maybe"),
        ("state", "NA", "NA"),
        ("state", "", ""),
        ("state", "-", None),
    ],
)
def test_a_cell_is_read_as_its_column_writes_it_alone_and_among_others(name, cell, value):
    for cells in ([cell], [cell, None], [None, cell, cell]):
        table = pd.DataFrame({name: pd.Series(cells, dtype="object")})
        typed, found = columns.cast(table, ODD_RULES, [name])
        got = typed[name].iloc[cells.index(cell)]
        assert pd.isna(got) if value is None else got == value
        assert found.empty


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "cell", "rule"),
    [
        ("price", "dear", "is not a finite number"),
        ("share", "1,2,3", "is not a finite number"),
        ("day", "1/31", "is not a date as ISO, %d.%m.%Y, %m/%d/%Y"),
    ],
)
def test_a_cell_that_its_column_cannot_read_is_listed(name, cell, rule):
    _, found = columns.cast(pd.DataFrame({name: [cell, "", "x"]}), ODD_RULES, [name])
    assert found["rule"].tolist() == [rule, rule]
    assert found["value"].tolist() == [cell, "x"]
