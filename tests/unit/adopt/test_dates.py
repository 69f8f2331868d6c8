"""Dates are read in the forms in which they are written."""

import numpy as np
import pandas as pd
import pytest

from adoption import guess, messages


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
def test_dates_are_read_in_the_form_they_are_written_in(cells, formats):
    column = guess(cells * 30)
    assert (column.keys["type"], column.keys.get("formats")) == ("date", formats)
    assert "dates from 202" in column.why


@pytest.mark.slow
def test_an_ambiguous_date_is_asked_about():
    column = guess(["01/02/2024", "03/04/2024"] * 30, name="day")
    assert column.keys["formats"] == ["%m/%d/%Y"]
    assert "SET='columns.day.formats=[\"%d/%m/%Y\"]' reads it the other way" in messages(column)


@pytest.mark.slow
def test_dates_that_do_not_exist_are_no_dates():
    assert guess(["2024-13-01", "2024-02-30"] * 30).keys["type"] == "category"
    assert guess(["2024-01-01", "soon 1"] * 30).keys["type"] == "category"
    assert guess(["2024-01-01", "99/99/9999"] * 30).keys["type"] == "category"


@pytest.mark.slow
def test_years_that_python_cannot_name_are_no_dates():
    cells = ["2024-01-01", "0001-01-01T00:00:00+02:00"]
    assert guess(cells * 30).keys["type"] == "category"
    far = pd.Series(np.array([0, 10**12] * 9, dtype="datetime64[s]"))  # the year 33658
    assert guess(far).why == "dates from 1970-01-01 to 1970-01-01"
