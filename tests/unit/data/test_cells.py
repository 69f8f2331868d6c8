"""Reading a column of a table as numbers, strings or dates."""

import numpy as np
import pandas as pd
import pytest

from pipeline.data.cells import dates_as, plain_numbers, strings


@pytest.mark.parametrize(
    ("cell", "decimal", "separators", "plain"),
    [
        ("1.234,50 €", ",", ".€", "1234.50"),
        (" 12% ", ".", "%", "12"),
        ("1,234", ".", ",", "1234"),
        ("x1", ".", "$", "x1"),
        (3.5, ",", ".", 3.5),
    ],
)
def test_a_number_is_written_as_code_writes_it(cell, decimal, separators, plain):
    assert plain_numbers(pd.Series([cell], dtype="object"), decimal, separators)[0] == plain


def test_plain_numbers_are_not_copied():
    raw = pd.Series(["1.5"])
    assert plain_numbers(raw, ".", "") is raw


def test_a_whole_number_is_a_string_without_a_point_though_others_are_missing():
    assert strings(pd.Series([3.0, np.nan, 1.5, 1e300])).tolist()[::2] == ["3", "1.5"]
    assert strings(pd.Series([3.0, np.nan])).isna().tolist() == [False, True]
    assert strings(pd.Series([1e300]))[0] == "1e+300", "beyond whole numbers of 64 bits"


def test_dates_are_utc_of_years_that_json_can_name():
    raw = pd.Series(["2024-05-01T01:30:00+02:00", "0000-01-01", "31.12.2024", None])
    assert dates_as(raw, "ISO8601").tolist()[0] == pd.Timestamp("2024-04-30 23:30")
    assert dates_as(raw, "ISO8601").isna().tolist() == [False, True, True, True]
    assert dates_as(raw, "%d.%m.%Y")[2] == pd.Timestamp("2024-12-31")
