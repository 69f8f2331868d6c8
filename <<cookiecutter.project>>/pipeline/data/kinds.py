"""Kinds of columns: what a value of a `type` of schema.yaml is in a table, a frame and JSON.

A kind is one class, and `KINDS` holds an instance of each: to add a kind, write its class and list
it there. pandas is imported where it is used: a server reads a schema before it needs pandas.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol

from pydantic import Field

if TYPE_CHECKING:
    from pandas import Series

# How programs write a missing value where they should not.
WRITTEN_MISSING = ("nan", "NaN", "<NA>", "NaT")

UNSEEN = "a level that nobody has seen"
ODD_TEXTS = {
    "blank": "   ",
    "emoji": "你好 🥐 ☕️💥",
    "control characters": "a\x00b\x07\r\n\t\x1b[31m",
}
LONG = 10_000  # characters of an odd text where the schema gives no `max_length`

OddValues = Iterator[tuple[str, Any]]  # what is odd about a value, and the value


class Rules(Protocol):
    """What a kind reads of a column of `schema.yaml`; `schema.Column` has it."""

    integer: bool
    levels: tuple[str, ...] | None
    min: float | datetime.date | None
    max: float | datetime.date | None
    max_length: int | None
    decimal: str
    thousands: str
    symbols: str
    formats: tuple[str, ...]
    spellings: dict[str, tuple[str, ...]]


class Kind:
    """Base of the kinds. Values are a pandas Series, typed ones are as `cast` returns them."""

    name: ClassVar[str]
    dtype: ClassVar[str]  # of a typed column
    missing: ClassVar[Any]  # what stands in a typed column for no value
    can_be_feature: ClassVar[bool] = True
    can_be_target: ClassVar[bool] = False
    has_range: ClassVar[bool] = False  # values have an order, `min` and `max`

    def cast(self, raw: Series, column: Rules) -> tuple[Series, str]:
        """Return `raw` typed, NaN where it does not fit or is missing, and the rule it breaks."""
        raise NotImplementedError

    def filled(self, values: Series) -> Series:
        """Return what `cast` gave, with `missing` where there is no value."""
        return values

    def is_missing(self, values: Series) -> Series:
        """Return whether each typed value is missing: bool."""
        return values.isna()

    def json_type(self, column: Rules) -> Any:
        """Return the type of a value in a client's JSON, for pydantic; `null` is not in it."""
        raise NotImplementedError

    def cells(self, values: Series, column: Rules) -> Series:
        """Return typed values as a CSV file holds them: strings, NaN where one is missing."""
        raise NotImplementedError

    def numbers(self, values: Series) -> Series | None:
        """Return the number by which each typed value is binned; None for a kind of levels."""
        return None

    def bound(self, value: Any) -> Any:
        """Return a column's `min` or `max` as it compares with typed values; None for none."""
        return value

    def odd_values(self, column: Rules, seen: Series) -> OddValues:
        """Yield odd values that are not missing; `seen` are the typed values of real rows."""
        return iter(())


class Number(Kind):
    """A finite number: float64, NaN where it is missing."""

    name, dtype, missing = "number", "float64", float("nan")
    can_be_target = has_range = True

    def cast(self, raw: Series, column: Rules) -> tuple[Series, str]:
        """Return numbers; an infinite one does not fit."""
        import numpy as np
        import pandas as pd

        from pipeline.data.cells import plain_numbers

        if raw.dtype != "float64":
            if raw.dtype.kind not in "iub":
                raw = plain_numbers(raw, column.decimal, column.symbols + column.thousands)
            raw = pd.to_numeric(raw, errors="coerce").astype("float64")
        infinite = np.isinf(raw.to_numpy())
        return raw.mask(infinite) if infinite.any() else raw, "is not a finite number"

    def json_type(self, column: Rules) -> Any:
        """Return a number within `min` and `max`; a whole one where the column is `integer`."""
        limits = Field(strict=True, allow_inf_nan=False, ge=column.min, le=column.max)
        if column.integer:
            return Annotated[float, limits, Field(multiple_of=1)]
        return Annotated[float, limits]

    def cells(self, values: Series, column: Rules) -> Series:
        """Return numbers written with the column's decimal mark; whole ones without it."""
        text = values.map(repr).str.removesuffix(".0")
        return text.str.replace(".", column.decimal, regex=False).where(values.notna())

    def numbers(self, values: Series) -> Series:
        """Return the numbers themselves."""
        return values

    def odd_values(self, column: Rules, seen: Series) -> OddValues:
        """Yield both ends of the range and values beyond them.

        The range is that of the schema, or of the real rows where the schema gives none.
        """
        low = seen.min() if column.min is None else column.min
        high = seen.max() if column.max is None else column.max
        low, high = float(low), float(high)
        if math.isnan(low) or math.isnan(high):  # there is no real value
            return
        step = 1.0 if column.integer else (high - low) / 100 or 1.0
        # Where nothing is declared, a value beyond what was seen is allowed: then go far beyond.
        far = max(1.0, float(round(high - low))) if column.integer else high - low or 1.0
        yield "lowest", low
        yield "highest", high
        yield "below the lowest", low - (far if column.min is None else step)
        yield "above the highest", high + (far if column.max is None else step)
        if column.integer:
            yield "no whole number", low + 0.5


class Strings(Kind):
    """Base of the kinds whose values are strings: pandas `str`, NaN where one is missing."""

    dtype, missing = "str", None

    def cast(self, raw: Series, column: Rules) -> tuple[Series, str]:
        """Return strings, levels by the column's `spellings`; "nan" and the like do not fit."""
        from pipeline.data.cells import strings

        values = strings(raw)
        if column.spellings:
            level_of = {word: level for level, words in column.spellings.items() for word in words}
            values = values.map(lambda word: level_of.get(word, word), na_action="ignore")
            values = values.astype("str")
        if (written := values.isin(WRITTEN_MISSING)).any():
            values = values.mask(written)
        return values, "is a missing value; name it under `missing`"

    def json_type(self, column: Rules) -> Any:
        """Return one of the column's levels, or a string of at most `max_length` characters."""
        if column.levels is not None:
            return Literal[column.levels]
        return Annotated[str, Field(strict=True, max_length=column.max_length)]

    def cells(self, values: Series, column: Rules) -> Series:
        """Return the strings; an empty one is missing."""
        return values.mask(values == "")

    def odd_values(self, column: Rules, seen: Series) -> OddValues:
        """Yield each declared level and an unseen one; without levels, odd texts."""
        if column.levels is not None:
            yield from (("level", level) for level in column.levels)
            yield "unseen level", UNSEEN
            return
        for what, text in ODD_TEXTS.items():
            yield what, text[: column.max_length]
        yield "long", "x" * (column.max_length or LONG)
        if column.max_length is not None:
            yield "too long", "x" * (column.max_length + 1)


class Category(Strings):
    """A string out of few."""

    name, can_be_target = "category", True

    def odd_values(self, column: Rules, seen: Series) -> OddValues:
        """Yield each declared level and an unseen one; without levels, odd texts too."""
        if column.levels is None:
            yield "unseen level", UNSEEN[: column.max_length]
        yield from super().odd_values(column, seen)


class Text(Strings):
    """Free words; a missing text is an empty one."""

    name, missing = "text", ""

    def filled(self, values: Series) -> Series:
        """Return texts, an empty one for each that is missing."""
        return values.fillna("")

    def is_missing(self, values: Series) -> Series:
        """Return whether each text is missing, that is, empty."""
        return values.isna() | (values == "")

    def numbers(self, values: Series) -> Series:
        """Return the length of each text in characters."""
        return values.str.len().astype("float64")


class Identifier(Strings):
    """A name of a row or of its group."""

    name, can_be_feature = "identifier", False

    def json_type(self, column: Rules) -> Any:
        """Return a string; a number is taken for one."""
        return Annotated[str, Field(coerce_numbers_to_str=True)]

    def odd_values(self, column: Rules, seen: Series) -> OddValues:
        """Yield declared levels and an unseen one; any other name is as good as the next."""
        return super().odd_values(column, seen) if column.levels is not None else iter(())


class Date(Kind):
    """A date, with a time of day or without: `datetime64[us]` in UTC, NaT where it is missing."""

    name, dtype, missing = "date", "datetime64[us]", None
    has_range = True

    def cast(self, raw: Series, column: Rules) -> tuple[Series, str]:
        """Return ISO dates, and those of the column's `formats`: the first that fits counts."""
        from pipeline.data.cells import dates_as

        values = dates_as(raw, "ISO8601")
        for form in column.formats:
            if not (rest := values.isna() & raw.notna()).any():
                break
            values = values.mask(rest, dates_as(raw.where(rest), form))
        rule = f"is not a date as {', '.join(('ISO', *column.formats))}"
        return values, rule if column.formats else "is not an ISO date"

    def json_type(self, column: Rules) -> Any:
        """Return an ISO date; with a time of day it is a datetime."""
        return datetime.date | datetime.datetime

    def cells(self, values: Series, column: Rules) -> Series:
        """Return ISO dates, with the time of day where there is one."""
        return iso_dates(values)

    def numbers(self, values: Series) -> Series:
        """Return each date as a year and the part of it that has passed: 2024.5 is in July."""
        return values.dt.year + (values.dt.day_of_year - 1) / 365.25

    def bound(self, value: Any) -> Any:
        """Return a day as a Timestamp."""
        import pandas as pd

        return None if value is None else pd.Timestamp(value)

    def odd_values(self, column: Rules, seen: Series) -> OddValues:
        """Yield both ends of the range, a leap day in it, and the days before and after it."""
        import pandas as pd

        first = seen.min() if column.min is None else self.bound(column.min)
        last = seen.max() if column.max is None else self.bound(column.max)
        day = pd.Timedelta(days=1)
        yield "first day", first
        yield "last day", last
        days = pd.date_range(first, last)
        yield from (("leap day", date) for date in days[(days.month == 2) & (days.day == 29)][:1])
        yield "day before the first", first - day
        yield "day after the last", last + day


KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (Number(), Category(), Text(), Date(), Identifier())
}


def iso_dates(values: Series) -> Series:
    """Return typed dates as ISO strings, with the time of day where there is one."""
    exact = values.dt.strftime("%Y-%m-%dT%H:%M:%S.%f")
    return values.dt.strftime("%Y-%m-%d").where(values == values.dt.normalize(), exact)
