"""Parameters of a new table's data: split, features, and the limits of the gate on the data."""

import numpy as np
import pytest

from adoption import value, without
from pipeline.adopt import propose_data
from pipeline.adopt.decisions import ABSENT
from pipeline.adopt.proposal import Subset
from pipeline.core import params
from pipeline.data import split
from pipeline.gates.settings import DataParams
from recipe import features as recipe_features

pytestmark = pytest.mark.usefixtures("project", "quick_trials")


def test_rows_are_split_by_time_by_group_or_at_random(typed, rules):
    by_time = propose_data.split_of(typed, rules)
    assert (by_time.by, str(by_time.test_from)) == ("time", "2024-04-05")
    assert propose_data.split_of(typed, without(rules, "day")).by == "group"
    assert propose_data.split_of(typed, without(rules, "day", "shop")).by == "random"
    crowded = typed.assign(day=[typed["day"][0]] * 115 + [typed["day"][9]] * 5)
    assert str(propose_data.split_of(crowded, rules).test_from) == "2024-01-10", (
        "some rows are trained on"
    )


@pytest.mark.slow
def test_the_split_is_written_and_bad_rows_have_some_slack(plan, typed, rules):
    propose_data.put_split(plan, propose_data.split_of(typed, without(rules, "day")), 0.0)
    assert (value(plan, "ingest.split.by"), value(plan, "ingest.max_bad_rows")) == ("group", 0.01)
    assert value(plan, "ingest.split.test_from") is ABSENT
    propose_data.put_split(plan, propose_data.split_of(typed, rules), 0.4)
    assert value(plan, "ingest.split.test_from") == "2024-04-05"
    most, why = plan.values["ingest.max_bad_rows"]
    assert 0.4 < most < 1
    assert "40.0% do now" in why


@pytest.mark.slow
def test_a_text_of_few_words_has_few_dimensions(plan, typed, rules):
    settings = propose_data.features(typed, rules)
    assert (settings.categories.min_rows, settings.texts.min_rows, settings.texts.dimensions) == (
        2,
        2,
        3,
    )
    few = propose_data.features(typed.assign(wish="one cake"), rules)
    assert few.texts.dimensions == 1
    propose_data.put_features(plan, settings)
    assert value(plan, "featurize.texts.dimensions") == 3


@pytest.mark.slow
def test_alike_sets_get_the_usual_limits_of_the_data_gate(plan, subsets, rules):
    propose_data.put_data_gate(plan, *subsets, rules, ["wish"])
    usual = {"number": 0.15, "category": 0.5, "text": 0.5}
    assert value(plan, "check_data.strong") == ["wish"]
    assert value(plan, "check_data.max_missing_gap") == 0.2
    assert value(plan, "check_data.max_shared_rows") == 0.05
    assert all(limit >= usual[kind] for kind, limit in value(plan, "check_data.max_psi").items())
    section = params.section("check_data") | {
        key.removeprefix("check_data."): limit for key, (limit, _) in plan.values.items()
    }
    assert DataParams.model_validate(section)


def test_a_difference_between_the_sets_widens_a_limit_and_is_asked_about(plan, subsets, rules):
    train, test = subsets
    copies = Subset(train.rows.tail(30).reset_index(drop=True), train.features.tail(30))
    odd = copies.rows.assign(weight=np.nan, guests=12.0)
    silent = test.features.head(30).assign(**{f"wish[{n}]": 0.0 for n in range(6)})
    propose_data.put_data_gate(plan, train, Subset(odd, silent), rules, [])
    questions = "\n".join(plan.questions)
    assert "`guests` differs between the training set and the test set" in questions
    assert "`weight` is missing" in questions
    assert value(plan, "check_data.max_missing_gap") > 0.8
    assert value(plan, "check_data.max_silent_texts") == 1.0
    assert value(plan, "check_data.min_neighbour_gain") == 1
    propose_data.put_data_gate(plan, train, copies, rules, [])
    assert value(plan, "check_data.max_shared_rows") == 1.0
    assert "of the rows of the test set equal a row of the training set" in plan.questions[-1]


def test_fewer_rows_are_drawn_where_features_would_not_fit(plan, settings):
    ingest = settings("ingest", split.Params).model_copy(update={"max_rows": 1000})
    cells = settings("featurize", recipe_features.Params).max_cells
    propose_data.put_most_rows(plan, 5, 900, ingest)
    assert (plan.values, plan.warnings) == ({}, [])
    propose_data.put_most_rows(plan, 5, 5000, ingest)
    assert plan.values == {}
    assert plan.warnings[-1].startswith("1,000 of 5,000 rows are drawn at random")
    propose_data.put_most_rows(plan, cells // 400, 5000, ingest)
    assert value(plan, "ingest.max_rows") == 480
    assert "do not fit into memory: 480 rows are drawn" in plan.warnings[-1]
