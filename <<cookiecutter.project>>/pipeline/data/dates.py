"""Dates as features: the numbers that `featurize.dates` in params.yaml makes of a date column."""

import datetime
import math
from collections.abc import Callable, Mapping
from typing import Literal, get_args

from pydantic import Field

from pipeline.core.errors import Refusal
from pipeline.core.params import Section, nearest
from pipeline.data.derived import Derived, require_readable
from pipeline.data.schema import Schema

Date = datetime.datetime | None
Part = Literal[
    "year", "month", "day_of_week", "hour", "month_cyclic", "day_of_week_cyclic", "hour_cyclic"
]
DAY = 86_400  # seconds
WHERE = "params.yaml"


class DateFeatures(Section):
    """What is made of a date: its `parts`, and the days since other dates of the row."""

    parts: list[Part] = Field(default_factory=list)
    days_since: list[str] = Field(default_factory=list)


# Value of a part of a date, and for a cyclic part the length of its cycle.
PARTS: dict[str, tuple[Callable[[datetime.datetime], float], int]] = {
    "year": (lambda date: date.year, 0),
    "month": (lambda date: date.month, 12),
    "day_of_week": (lambda date: date.weekday(), 7),  # 0 is Monday
    "hour": (lambda date: date.hour, 24),
}


def derived(settings: Mapping[str, DateFeatures], schema: Schema) -> list[Derived]:
    """Return the derived columns that the settings switch on, by column and in their order.

    They are numbers named `date.year`, `date.month_sin` and `date.month_cos` (month_cyclic),
    `date.days_since.other`. Raises Refusal for what is no date that a client's row holds.
    """
    found = []
    for name, of in settings.items():
        _require_date(f"`featurize.dates` reads `{name}`", name, schema)
        for part in dict.fromkeys(of.parts):
            found += _part(name, part)
        for other in dict.fromkeys(of.days_since):
            _require_date(f"`featurize.dates.{name}.days_since` reads `{other}`", other, schema)
            if other == name:
                raise Refusal(f"{WHERE}: `featurize.dates.{name}.days_since` names `{name}` itself")
            found.append(_days_since(name, other))
    for one in found:
        if one.name in schema.columns:
            raise Refusal(
                f"{WHERE}: `featurize.dates` makes a column `{one.name}`, and schema.yaml has one "
                "of that name; rename it"
            )
    return found


def possible(schema: Schema) -> list[Derived]:
    """Return every derived column that could be made of the schema's dates."""
    names = [name for name, column in schema.columns.items()
             if column.type == "date" and column.role in ("feature", "time")]  # fmt: skip
    every = {
        name: DateFeatures(parts=list(get_args(Part)), days_since=[o for o in names if o != name])
        for name in names
    }
    return [one for name, of in every.items() for one in _free(name, of, schema)]


def _free(name: str, of: DateFeatures, schema: Schema) -> list[Derived]:
    made = [one for part in of.parts for one in _part(name, part)]
    made += [_days_since(name, other) for other in of.days_since]
    return [one for one in made if one.name not in schema.columns]


def _require_date(what: str, name: str, schema: Schema) -> None:
    if name not in schema.columns:
        dates = [one for one, column in schema.columns.items() if column.type == "date"]
        hint = nearest(name, dates)
        raise Refusal(f"{WHERE}: {what}, which is no column of schema.yaml{hint}")
    if schema.columns[name].type != "date":
        raise Refusal(f"{WHERE}: {what}, a {schema.columns[name].type} and not a date")
    require_readable(f"{WHERE}: `featurize.dates`", [name], schema)


def _part(name: str, part: str) -> list[Derived]:
    base = part.removesuffix("_cyclic")
    value, cycle = PARTS[base]
    if base == part:
        return [_number(f"{name}.{part}", (name,), _of_date(value))]
    turns = (("sin", math.sin), ("cos", math.cos))
    return [
        _number(f"{name}.{base}_{word}", (name,), _of_date(_turned(value, cycle, turn)))
        for word, turn in turns
    ]


def _number(name: str, reads: tuple[str, ...], function: Callable) -> Derived:
    return Derived(name, "number", reads, function, where=WHERE)


def _turned(value: Callable, cycle: int, turn: Callable) -> Callable:
    return lambda date: turn(2 * math.pi * value(date) / cycle)


def _of_date(value: Callable) -> Callable[[Date], float | None]:
    return lambda date: None if date is None else value(date)


def _days_since(name: str, other: str) -> Derived:
    def days(date: Date, since: Date) -> float | None:
        if date is None or since is None:
            return None
        return (date - since).total_seconds() / DAY

    return _number(f"{name}.days_since.{other}", (name, other), days)
