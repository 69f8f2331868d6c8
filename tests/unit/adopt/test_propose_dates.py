"""Parts of dates are proposed where they help on unseen rows more than chance does."""

import numpy as np
import pandas as pd
import pytest

from pipeline.adopt import propose_dates
from pipeline.adopt.proposal import Proposal
from pipeline.data.schema import Column
from pipeline.model import inputs
from recipe import features as recipe_features

COUNT = 400


@pytest.fixture
def how(settings):
    return settings("featurize", recipe_features.Params)


def orders_late_by(typed, late) -> pd.DataFrame:
    """Return more orders, a day each, that are late where `late` says so of the day."""
    rows = pd.concat([typed] * 4, ignore_index=True).head(COUNT)
    days = pd.Series(pd.date_range("2024-01-01", periods=COUNT)).astype("datetime64[us]")
    return rows.assign(day=days, late=np.where(late(days.dt), "yes", "no"))


@pytest.mark.slow
def test_the_day_of_the_week_is_proposed_where_it_decides(typed, rules, how):
    rows = orders_late_by(typed, lambda day: day.day_of_week.isin([4, 5]))
    plan = Proposal()
    chosen = propose_dates.put_dates(plan, rows, rules, how, "time")
    assert chosen.dates["day"].parts == ["day_of_week_cyclic"]
    value, why = plan.values["featurize.dates"]
    assert value == {"day": {"parts": ["day_of_week_cyclic"]}}
    assert why.startswith("day, day_of_week_cyclic: roc_auc 1 in cross-validation, 0.")
    given = inputs.declared(rules, chosen)
    assert [one.name for one in given.derived] == ["day.day_of_week_sin", "day.day_of_week_cos"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_proposed_where_dates_say_nothing(typed, rules, how, seed):
    draw = np.random.default_rng(seed)
    rows = orders_late_by(typed, lambda day: draw.random(COUNT) < 0.4)
    for split in ("time", "random"):
        plan = Proposal()
        assert propose_dates.put_dates(plan, rows, rules, how, split).dates == {}
        assert plan.values["featurize.dates"][0] == {}


@pytest.mark.slow
def test_of_a_date_that_is_a_feature_something_is_made(typed, rules, how):
    draw = np.random.default_rng(0)
    rows = orders_late_by(typed, lambda day: draw.random(COUNT) < 0.4)
    rows["baked"] = rows["day"]
    columns = {**rules.columns, "baked": Column(type="date")}
    dated = rules.model_copy(update={"columns": columns})
    chosen = propose_dates.put_dates(Proposal(), rows, dated, how, "random")
    assert {name: of.parts for name, of in chosen.dates.items()} == {"baked": ["year"]}
    assert inputs.declared(dated, chosen).derived


@pytest.mark.slow
def test_without_a_date_nothing_is_tried(typed, rules, how):
    undated = rules.model_copy(
        update={"columns": {name: of for name, of in rules.columns.items() if name != "day"}}
    )
    assert propose_dates.helpful(typed, undated, how, "random") == {}
