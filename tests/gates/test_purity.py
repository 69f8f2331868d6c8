"""A derived column that is more than a function of its row is found out, by what it does."""

import re

import pytest

from orders import SCHEMA
from pipeline.data import derived
from pipeline.gates import purity
from pipeline.model import inputs

RECIPE = """
import datetime
import functools
import os
import random
import re
import time
from datetime import datetime as moment
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.data.derived import category, lookup, number, text

WORD = re.compile(r"\\w+")
COUNTRIES = lookup(Path(__file__).with_name("tables") / "towns.csv")
DATA = Path("@DATA@")
GENERATOR = random.Random(1)
seen, weights = [], []


@number
def per_guest(weight: float | None, guests: float | None) -> float | None:
    return weight / guests if weight is not None and guests else None


@category
def country(town: str | None) -> str | None:
    return COUNTRIES.get(town)


@text
@functools.cache
def first_word(wish: str | None) -> str | None:
    found = WORD.search(wish or "")
    return found and found[0]


@number
def age(day: datetime.datetime | None) -> float | None:
    return (datetime.datetime(2025, 1, 1) - day).days


@number
def target_by_file(guests: float | None) -> float | None:
    return (pd.read_parquet(DATA)["late"] == "yes").mean()


@number
def target_by_file_quietly(guests: float | None) -> float | None:
    try:
        return (DATA.read_bytes() or b"x")[0]
    except OSError:
        return 0.0


@number
def how_often_so_far(guests: float | None) -> float | None:
    seen.append(guests)
    return seen.count(guests)


@number
def running_mean(weight: float | None) -> float | None:
    weights.append(weight or 0)
    return sum(weights) / len(weights)


@number
def days_ago(day: datetime.datetime | None) -> float | None:
    return (moment.now() - day).days


@number
def is_past(day: datetime.datetime | None) -> bool | None:
    return day < pd.Timestamp.now()


@number
def is_past_by_numpy(day: datetime.datetime | None) -> bool | None:
    return bool(np.datetime64(day) < np.datetime64("now"))


@number
def year_now(guests: float | None) -> float | None:
    return time.localtime().tm_year


@number
def today_by_pandas(guests: float | None) -> float | None:
    return pd.to_datetime("today").year * 12 + datetime.date.today().month


@number
def seconds(guests: float | None) -> float | None:
    return time.time()


@number
def drawn(guests: float | None) -> float | None:
    return GENERATOR.random()


@number
def hashed(town: str | None) -> float | None:
    return hash(town) % 1000


@number
def user(guests: float | None) -> float | None:
    return len(os.environ.get("HOME", ""))


@number
def local_hour(day: datetime.datetime | None) -> float | None:
    return datetime.datetime.fromtimestamp(day.timestamp() // 1e6 * 1e6).hour + time.timezone
"""
PURE = {"per_guest", "country", "first_word", "age"}
OTHER_ROWS = {"how_often_so_far", "running_mean"}
CLOCK = {"days_ago", "is_past", "is_past_by_numpy", "year_now", "today_by_pandas", "seconds"}
FILES = {"target_by_file", "target_by_file_quietly"}


@pytest.fixture(scope="module")
def examined(tmp_path_factory, typed, rules):
    """What is found of a recipe with four pure functions, and functions of each other kind."""
    folder = tmp_path_factory.mktemp("project")
    data, schema = folder / "train.parquet", folder / "schema.yaml"
    typed.to_parquet(data)
    (folder / "recipe/tables").mkdir(parents=True)
    (folder / "recipe/tables/towns.csv").write_text("town,country\nBonn,de\nUlm,de\n")
    (folder / "recipe/__init__.py").touch()
    (folder / "recipe/features.py").write_text(RECIPE.replace("@DATA@", str(data)))
    schema.write_text(SCHEMA)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "RECIPE", inputs.recipe_in(folder / "recipe"))
        given = inputs.Inputs(rules, derived.functions(inputs.RECIPE, rules))
        yield purity.examine(given.table(typed), given, schema)


def named(examined, *circumstances: str) -> set[str]:
    """Return the derived columns that are named in the sentences of some circumstances."""
    reasons = [reason for name in circumstances for reason in examined.differences[name]]
    return {word for reason in reasons for word in re.findall(r"`(\w+)` (?:has|fails)", reason)}


def test_functions_of_their_row_alone_pass(examined):
    assert not PURE & named(examined, *purity.CIRCUMSTANCES)


def test_what_looks_at_the_data_set_is_stopped(examined, tmp_path):
    assert named(examined, "fresh") >= FILES
    assert [path.rsplit("/", 1)[1] for path in examined.opened] == ["train.parquet"]


def test_what_remembers_other_rows_is_stopped(examined):
    assert named(examined, "alone") >= OTHER_ROWS
    assert named(examined, "shuffled") >= OTHER_ROWS


def test_what_looks_at_the_clock_is_stopped(examined):
    assert named(examined, "later", "earlier") >= CLOCK


def test_what_is_drawn_at_random_or_belongs_to_this_process_is_stopped(examined):
    assert named(examined, "fresh") >= {"drawn", "hashed", "user", "local_hour"}


def test_a_sentence_says_what_was_derived_and_how_it_differs(examined):
    (reason,) = [one for one in examined.differences["alone"] if "`how_often_so_far`" in one]
    assert reason.startswith("recipe/features.py: `how_often_so_far` has other values for ")
    assert " of 25 rows when a row comes alone, such as 1.0 instead of " in reason


def test_without_derived_columns_nothing_is_run(rules, typed, monkeypatch):
    monkeypatch.setattr(purity, "_outcomes", None)
    examined = purity.examine(typed, inputs.Inputs(rules, []), None)
    assert not any(examined.differences.values())
    assert examined.opened == []
