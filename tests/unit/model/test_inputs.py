"""Derived columns in a model: in a table, in a row alone, and in what was fitted."""

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as some
from sklearn.pipeline import Pipeline

from pipeline.core.errors import Refusal
from pipeline.data import columns, derived
from pipeline.data.dates import DateFeatures
from pipeline.data.schema import Column
from pipeline.model import featurizer as featurizers
from pipeline.model import inputs, training
from pipeline.model.scorer import Scorer
from recipe import estimators
from recipe import features as recipe_features


@derived.number
def load(weight: float | None, guests: float | None) -> float | None:
    return weight / guests if weight is not None and guests else None


@derived.category
def coast(town: str | None) -> str | None:
    return None if town is None else "sea" if town == "Kiel" else town[:1] or "nan"


@derived.text
def last_words(wish: str | None) -> str | None:
    return " ".join((wish or "").split()[-2:])


@derived.number
def spring(day: datetime.datetime | None) -> bool | None:
    return None if day is None else 3 <= day.month <= 5


OWN = SimpleNamespace(load=load, coast=coast, last_words=last_words, spring=spring)
DATES = {
    "day": {"parts": ["month", "month_cyclic", "hour"], "days_since": ["baked"]},
    "baked": {"parts": ["day_of_week"]},
}


@pytest.fixture(scope="module", autouse=True)
def recipe():
    """The recipe declares four derived columns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "RECIPE", OWN)
        yield


@pytest.fixture(scope="module")
def dated(rules):
    """The schema of the bakery, with a second date that is a feature and may be missing."""
    more = {"baked": Column(type="date", max_missing=0.5)}
    return rules.model_copy(update={"columns": {**rules.columns, **more}})


@pytest.fixture(scope="module")
def orders(typed):
    """The mock rows with a second date, with a time of day, which some rows lack."""
    baked = typed["day"] - pd.to_timedelta(np.arange(len(typed)) % 9 * 7.25, unit="h")
    return typed.assign(baked=baked.astype("datetime64[us]").mask(np.arange(len(typed)) % 5 == 0))


@pytest.fixture(scope="module")
def how(settings):
    parts = {name: DateFeatures.model_validate(value) for name, value in DATES.items()}
    return settings("featurize", recipe_features.Params).model_copy(update={"dates": parts})


@pytest.fixture(scope="module")
def fitted(orders, dated, how):
    return featurizers.fit(orders, dated, how)


@pytest.fixture(scope="module")
def scoring(fitted, orders, dated, settings):
    made = featurizers.transform(fitted, orders, dated)
    how = settings("train", estimators.Params)
    estimator, _ = training.train(made, orders["late"], how)
    return Scorer(Pipeline([("featurizer", fitted), ("estimator", estimator)]), dated)


DERIVED = ["load", "coast", "last_words", "spring", "day.month", "day.month_sin", "day.month_cos",
           "day.hour", "day.days_since.baked", "baked.day_of_week"]  # fmt: skip


def test_derived_columns_are_typed_as_the_cast_types_columns(dated, how, orders):
    given = inputs.declared(dated, how)
    table = given.table(orders)
    assert [one.name for one in given.derived] == DERIVED
    for name in DERIVED:
        kind = given.schema.columns[name].type
        twin = {"number": "weight", "category": "town", "text": "wish"}[kind]
        assert table[name].dtype == orders[twin].dtype, name
    assert table["load"].equals((orders["weight"] / orders["guests"]).rename("load"))
    assert not table["last_words"].isna().any()
    assert table.loc[orders["wish"] == "", "last_words"].eq("").all()
    assert table["coast"].isna().equals(orders["town"].isna())


def test_a_row_must_hold_what_is_derived_from(dated, how):
    given = inputs.declared(dated, how)
    assert given.reads == ["day", "weight", "guests", "size", "town", "wish", "baked"]
    assert given.names == ["weight", "guests", "size", "town", "wish", *DERIVED]


def test_without_derived_columns_rows_and_tables_are_passed_on(rules, typed):
    given = inputs.Inputs(rules, [])
    row = {"weight": 1.0}
    assert given.row(row) is row
    assert given.table(typed) is typed
    assert given.schema == rules
    assert given.reads == given.names == rules.features


def test_derived_columns_are_in_the_manifest_with_the_columns_they_read(fitted, dated):
    entries = {entry["name"]: entry for entry in featurizers.manifest(fitted, dated)}
    assert entries["load"] == {
        "name": "load",
        "kind": "number",
        "source": "load",
        "read": ["weight", "guests"],
    }
    assert entries["load (missing)"]["read"] == ["weight", "guests"]
    assert entries["coast=sea"]["read"] == ["town"]
    assert entries["last_words[0]"]["kind"] == "embedding"
    assert entries["day.days_since.baked"]["read"] == ["day", "baked"]
    assert "read" not in entries["weight"]


def test_a_missing_date_is_imputed_and_marked(fitted, orders, dated):
    made = featurizers.transform(fitted, orders, dated)
    marks = made["day.days_since.baked (missing)"].to_numpy()
    assert np.array_equal(marks, orders["baked"].isna().to_numpy())


def test_the_model_stays_compiled_around_derived_columns(scoring, orders):
    assert scoring.fallback == ""
    rows = columns.json_rows(orders, scoring.inputs.reads)
    assert rows[1]["baked"] == "2024-01-01T16:45:00.000000"
    assert np.abs(scoring.scores_of(rows) - scoring.scores(orders)).max() < 1e-12


def test_a_row_alone_scores_as_in_a_batch(scoring, orders):
    rows = columns.json_rows(orders.head(30), scoring.inputs.reads)
    alone = np.concatenate([scoring.scores_of([row]) for row in rows])
    assert np.abs(alone - scoring.scores(orders.head(30))).max() < 1e-12
    one = np.concatenate([scoring.scores(orders.iloc[[place]]) for place in range(30)])
    assert np.abs(one - scoring.scores(orders.head(30))).max() < 1e-12


EARLY = datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=5)))
NUMBERS = some.none() | some.floats(width=64) | some.integers(-(2**60), 2**60)
WORDS = some.none() | some.sampled_from(["", "n/a", "nan", "Kiel", "Bonn", "huge"]) | some.text()
TIMES = (
    some.none()
    | some.datetimes(timezones=some.none() | some.timezones())
    | some.dates()
    | some.datetimes().map(lambda date: date.isoformat(timespec="microseconds"))
    | some.dates().map(lambda date: date.isoformat())
    | some.sampled_from(["", "n/a", "no date", "2024-02-30", "2024-1-1", "20240101"])
)
ROWS = some.fixed_dictionaries(
    {
        "weight": NUMBERS,
        "guests": NUMBERS,
        "size": WORDS,
        "town": WORDS,
        "wish": WORDS,
        "day": TIMES,
        "baked": TIMES,
    }
)


@effort(max_examples=150, deadline=None, derandomize=True)
@given(rows=some.lists(ROWS, min_size=1, max_size=4))
def test_odd_rows_score_alone_as_in_a_table(scoring, rows):
    table = pd.DataFrame(rows).astype("object")
    batch = scoring.scores(table.where(table.notna(), None))
    alone = np.concatenate([scoring.scores_of([row]) for row in rows])
    assert np.isfinite(batch).all()
    assert np.abs(alone - batch).max() <= 1e-9


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024-05-01T12:30:00+02:00", datetime.datetime(2024, 5, 1, 10, 30)),
        (pd.Timestamp("2024-05-01T12:30", tz="UTC"), datetime.datetime(2024, 5, 1, 12, 30)),
        (datetime.date(2024, 5, 1), datetime.datetime(2024, 5, 1)),
        ("2024-05-01", datetime.datetime(2024, 5, 1)),
        ("2024-13-01", None),
        (
            datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=5))),
            None,
        ),
    ],
)
def test_a_date_of_a_row_has_no_time_zone(dated, how, value, date):
    given = inputs.declared(dated, how)
    row = {"weight": None, "guests": 1, "size": None, "town": None, "wish": None, "day": value}
    assert given.row({**row, "baked": None})["day.month"] == (date and date.month)
    assert given.row({**row, "baked": None})["day.hour"] == (date and date.hour)


def test_a_column_that_is_absent_is_named(scoring, orders):
    with pytest.raises(Refusal, match="the column `day` is missing"):
        scoring.scores(orders.drop(columns="day"))
    (row,) = columns.json_rows(orders.head(1), scoring.inputs.reads)
    del row["day"]
    with pytest.raises(KeyError, match="day"):
        scoring.scores_of([row])


def test_a_model_whose_derived_column_is_gone_is_refused(scoring, dated):
    with pytest.raises(Refusal, match="the model reads a column `load`, which neither schema"):
        Scorer(scoring.model, dated, SimpleNamespace())


def test_a_model_scores_by_the_recipe_it_is_given(scoring, dated, orders):
    @derived.number
    def load(weight, guests):
        return None

    other = Scorer(scoring.model, dated, SimpleNamespace(**{**vars(OWN), "load": load}))
    assert np.abs(other.scores(orders) - scoring.scores(orders)).max() > 1e-3


def test_a_recipe_is_read_from_another_folder(tmp_path):
    (tmp_path / "features.py").write_text(
        "from pipeline.data.derived import number\n"
        "@number\ndef double(guests: float | None) -> float | None:\n    return guests * 2\n"
    )
    assert inputs.recipe_in(tmp_path).double(2.0) == 4.0


def test_a_date_of_which_nothing_is_made_is_refused(dated, how):
    with pytest.raises(Refusal, match="the date `baked` is a feature, and nothing is made of it"):
        inputs.declared(dated, how.model_copy(update={"dates": {}}))


def test_a_function_that_fails_on_a_row_of_a_table_is_named(rules, typed, how):
    @derived.number
    def share(guests):
        return 1 / (guests - 5)

    plain = how.model_copy(update={"dates": {}})
    given = inputs.declared(rules, plain, SimpleNamespace(share=share))
    with pytest.raises(Refusal, match=r"`share` raised ZeroDivisionError: .* for `guests` 5\.0"):
        given.table(typed)
