"""Strings are categories, texts or identifiers; doubtful missing values are asked about."""

import pytest

from adoption import guess, messages


@pytest.mark.slow
def test_none_among_levels_is_a_level_and_is_asked_about():
    column = guess(["None", "Brick", "Stone"] * 20)
    assert column.keys["levels"] == ["Brick", "None", "Stone"]
    assert "is 'None' (20 rows) a level, or a missing value?" in messages(column)


def test_na_among_codes_of_two_capitals_is_a_code_and_is_asked_about():
    codes = ["NA", "AL", "TX", "CA", "NY", "WA", "OH", "UT", "IA", "ID", "OR"]
    column = guess(codes * 6, missing=["", "NA"])
    assert (column.keys["levels"], column.keys["missing"]) == (sorted(codes), [""])
    assert "is NA a code here, or a missing value?" in messages(column)
    few = guess(["NA", "AL", "TX"] * 20, missing=["", "NA"])
    assert few.keys["levels"] == ["AL", "TX"]


def test_nan_is_missing_in_a_category():
    column = guess(["red", "green", "NaN"] * 20)
    assert (column.keys["levels"], column.keys["missing"]) == (["green", "red"], ["", "NaN"])


def test_levels_that_occur_once_are_a_warning():
    cells = [f"town {number}" for number in range(40)] + ["Bonn"] * 10
    column = guess([cell.replace(" ", "") for cell in cells])
    assert column.keys == {"type": "category", "max_length": 20}
    assert "41 levels in 50 rows; most occur only once" in messages(column)
