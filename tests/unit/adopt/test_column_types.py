"""The type of a column, judged by its cells alone, and the cells that mean "no value"."""

import numpy as np
import pandas as pd
import pytest

from adoption import guess, messages
from pipeline.adopt import column_types

DRAW = np.random.default_rng(5)
NUMBERS = [f"{value:.2f}" for value in DRAW.normal(10, 4, 60)]
TEXTS = [f"a cake number {number} with cherries" for number in range(60)]
LOST = ["", "NA", "?", "NULL", " "]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "keys"),
    [
        (NUMBERS, {"type": "number"}),
        (["1", "5", "2", "3"] * 20, {"type": "number", "integer": True, "min": 0, "max": 7}),
        (["-0", "1", "2.5", "-3"] * 20, {"type": "number", "min": -5.8, "max": 5.3}),
        (["red", "green"] * 30, {"type": "category", "levels": ["green", "red"]}),
        (["red"] * 40 + ["green", "blue"], {"type": "category", "max_length": 20}),
        (["2024-01-31", "2023-12-01"] * 30, {"type": "date"}),
        (TEXTS, {"type": "text", "max_length": 60}),
        ([f"a{number:x}" for number in range(60)], {"type": "identifier"}),
        (list(map(str, range(100, 160))), {"type": "identifier"}),
        (["007", "012", "1000"] * 20, {"type": "category", "levels": ["007", "012", "1000"]}),
        (["0012", "0999", "0100"] * 20, {"type": "category", "levels": ["0012", "0100", "0999"]}),
        (["yes", "no"] * 30, {"type": "category", "levels": ["no", "yes"]}),
        (["True", "False"] * 30, {"type": "category", "levels": ["False", "True"]}),
        ([""] * 60, {"type": "category", "role": "ignored"}),
        (["same"] * 60, {"type": "category", "role": "ignored"}),
        (["7"] * 60, {"type": "number", "integer": True, "role": "ignored"}),
        (["1e308", "-1e200", "5"] * 20, {"type": "number", "role": "ignored"}),
        (["1e400"] * 60, {"type": "category", "role": "ignored"}),
    ],
)
def test_strings_have_the_type_of_their_cells(cells, keys):
    column = guess(cells)
    assert {key: column.keys.get(key) for key in keys} == keys, messages(column)
    assert set(column.keys) - set(keys) <= {"min", "max"}


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        (pd.Series([True, False] * 30), {"type": "category", "levels": ["False", "True"]}),
        (pd.Series([True, None] * 30, dtype="boolean"), {"type": "category", "role": "ignored"}),
        (pd.Series([1.5, None, 3.5] * 20), {"type": "number", "min": 0.0, "max": 4.5}),
        (pd.Series([1, 2, 3] * 20, dtype="Int64"), {"type": "number", "integer": True}),
        (pd.Series(pd.date_range("2024-01-01", periods=60)), {"type": "date"}),
        (pd.Series([pd.NaT] * 9, dtype="datetime64[us]"), {"type": "category", "role": "ignored"}),
        (pd.Series([np.inf, np.nan] * 9), {"type": "number", "role": "ignored"}),
        (pd.Series(["red", None, 5] * 20, dtype="object"), {"type": "category"}),
    ],
)
def test_typed_columns_of_parquet_keep_their_type(values, keys):
    column = guess(values)
    assert {key: column.keys.get(key) for key in keys} == keys, messages(column)


@pytest.mark.slow
@pytest.mark.parametrize("word", ["None", "unknown", "-", "missing"])
def test_a_word_among_numbers_is_a_missing_value(word):
    column = guess([*NUMBERS, word, word])
    assert column.keys["type"] == "number"
    assert column.keys["missing"] == sorted(["", word])
    assert f"{word!r} is taken for a missing value" in messages(column)


def test_an_odd_word_among_numbers_is_missing_only_if_it_repeats():
    assert guess([*NUMBERS * 4, "broken", "broken"]).keys["missing"] == ["", "broken"]
    assert "missing" not in guess([*NUMBERS * 2, "broken"]).keys
    assert guess([*NUMBERS, "a", "b", "c", "d"]).keys["type"] != "number", "more than 2 % are odd"


def test_cells_that_mean_no_value_are_found_in_any_column():
    table = pd.DataFrame({"a": [*LOST, "x"], "b": "1", "c": 1.5})
    assert column_types.missing_cells(table) == sorted(LOST)
    assert column_types.missing_cells(table[["c"]]) == [""]


@pytest.mark.slow
def test_a_missing_word_among_dates_is_missing():
    column = guess(["2024-01-01", "2024-05-06"] * 30 + ["unknown"])
    assert (column.keys["type"], column.keys["missing"]) == ("date", ["", "unknown"])


@pytest.mark.slow
def test_only_features_get_a_share_that_may_be_missing():
    assert column_types.with_missing_share({"type": "number"}, 0.1)["max_missing"] == 0.18
    assert column_types.with_missing_share({"type": "number"}, 1.0)["max_missing"] == 1.0
    assert "max_missing" not in column_types.with_missing_share({"type": "number"}, 0.0)
    assert "max_missing" not in column_types.with_missing_share({"role": "ignored"}, 0.1)
