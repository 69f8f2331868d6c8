"""Dates as numbers: parts, cycles, and the days since another date."""

import datetime
import math
from typing import get_args

import pytest
from pydantic import ValidationError

from pipeline.core.errors import Refusal
from pipeline.data import dates
from pipeline.data.schema import Column

SUNDAY = datetime.datetime(2024, 3, 31, 18, 45)


@pytest.fixture
def dated(rules):
    """The schema of the bakery with two more dates, of which one is ignored."""
    more = {
        "baked": Column(type="date", max_missing=0.5),
        "sold": Column(type="date", role="ignored"),
    }
    return rules.model_copy(update={"columns": {**rules.columns, **more}})


def made(rules, **settings):
    of = {name: dates.DateFeatures.model_validate(value) for name, value in settings.items()}
    return {one.name: one for one in dates.derived(of, rules)}


def test_parts_are_numbers_of_the_date(dated):
    parts = made(dated, day={"parts": ["year", "month", "day_of_week", "hour"]})
    values = {name: one.value([SUNDAY]) for name, one in parts.items()}
    assert values == {"day.year": 2024, "day.month": 3, "day.day_of_week": 6, "day.hour": 18}


def test_a_cyclic_part_is_a_point_on_a_circle(dated):
    parts = made(dated, day={"parts": ["month_cyclic", "day_of_week_cyclic", "hour_cyclic"]})
    values = {name: one.value([SUNDAY]) for name, one in parts.items()}
    turns = {"month": 3 / 12, "day_of_week": 6 / 7, "hour": 18 / 24}
    for name, turn in turns.items():
        assert values[f"day.{name}_sin"] == pytest.approx(math.sin(2 * math.pi * turn))
        assert values[f"day.{name}_cos"] == pytest.approx(math.cos(2 * math.pi * turn))
    assert len(values) == 6


def test_december_is_as_near_to_january_as_january_to_february(dated):
    parts = made(dated, day={"parts": ["month_cyclic"]}).values()
    december, january, february = (
        [one.value([datetime.datetime(2024, month, 1)]) for one in parts] for month in (12, 1, 2)
    )
    assert math.dist(december, january) == pytest.approx(math.dist(january, february))


def test_days_since_another_date_are_negative_before_it(dated):
    (days,) = made(dated, day={"days_since": ["baked"]}).values()
    assert days.name == "day.days_since.baked"
    assert days.value([SUNDAY, datetime.datetime(2024, 3, 30, 6, 45)]) == 1.5
    assert days.value([SUNDAY, datetime.datetime(2024, 4, 1, 18, 45)]) == -1.0


def test_of_a_missing_date_every_part_is_missing(dated):
    every = made(dated, day={"parts": list(get_args(dates.Part)), "days_since": ["baked"]})
    for one in every.values():
        assert one.value([None] * len(one.reads)) is None
    (days,) = made(dated, day={"days_since": ["baked"]}).values()
    assert days.value([SUNDAY, None]) is None


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("dya", {}, r"reads `dya`, which is no column of schema.yaml \(did you mean `day`\?\)"),
        ("guests", {}, "`featurize.dates` reads `guests`, a number and not a date"),
        ("sold", {}, "reads `sold`, whose role in schema.yaml is ignored: only features and"),
        ("day", {"days_since": ["town"]}, "`featurize.dates.day.days_since` reads `town`, a cat"),
        ("day", {"days_since": ["born"]}, "days_since` reads `born`, which is no column"),
        ("day", {"days_since": ["day"]}, "`featurize.dates.day.days_since` names `day` itself"),
    ],
)
def test_what_is_no_date_of_a_row_is_refused(dated, name, settings, sentence):
    with pytest.raises(Refusal, match=sentence):
        made(dated, **{name: settings})


def test_a_part_of_the_name_of_a_column_is_refused(dated):
    columns = {**dated.columns, "day.year": dated.columns["guests"]}
    with pytest.raises(Refusal, match=r"makes a column `day\.year`, and schema.yaml has one"):
        made(dated.model_copy(update={"columns": columns}), day={"parts": ["year"]})


def test_an_unknown_part_is_refused():
    with pytest.raises(ValidationError, match="'year', 'month'"):
        dates.DateFeatures.model_validate({"parts": ["quarter"]})


def test_every_possible_part_is_known_by_its_name(dated):
    names = {one.name for one in dates.possible(dated)}
    declared = made(dated, day={"parts": ["year", "hour_cyclic"], "days_since": ["baked"]})
    assert declared.keys() < names
    assert len(names) == 2 * (4 + 3 * 2 + 1)
    assert not any("sold" in name for name in names)
