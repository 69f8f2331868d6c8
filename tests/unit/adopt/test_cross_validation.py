"""What estimators reach in cross-validation, and what chance may make of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.adopt import cross_validation as trial
from pipeline.data import schema as schemas
from pipeline.evaluation.sample import Sample
from recipe import estimators
from recipe import features as recipe_features

DRAW = np.random.default_rng(1)


@pytest.fixture
def tried(typed, rules, settings, quick_trials):
    return trial.run(typed, rules, settings("featurize", recipe_features.Params), "random")


def other(rules, **column) -> schemas.Schema:
    """Return the schema with another target of the mock orders."""
    rest = {name: one for name, one in rules.columns.items() if name not in ("late", *column)}
    return rules.model_copy(update={"columns": rest | column})


@pytest.mark.slow
def test_two_candidates_are_scored_on_rows_they_had_not_seen(tried, typed):
    assert sorted(tried.reached) == sorted(name for name, _ in trial.CANDIDATES["classes"])
    assert tried.estimator.endswith("LogisticRegression")
    assert tried.how.arguments == tried.arguments
    assert len(tried.sample.truth) == len(typed) == len(tried.rows)
    assert tried.sample.truth.sum() == (typed["late"] == "yes").sum()
    reached = trial.value_of(tried.sample, "roc_auc")
    assert reached > 0.7 > trial.value_of(tried.baseline, "roc_auc") + 0.1
    assert trial.decided(tried, 0.3).sample.threshold == 0.3


@pytest.mark.slow
def test_a_number_and_several_classes_are_tried_alike(typed, rules, settings, quick_trials):
    how = settings("featurize", recipe_features.Params)
    number = other(rules, guests=schemas.Column(type="number", role="target"))
    found = trial.run(typed, number, how, "random")
    assert found.sample.task == "regression"
    assert np.abs(found.baseline.scores - typed["guests"].mean()).max() < 1
    sizes = ("large", "medium", "small")
    several = other(rules, size=schemas.Column(type="category", role="target", levels=sizes))
    rows = typed[typed["size"].notna()]
    found = trial.run(rows, several, how, "random")
    assert found.sample.scores.shape == (len(rows), 3)
    assert np.abs(found.baseline.scores.sum(axis=1) - 1).max() < 1e-12


def test_by_time_each_block_is_asked_of_what_was_before_it(typed, rules):
    for learned, asked in trial.folds(typed, rules, "time"):
        assert learned.max() < asked.min()
    late = typed.assign(late=["no"] * 100 + ["yes"] * 20)
    assert len(list(trial.folds(late, rules, "time"))) == 1, "what has one class teaches nothing"


@pytest.mark.slow
def test_by_group_no_group_is_on_both_sides(typed, rules):
    parts = list(trial.folds(typed, rules, "group"))
    assert len(parts) == trial.FOLDS
    for learned, asked in parts:
        assert not {*typed["shop"].iloc[learned]} & {*typed["shop"].iloc[asked]}


@pytest.mark.slow
def test_at_random_each_class_is_in_each_fold(typed, rules):
    rare = typed.assign(late=["yes", "yes", "yes"] + ["no"] * 117)
    assert all(rare["late"].iloc[asked].nunique() == 2 for _, asked in trial.folds(rare, rules, ""))


@pytest.mark.slow
@pytest.mark.parametrize("split", ["random", "time"])
def test_of_many_rows_some_are_tried_by_time_the_last(
    typed, rules, settings, monkeypatch, quick_trials, split
):
    monkeypatch.setattr(trial, "MOST_ROWS", 90)
    how = settings("featurize", recipe_features.Params)
    found = trial.run(typed.sample(frac=1, random_state=0), rules, how, split)
    if split == "time":
        assert found.rows["day"].is_monotonic_increasing
        assert (len(found.rows), found.rows["day"].max()) == (45, typed["day"].max())
    else:
        assert len(found.rows) == 90


@pytest.mark.slow
def test_another_estimator_is_chosen_only_if_it_is_clearly_better():
    spare = trial.LINEAR_SPARE
    assert trial._choice({"linear": 0.8, "other": 0.8 + spare / 2}) == "linear"
    assert trial._choice({"linear": 0.8, "other": 0.8 + 2 * spare}) == "other"


@pytest.fixture
def sample() -> Sample:
    truth = DRAW.random(400) < 0.4
    return Sample("binary", ["no", "yes"], truth, truth * 0.3 + DRAW.random(400) * 0.7, 0.5)


@pytest.mark.slow
def test_chance_moves_a_metric_less_on_more_rows(sample, quick_trials):
    few, many = (trial.by_chance(sample, "roc_auc", rows) for rows in (30, 300))
    assert few.std() > 2 * many.std()
    part = trial.by_chance(sample, "error_rate", 50, sample.truth)
    assert part.std() > 0


@pytest.mark.slow
def test_draws_that_do_not_determine_a_metric_are_left_out(sample, quick_trials):
    rare = replace(sample, truth=np.arange(400) == 0)
    assert len(trial.by_chance(rare, "roc_auc", 20)) < trial.DRAWS / 2
    assert trial.value_of(replace(sample, truth=sample.truth & False), "roc_auc") == -np.inf


@pytest.mark.slow
def test_a_limit_lies_beyond_the_worst_that_chance_does(sample, quick_trials):
    ends = trial.ends_by_chance(sample, ["roc_auc", "error_rate"], 80)
    for name, higher in (("roc_auc", True), ("error_rate", False)):
        value = trial.value_of(sample, name)
        limit = trial.least_expected(value, ends[name], higher)
        assert limit < ends[name].min() <= value if higher else limit > ends[name].max() >= value
    assert trial.least_expected(0.5, np.array([0.4]), True) is None


@pytest.mark.slow
def test_a_class_that_is_not_learned_has_no_score(typed, rules):
    made = pd.DataFrame({"a": np.arange(120.0)})
    late = schemas.Column(type="category", role="target", levels=("never", "no", "yes"))
    how = estimators.Params(estimator=trial.CANDIDATES["classes"][0][0], arguments={}, seed=1)
    scores = trial.estimated(made, typed["late"], made, how, other(rules, late=late))
    assert scores.shape == (120, 3)
    assert (scores[:, 0] == 0).all()
