"""What a column is, from its cells alone: type, rules, what is missing, and what cannot be told."""

import numpy as np
import pandas as pd
import pytest

from pipeline.adopt import column_types as inference
from pipeline.data import schema as schemas

DRAW = np.random.default_rng(5)
NUMBERS = [f"{value:.2f}" for value in DRAW.normal(10, 4, 60)]
TEXTS = [f"a cake number {number} with cherries" for number in range(60)]
LOST = ["", "NA", "?", "NULL", " "]


def guess(cells, name="column", missing=("",)) -> inference.Guess:
    values = cells if isinstance(cells, pd.Series) else pd.Series(cells, dtype="str")
    return inference.guess(name, values, list(missing))


def said(found: inference.Guess) -> str:
    return "\n".join([found.why, *found.notes, *found.questions])


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
def test_strings_are_told_apart(cells, keys):
    found = guess(cells)
    assert {key: found.keys.get(key) for key in keys} == keys, said(found)
    assert set(found.keys) - set(keys) <= {"min", "max"}


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
    found = guess(values)
    assert {key: found.keys.get(key) for key in keys} == keys, said(found)


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
def test_numbers_that_are_stored_as_text_are_numbers(cells, keys):
    found = guess(cells)
    assert found.keys["type"] == "number"
    spelt = ("decimal", "thousands", "symbols")
    assert {key: found.keys[key] for key in spelt if key in found.keys} == keys
    assert "numbers are written as" in said(found)
    assert found.keys["max"] > found.keys["min"]


@pytest.mark.slow
@pytest.mark.parametrize("word", ["None", "unknown", "-", "missing"])
def test_a_word_among_numbers_means_that_there_is_none(word):
    found = guess([*NUMBERS, word, word])
    assert found.keys["type"] == "number"
    assert found.keys["missing"] == sorted(["", word])
    assert f"{word!r} is taken for a missing value" in said(found)


def test_an_odd_word_that_repeats_among_numbers_is_a_missing_one_and_a_single_one_is_bad():
    assert guess([*NUMBERS * 4, "broken", "broken"]).keys["missing"] == ["", "broken"]
    assert "missing" not in guess([*NUMBERS * 2, "broken"]).keys
    assert guess([*NUMBERS, "a", "b", "c", "d"]).keys["type"] != "number", "more than 2 % are odd"


@pytest.mark.slow
def test_none_is_a_level_where_it_stands_among_levels_and_it_is_asked():
    found = guess(["None", "Brick", "Stone"] * 20)
    assert found.keys["levels"] == ["Brick", "None", "Stone"]
    assert "'None' (20 rows) is taken for a level" in said(found)


def test_na_is_a_code_among_codes_of_two_capitals_and_it_is_asked():
    codes = ["NA", "AL", "TX", "CA", "NY", "WA", "OH", "UT", "IA", "ID", "OR"]
    found = guess(codes * 6, missing=["", "NA"])
    assert (found.keys["levels"], found.keys["missing"]) == (sorted(codes), [""])
    assert "is NA a code here" in said(found)
    few = guess(["NA", "AL", "TX"] * 20, missing=["", "NA"])
    assert few.keys["levels"] == ["AL", "TX"]


def test_what_programs_write_for_missing_is_missing_in_a_category():
    found = guess(["red", "green", "NaN"] * 20)
    assert (found.keys["levels"], found.keys["missing"]) == (["green", "red"], ["", "NaN"])


def test_cells_that_mean_no_value_are_found_in_any_column():
    table = pd.DataFrame({"a": [*LOST, "x"], "b": "1", "c": 1.5})
    assert inference.missing_cells(table) == sorted(LOST)
    assert inference.missing_cells(table[["c"]]) == [""]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["31.12.2023", "01.02.2024"], ["%d.%m.%Y"]),
        (["12/31/2023", "1/2/2024"], ["%m/%d/%Y"]),
        (["2024-01-02", "31.12.2023"], ["%d.%m.%Y"]),
        (["Feb 3, 2024", "Mar 10, 2024"], ["%b %d, %Y"]),
        (["2024-01-01T00:00:00+02:00", "2023-05-06T01:02:03Z"], None),
    ],
)
def test_dates_are_read_in_whichever_form_they_are_written(cells, formats):
    found = guess(cells * 30)
    assert (found.keys["type"], found.keys.get("formats")) == ("date", formats)
    assert "dates from 202" in found.why


@pytest.mark.slow
def test_a_date_that_may_be_read_in_two_ways_is_asked_about():
    found = guess(["01/02/2024", "03/04/2024"] * 30, name="day")
    assert found.keys["formats"] == ["%m/%d/%Y"]
    assert "SET='columns.day.formats=[\"%d/%m/%Y\"]' reads it the other way" in said(found)


@pytest.mark.slow
def test_what_are_half_dates_or_dates_that_do_not_exist_are_none():
    assert guess(["2024-13-01", "2024-02-30"] * 30).keys["type"] == "category"
    assert guess(["2024-01-01", "soon 1"] * 30).keys["type"] == "category"
    assert guess(["2024-01-01", "99/99/9999"] * 30).keys["type"] == "category"


@pytest.mark.slow
def test_years_that_python_cannot_name_are_no_dates():
    cells = ["2024-01-01", "0001-01-01T00:00:00+02:00"]
    assert guess(cells * 30).keys["type"] == "category"
    far = pd.Series(np.array([0, 10**12] * 9, dtype="datetime64[s]"))  # the year 33658
    assert guess(far).why == "dates from 1970-01-01 to 1970-01-01"


@pytest.mark.slow
def test_a_missing_word_among_dates_is_missing():
    found = guess(["2024-01-01", "2024-05-06"] * 30 + ["unknown"])
    assert (found.keys["type"], found.keys["missing"]) == ("date", ["", "unknown"])


def test_many_levels_that_stand_alone_are_told():
    cells = [f"town {number}" for number in range(40)] + ["Bonn"] * 10
    found = guess([cell.replace(" ", "") for cell in cells])
    assert found.keys == {"type": "category", "max_length": 20}
    assert "41 levels in 50 rows: most stand alone" in said(found)


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
    found = inference.number_range(low, high, whole)
    assert found["min"] <= low
    assert found["max"] >= high
    assert limits is None or (found["min"], found["max"]) == limits


@pytest.mark.slow
def test_only_features_get_a_share_that_may_be_missing():
    assert inference.with_missing_share({"type": "number"}, 0.1)["max_missing"] == 0.18
    assert inference.with_missing_share({"type": "number"}, 1.0)["max_missing"] == 1.0
    assert "max_missing" not in inference.with_missing_share({"type": "number"}, 0.0)
    assert "max_missing" not in inference.with_missing_share({"role": "ignored"}, 0.1)


def test_the_schema_of_guesses_is_one():
    keys = {"a": guess(NUMBERS).keys, "b": {"type": "number", "role": "target"}}
    found = inference.schema_of(keys, [""], 50)
    assert isinstance(found, schemas.Schema)
    assert (found.features, found.rows.min) == (["a"], 50)
