"""Reading a column of a table, such as a CSV file's strings, as numbers, strings or dates."""

import re

import pandas as pd

# Years that Python and JSON can name have four digits.
DATES = (pd.Timestamp("0001-01-01"), pd.Timestamp("9999-12-31T23:59:59.999999"))


def plain_numbers(raw: pd.Series, decimal: str, separators: str) -> pd.Series:
    """Return strings as numbers are written in code: without separators, with a point.

    `decimal` is the decimal mark, each character of `separators` is left out. What is no string,
    such as a number in a column of objects, stays as it is.
    """
    with_point = decimal == "."
    if with_point and not separators:
        return raw
    is_string = raw.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
    text = raw[is_string].astype("str")
    if separators:
        text = text.str.replace(f"[{re.escape(separators)}]", "", regex=True)
    if not with_point:
        text = text.str.replace(decimal, ".", regex=False)
    plain = raw.astype("object")
    plain[is_string] = text.str.strip().astype("object")
    return plain


def strings(raw: pd.Series) -> pd.Series:
    """Return values as strings; a whole number that met a missing one, 3.0, is still "3"."""
    if isinstance(raw.dtype, pd.StringDtype):
        return raw.astype("str")
    values = raw.astype("object").astype("str").mask(raw.isna()).astype("str")
    if raw.dtype.kind == "f":
        whole = (raw % 1 == 0) & (raw.abs() < 2**63)
        values = values.mask(whole, raw.where(whole).astype("Int64").astype("str"))
    return values


def dates_as(raw: pd.Series, form: str) -> pd.Series:
    """Return what is a date in the form, of years that have four digits; the rest is missing."""
    values = pd.to_datetime(raw, format=form, errors="coerce", utc=True)
    values = values.dt.tz_localize(None).astype("datetime64[us]")
    return values.where(values.between(*DATES))
