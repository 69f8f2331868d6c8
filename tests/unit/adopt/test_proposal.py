"""Parameters for a table that nobody has looked at: each fits the rows that it was taken from."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.adopt import cross_validation as trial
from pipeline.adopt import proposal
from pipeline.adopt.decisions import ABSENT
from pipeline.adopt.proposal import Proposal
from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.data import schema as schemas
from pipeline.evaluation.slices import Cuts, cut
from pipeline.gates.settings import DataParams
from pipeline.model import featurizer as featurizers
from pipeline.model import training
from recipe import estimators
from recipe import features as recipe_features

pytestmark = pytest.mark.usefixtures("project", "quick_trials")


@pytest.fixture
def plan() -> Proposal:
    return Proposal()


@pytest.fixture
def parts(typed) -> dict[str, pd.DataFrame]:
    rows = typed.sample(frac=1, random_state=2).reset_index(drop=True)
    return {"train": rows[:90], "test": rows[90:].reset_index(drop=True)}


@pytest.fixture
def made(parts, featurizer, rules):
    return {name: featurizers.transform(featurizer, rows, rules) for name, rows in parts.items()}


@pytest.fixture(scope="session")
def tried(typed, rules, settings, quick_trials) -> trial.Trial:
    return trial.run(typed, rules, settings("featurize", recipe_features.Params), "random")


def without(rules, *names, **other) -> schemas.Schema:
    rest = {name: column for name, column in rules.columns.items() if name not in names}
    return rules.model_copy(update={"columns": rest | other})


def value(plan: Proposal, key: str):
    return plan.values[key][0]


def test_rows_are_split_by_time_by_group_or_at_random(typed, rules):
    by_time = proposal.split(typed, rules)
    assert (by_time.by, str(by_time.test_from)) == ("time", "2024-04-05")
    assert proposal.split(typed, without(rules, "day")).by == "group"
    assert proposal.split(typed, without(rules, "day", "shop")).by == "random"
    crowded = typed.assign(day=[typed["day"][0]] * 115 + [typed["day"][9]] * 5)
    assert str(proposal.split(crowded, rules).test_from) == "2024-01-10", "some rows are trained on"


@pytest.mark.slow
def test_the_split_is_written_and_bad_rows_have_some_slack(plan, typed, rules):
    proposal.put_split(plan, proposal.split(typed, without(rules, "day")), 0.0)
    assert (value(plan, "ingest.split.by"), value(plan, "ingest.max_bad_rows")) == ("group", 0.01)
    assert value(plan, "ingest.split.test_from") is ABSENT
    proposal.put_split(plan, proposal.split(typed, rules), 0.4)
    assert value(plan, "ingest.split.test_from") == "2024-04-05"
    most, why = plan.values["ingest.max_bad_rows"]
    assert 0.4 < most < 1
    assert "40.0% do now" in why


@pytest.mark.slow
def test_a_text_of_few_words_has_few_dimensions(plan, typed, rules):
    how = proposal.features(typed, rules)
    assert (how.categories.min_rows, how.texts.min_rows, how.texts.dimensions) == (2, 2, 3)
    few = proposal.features(typed.assign(wish="one cake"), rules)
    assert few.texts.dimensions == 1
    proposal.put_features(plan, how)
    assert value(plan, "featurize.texts.dimensions") == 3


@pytest.mark.slow
def test_limits_of_the_data_gate_are_the_usual_ones_where_the_parts_are_alike(
    plan, parts, made, rules
):
    proposal.put_data_gates(plan, parts, made, rules, {"wish": "told"})
    usual = {"number": 0.15, "category": 0.5, "text": 0.5}
    assert value(plan, "check_data.strong") == ["wish"]
    assert value(plan, "check_data.max_missing_gap") == 0.2
    assert value(plan, "check_data.max_shared_rows") == 0.05
    assert all(limit >= usual[kind] for kind, limit in value(plan, "check_data.max_psi").items())
    section = params.section("check_data") | {
        key.removeprefix("check_data."): found for key, (found, _) in plan.values.items()
    }
    assert DataParams.model_validate(section)


def test_what_differs_between_the_parts_widens_a_limit_and_is_asked_about(plan, parts, made, rules):
    copies = parts["train"].tail(30).reset_index(drop=True)
    odd = copies.assign(weight=np.nan, guests=12.0)
    silent = {**made, "test": made["test"].assign(**{f"wish[{n}]": 0.0 for n in range(6)})}
    proposal.put_data_gates(plan, parts | {"test": odd}, silent, rules, {})
    told = "\n".join(plan.questions)
    assert "`guests` differs between the train and the test part" in told
    assert "`weight` is missing" in told
    assert value(plan, "check_data.max_missing_gap") > 0.8
    assert value(plan, "check_data.max_silent_texts") == 1.0
    assert value(plan, "check_data.min_neighbour_gain") == 1
    proposal.put_data_gates(plan, parts | {"test": copies}, made, rules, {})
    assert value(plan, "check_data.max_shared_rows") == 1.0
    assert "of the test part's rows equal a row of the train part" in plan.questions[-1]


@pytest.mark.slow
def test_the_model_gate_asks_what_a_model_can_do(plan, parts, made, featurizer, tried, rules):
    model = training.whole(featurizer, made["train"], parts["train"]["late"], tried.how)
    proposal.put_model_gates(plan, parts, made, tried, model, rules)
    assert value(plan, "train.estimator") == tried.estimator
    assert "tried: LogisticRegression 0." in plan.values["train.estimator"][1]
    assert value(plan, "check_model.overfit_rows") in proposal.OVERFIT
    assert 0 < value(plan, "check_model.min_overfit") <= 0.95
    assert value(plan, "check_model.max_shuffled_skill") == 0.2, "few rows to test on"
    assert 0 < value(plan, "check_model.min_gain") <= 0.1
    assert value(plan, "check_model.unused") == []
    asked = value(plan, "check_model.expectations")
    assert [expectation["set"] for expectation in asked] == [
        {"order": "0"},
        {"day": str(parts["test"]["day"].max().date())},
    ]


@pytest.mark.slow
def test_a_column_that_moves_no_score_is_named(parts, made, featurizer, tried, rules):
    model = training.whole(featurizer, made["train"], parts["train"]["late"], tried.how)
    for place, name in enumerate(made["train"].columns):
        if name.startswith("town="):
            model[-1].coef_[0, place] = 0.0
    assert proposal._idle(model, parts["test"], rules) == ["town"]


@pytest.mark.slow
def test_too_few_rows_of_a_class_are_learned_by_heart_as_far_as_it_goes(parts, made, tried, rules):
    one = parts["train"].assign(late="no")
    assert proposal._overfit(one, made["train"], tried.how, rules) == (10, 0.1)
    noise = parts["train"].assign(late=np.random.default_rng(0).choice(["no", "yes"], 90))
    rows, learned = proposal._overfit(noise, made["train"] * 0, tried.how, rules)
    assert rows in proposal.OVERFIT
    assert learned < 0.96


@pytest.mark.slow
def test_a_number_is_learned_by_heart_too(parts, made, rules):
    number = without(rules, "late", guests=schemas.Column(type="number", role="target"))
    how = estimators.Params(estimator="sklearn.tree.DecisionTreeRegressor", arguments={}, seed=1)
    assert proposal._overfit(parts["train"], made["train"], how, number) == (50, 1.0)


@pytest.mark.slow
def test_thresholds_are_what_a_test_part_reaches_unless_it_is_unlucky(plan, tried, rules):
    proposal.put_thresholds(plan, tried, 100, rules)
    thresholds, why = plan.values["evaluate.thresholds"]
    reached = trial.value_of(tried.sample, "roc_auc")
    assert 0.5 < thresholds["roc_auc"]["min"] < reached
    assert thresholds["roc_auc"]["gain"] > 0
    assert thresholds["error_rate"]["max"] > trial.value_of(tried.sample, "error_rate")
    assert why["roc_auc"].startswith(f"{reached:.4g} in cross-validation, 0.")
    watched = value(plan, "monitor.thresholds")
    assert watched["roc_auc"]["min"] < thresholds["roc_auc"]["min"]
    assert value(plan, "evaluate.decision_threshold") == 0.5


def test_few_rows_to_test_on_are_asked_about(plan, tried, rules):
    proposal.put_thresholds(plan, tried, 6, rules)
    assert "6 rows to test on are so few" in "\n".join(plan.questions)


@pytest.mark.slow
@pytest.mark.parametrize(("share", "level"), [(0.4, 0.5), (0.05, None)])
def test_a_rare_class_is_told_from_another_probability_on(tried, share, level):
    draw = np.random.default_rng(0)
    truth = draw.random(400) < share
    scores = np.clip(truth * 0.15 + draw.random(400) * 0.1, 0, 1)
    sample = replace(tried.sample, truth=truth, scores=scores)
    found = proposal.decision_threshold(replace(tried, sample=sample))
    assert found == level or (level is None and 0.05 < found < 0.2)


def test_only_two_classes_have_a_threshold_between_them(tried):
    number = replace(tried.sample, task="regression")
    assert proposal.decision_threshold(replace(tried, sample=number)) is None


def test_rows_are_cut_by_large_levels_of_what_is_not_private(typed, rules):
    both = typed.head(90), typed.tail(60)
    assert proposal.slices(*both, rules, []) == {"values": ["town", "size"], "bins": {}}
    private = {name: rules.columns[name].model_copy(update={"private": True})
               for name in ("size", "town")}  # fmt: skip
    hidden = proposal.slices(*both, without(rules, **private), [])
    assert hidden["values"] == []
    assert list(hidden["bins"]) == ["weight"], "a number, where there is no category"
    asked = proposal.slices(*both, rules, ["guests", "shop"])
    assert (asked["values"], list(asked["bins"])) == (["shop"], ["guests"])
    assert asked["bins"]["guests"] == sorted(asked["bins"]["guests"])
    with pytest.raises(Refusal, match="SLICES: `colour` is left out of the data set"):
        proposal.slices(*both, rules, ["colour"])


@pytest.mark.slow
@pytest.mark.parametrize(("test", "least"), [(30, 10), (500, 50), (9000, 100)])
def test_a_slice_needs_some_rows_to_be_judged(test, least):
    assert proposal.min_rows(test) == least


@pytest.mark.slow
def test_the_worst_slice_sets_the_limit(plan, tried):
    how = {"values": ["size"], "bins": {}}
    proposal.put_slices(plan, how, cut(tried.rows, Cuts(**how), ""), tried, 60)
    limit = value(plan, "evaluate.slices.thresholds")["error_rate"]["max"]
    assert trial.value_of(tried.sample, "error_rate") < limit <= 1.0
    assert value(plan, "monitor.slices") == {"values": ["size"]}
    proposal.put_slices(plan, how, [], tried, 60)
    assert value(plan, "evaluate.slices.thresholds")["error_rate"]["max"] <= 1.0


@pytest.mark.slow
def test_rounding_makes_a_threshold_looser():
    assert proposal.rounded(0.0, math.floor) == 0.0
    assert proposal.rounded(-np.inf, math.floor) == 0.0
    assert proposal.rounded(-0.87654, math.floor) == -0.877


def test_how_far_above_chance_and_what_chance_makes_of_it(tried):
    assert proposal.gain(tried.sample) > 2 * proposal.gain_by_chance(tried.sample)
    number = replace(tried.sample, task="regression", labels=[], truth=np.arange(120.0),
                     scores=np.arange(120.0), threshold=None)  # fmt: skip
    assert proposal.gain(number) == 1.0
    assert proposal.gain_by_chance(number) == 0.0
    assert Path("params.yaml").exists()
