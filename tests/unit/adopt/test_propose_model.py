"""Parameters of a new table's model: the estimator, and limits that it keeps."""

from dataclasses import replace

import numpy as np
import pytest

from adoption import value, without
from pipeline.adopt import propose_model
from pipeline.adopt.proposal import Subset
from pipeline.data import schema as schemas
from pipeline.model import training
from recipe import estimators

pytestmark = pytest.mark.usefixtures("project", "quick_trials")


@pytest.mark.slow
def test_limits_of_the_model_gate_are_what_the_model_reaches(
    plan, subsets, featurizer, trial, rules
):
    train, test = subsets
    model = training.whole(featurizer, train.features, train.rows["late"], trial.settings)
    propose_model.put_model_gate(plan, train, test, trial, model, rules)
    assert value(plan, "train.estimator") == trial.estimator
    assert "tried: LogisticRegression 0." in plan.values["train.estimator"][1]
    assert value(plan, "check_model.overfit_rows") in propose_model.OVERFIT
    assert 0 < value(plan, "check_model.min_overfit") <= 0.95
    assert value(plan, "check_model.max_shuffled_skill") == 0.2, "the test set has few rows"
    assert 0 < value(plan, "check_model.min_gain") <= 0.1
    assert value(plan, "check_model.unused") == []
    expectations = value(plan, "check_model.expectations")
    assert [expectation["set"] for expectation in expectations] == [
        {"order": "0"},
        {"day": str(test.rows["day"].max().date())},
    ]


@pytest.mark.slow
def test_a_column_that_changes_no_score_is_unused(subsets, featurizer, trial, rules):
    train, test = subsets
    model = training.whole(featurizer, train.features, train.rows["late"], trial.settings)
    for place, name in enumerate(train.features.columns):
        if name.startswith("town="):
            model[-1].coef_[0, place] = 0.0
    assert propose_model._unused(model, test.rows, rules) == ["town"]


@pytest.mark.slow
def test_noise_and_a_constant_are_overfitted_as_far_as_they_go(subsets, trial, rules):
    train, _ = subsets
    constant = Subset(train.rows.assign(late="no"), train.features)
    assert propose_model._overfit(constant, trial.settings, rules) == (10, 0.1)
    noise = train.rows.assign(late=np.random.default_rng(0).choice(["no", "yes"], 90))
    rows, accuracy = propose_model._overfit(
        Subset(noise, train.features * 0), trial.settings, rules
    )
    assert rows in propose_model.OVERFIT
    assert accuracy < 0.96


@pytest.mark.slow
def test_a_number_is_overfitted(subsets, rules):
    number = without(rules, "late", guests=schemas.Column(type="number", role="target"))
    settings = estimators.Params(
        estimator="sklearn.tree.DecisionTreeRegressor", arguments={}, seed=1
    )
    assert propose_model._overfit(subsets[0], settings, number) == (50, 1.0)


def test_gain_is_far_above_chance(trial):
    assert propose_model.gain(trial.sample) > 2 * propose_model.gain_by_chance(trial.sample)
    number = replace(trial.sample, task="regression", labels=[], truth=np.arange(120.0),
                     scores=np.arange(120.0), threshold=None)  # fmt: skip
    assert propose_model.gain(number) == 1.0
    assert propose_model.gain_by_chance(number) == 0.0
