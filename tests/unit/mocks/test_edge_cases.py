"""Odd values: each column's, judged by the schema, and packed into few rows."""

import datetime

import pandas as pd
import pytest

from pipeline.data.kinds import LONG, ODD_TEXTS, UNSEEN
from pipeline.data.schema import Column
from pipeline.mocks import edge_cases as edges
from pipeline.mocks import mock_rows
from pipeline.mocks.mock_rows import KIND, WHY


def odd(seen=(), **column) -> dict[str, list]:
    """Return the odd values of a column, by what they are."""
    cases: dict[str, list] = {}
    for what, value in edges.values(Column(**column), pd.Series(seen)):
        cases.setdefault(what, []).append(value)
    return cases


@pytest.mark.slow
def test_a_declared_range_gives_its_ends_and_values_just_outside():
    assert odd([3.0, 4.0], type="number", min=0, max=500) == {
        "missing": [None],
        "lowest": [0],
        "highest": [500],
        "below the lowest": [-5],
        "above the highest": [505],
    }


@pytest.mark.slow
def test_without_a_declared_range_values_far_outside_the_real_one_are_odd():
    cases = odd([3.0, 5.0, float("nan")], type="number")
    assert (cases["lowest"], cases["highest"]) == ([3], [5])
    assert (cases["below the lowest"], cases["above the highest"]) == ([1], [7])


@pytest.mark.slow
def test_whole_numbers_get_one_fraction():
    cases = odd([1.0, 9.0], type="number", integer=True, min=1)
    broken = cases.pop("no whole number")
    assert broken == [1.5]
    assert all(value % 1 == 0 for values in cases.values() for value in values if value is not None)


def test_a_column_without_numbers_is_only_missing():
    assert odd([float("nan")], type="number") == {"missing": [None]}


@pytest.mark.slow
def test_each_level_and_an_unseen_one_are_odd():
    cases = odd(type="category", levels=("small", "large"))
    assert cases["level"] == ["small", "large"]
    assert cases["unseen level"] == [UNSEEN]


@pytest.mark.parametrize("kind", ["category", "text"])
def test_strings_are_blank_long_and_in_other_scripts(kind):
    cases = odd(type=kind, max_length=12)
    assert {"missing", "blank", "emoji", "control characters", "long", "too long"} <= set(cases)
    assert [len(cases["long"][0]), len(cases["too long"][0])] == [12, 13]
    assert "\x00" in cases["control characters"][0]
    assert len(odd(type=kind)["long"][0]) == LONG


@pytest.mark.slow
def test_dates_get_their_boundaries_and_a_leap_day():
    cases = odd(pd.to_datetime(["2024-01-31", "2025-02-01"]), type="date", role="time",
                min=datetime.date(2023, 5, 1))  # fmt: skip
    shown = {what: [f"{date:%Y-%m-%d}" for date in dates] for what, dates in cases.items()}
    assert shown == {
        "first day": ["2023-05-01"],
        "last day": ["2025-02-01"],
        "leap day": ["2024-02-29"],
        "day before the first": ["2023-04-30"],
        "day after the last": ["2025-02-02"],
    }


@pytest.fixture
def odd_rows(typed, rules) -> pd.DataFrame:
    base = mock_rows.as_cells(typed[(typed[["weight", "wish"]].notna()).all(axis=1)].head(3), rules)
    table, lost = edges.rows(base, typed, rules, 20)
    assert lost == 0
    return table.assign(order=[f"o{number}" for number in range(len(table))])


@pytest.mark.slow
def test_the_schema_decides_which_odd_values_are_invalid(odd_rows, rules):
    table = odd_rows.drop(columns=[KIND, WHY])
    _, broken = mock_rows.check(table, rules)
    assert set(broken["row"]) == set(odd_rows.index[odd_rows[KIND] == "invalid"])
    reasons = " ".join(odd_rows.loc[odd_rows[KIND] == "invalid", WHY])
    for words in ("below the lowest: weight", "above the highest: weight", "unseen level: size",
                  "missing: guests, town", "no whole number: guests", "too long: wish",
                  "day after the last: day"):  # fmt: skip
        assert words in reasons


@pytest.mark.slow
def test_every_edge_case_is_in_a_row(odd_rows):
    allowed = odd_rows[odd_rows[KIND] == "edge"]
    assert {"small", "medium", "large", ""} <= set(allowed["size"])
    assert {"0", "5000", ""} <= set(allowed["weight"])
    assert {"2024-01-01", "2024-12-31", "2024-02-29"} <= set(allowed["day"])
    assert UNSEEN[:20] in set(allowed["town"])
    for text in ODD_TEXTS.values():
        assert text in set(allowed["wish"])
    assert "x" * 200 in set(allowed["wish"])
    assert len(allowed) <= 6, "one odd value of each column a row, so they are few"


@pytest.mark.slow
def test_values_without_room_are_counted(typed, rules):
    base = mock_rows.as_cells(typed.head(3), rules)
    few, lost = edges.rows(base, typed, rules, 3)
    assert len(few) == 3
    assert lost > 0
