"""Numbers are read however they are written, and their range has some slack."""

import pytest

from adoption import guess, messages
from pipeline.adopt.numbers import number_range


@pytest.mark.parametrize(
    ("cells", "keys"),
    [
        (["$1,000", "$2.50", "$30"] * 20, {"symbols": "$", "thousands": ","}),
        (["1,5", "2,25", "-3,0"] * 20, {"decimal": ","}),
        (["1.000,5", "12.345,00", "7,0"] * 20, {"decimal": ",", "thousands": "."}),
        (["4%", "12.5%"] * 30, {"symbols": "%"}),
        (["1,234,567", "2,000"] * 30, {"thousands": ","}),
    ],
)
def test_numbers_stored_as_text_are_numbers(cells, keys):
    column = guess(cells)
    assert column.keys["type"] == "number"
    notation = ("decimal", "thousands", "symbols")
    assert {key: column.keys[key] for key in notation if key in column.keys} == keys
    assert "numbers are written as" in messages(column)
    assert column.keys["max"] > column.keys["min"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("low", "high", "whole", "limits"),
    [
        (3, 95, True, (0, 150)),
        (-10.0, -2.0, False, (-14.0, 0.0)),
        (-5.0, 5.0, False, (-10.0, 10.0)),
        (-1e308, 1e308, False, None),
    ],
)
def test_a_range_holds_its_values_with_slack(low, high, whole, limits):
    proposed = number_range(low, high, whole)
    assert proposed["min"] <= low
    assert proposed["max"] >= high
    assert limits is None or (proposed["min"], proposed["max"]) == limits
