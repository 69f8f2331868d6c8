"""Odd values: each column's, judged by the schema, and packed into few rows."""

import datetime

import pandas as pd
import pytest

from pipeline.data.schema import Column
from pipeline.mocks import edge_cases as edges
from pipeline.mocks import mock_rows
from pipeline.mocks.mock_rows import KIND, WHY


def odd(seen=(), **column) -> dict[str, list]:
    """Return the odd values of a column, by what they are."""
    found: dict[str, list] = {}
    for what, value in edges.values(Column(**column), pd.Series(seen)):
        found.setdefault(what, []).append(value)
    return found


@pytest.mark.slow
def test_a_declared_range_has_its_ends_and_what_is_just_beyond():
    assert odd([3.0, 4.0], type="number", min=0, max=500) == {
        "missing": [None],
        "lowest": [0],
        "highest": [500],
        "below the lowest": [-5],
        "above the highest": [505],
    }


@pytest.mark.slow
def test_without_a_declared_range_the_real_ones_ends_and_far_beyond_are_odd():
    found = odd([3.0, 5.0, float("nan")], type="number")
    assert (found["lowest"], found["highest"]) == ([3], [5])
    assert (found["below the lowest"], found["above the highest"]) == ([1], [7])


@pytest.mark.slow
def test_whole_numbers_stay_whole_but_for_one():
    found = odd([1.0, 9.0], type="number", integer=True, min=1)
    broken = found.pop("no whole number")
    assert broken == [1.5]
    assert all(value % 1 == 0 for values in found.values() for value in values if value is not None)


def test_a_number_that_was_never_seen_is_only_missing():
    assert odd([float("nan")], type="number") == {"missing": [None]}


@pytest.mark.slow
def test_every_level_is_odd_and_one_that_nobody_has_seen():
    found = odd(type="category", levels=("small", "large"))
    assert found["level"] == ["small", "large"]
    assert found["unseen level"] == [edges.UNSEEN]


@pytest.mark.parametrize("kind", ["category", "text"])
def test_strings_are_blank_long_and_of_other_scripts(kind):
    found = odd(type=kind, max_length=12)
    assert {"missing", "blank", "emoji", "control characters", "long", "too long"} <= set(found)
    assert [len(found["long"][0]), len(found["too long"][0])] == [12, 13]
    assert "\x00" in found["control characters"][0]
    assert len(odd(type=kind)["long"][0]) == edges.LONG


@pytest.mark.slow
def test_dates_have_boundaries_and_a_leap_day():
    found = odd(pd.to_datetime(["2024-01-31", "2025-02-01"]), type="date", role="time",
                min=datetime.date(2023, 5, 1))  # fmt: skip
    shown = {what: [f"{date:%Y-%m-%d}" for date in dates] for what, dates in found.items()}
    assert shown == {
        "first day": ["2023-05-01"],
        "last day": ["2025-02-01"],
        "leap day": ["2024-02-29"],
        "day before the first": ["2023-04-30"],
        "day after the last": ["2025-02-02"],
    }


@pytest.fixture
def made(typed, rules) -> pd.DataFrame:
    base = mock_rows.as_cells(typed[(typed[["weight", "wish"]].notna()).all(axis=1)].head(3), rules)
    made, lost = edges.rows(base, typed, rules, 20)
    assert lost == 0
    return made.assign(order=[f"o{number}" for number in range(len(made))])


@pytest.mark.slow
def test_the_schema_says_which_odd_values_are_invalid(made, rules):
    table = made.drop(columns=[KIND, WHY])
    _, broken = mock_rows.check(table, rules)
    assert set(broken["row"]) == set(made.index[made[KIND] == "invalid"])
    said = " ".join(made.loc[made[KIND] == "invalid", WHY])
    for words in ("below the lowest: weight", "above the highest: weight", "unseen level: size",
                  "missing: guests, town", "no whole number: guests", "too long: wish",
                  "day after the last: day"):  # fmt: skip
        assert words in said


@pytest.mark.slow
def test_every_edge_stands_in_a_row(made):
    allowed = made[made[KIND] == "edge"]
    assert {"small", "medium", "large", ""} <= set(allowed["size"])
    assert {"0", "5000", ""} <= set(allowed["weight"])
    assert {"2024-01-01", "2024-12-31", "2024-02-29"} <= set(allowed["day"])
    assert edges.UNSEEN[:20] in set(allowed["town"])
    for text in edges.ODD_TEXTS.values():
        assert text in set(allowed["wish"])
    assert "x" * 200 in set(allowed["wish"])
    assert len(allowed) <= 6, "one odd value of each column a row, so they are few"


@pytest.mark.slow
def test_what_finds_no_room_is_counted(typed, rules, made):
    base = mock_rows.as_cells(typed.head(3), rules)
    few, lost = edges.rows(base, typed, rules, 3)
    assert len(few) == 3
    assert lost > 0
