"""What estimators reach in cross-validation, and what chance changes of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.adopt import cross_validation
from pipeline.data import schema as schemas
from pipeline.evaluation.sample import Sample
from recipe import estimators
from recipe import features as recipe_features

DRAW = np.random.default_rng(1)


def other(rules, **column) -> schemas.Schema:
    """Return the schema with another target of the mock orders."""
    rest = {name: one for name, one in rules.columns.items() if name not in ("late", *column)}
    return rules.model_copy(update={"columns": rest | column})


@pytest.mark.slow
def test_candidates_are_scored_on_unseen_rows(trial, typed):
    assert sorted(trial.reached) == sorted(
        name for name, _ in cross_validation.CANDIDATES["classes"]
    )
    assert trial.estimator.endswith("LogisticRegression")
    assert trial.settings.arguments == trial.arguments
    assert len(trial.sample.truth) == len(typed) == len(trial.rows)
    assert trial.sample.truth.sum() == (typed["late"] == "yes").sum()
    reached = cross_validation.value_of(trial.sample, "roc_auc")
    assert reached > 0.7 > cross_validation.value_of(trial.baseline, "roc_auc") + 0.1
    assert trial.with_threshold(0.3).sample.threshold == 0.3


@pytest.mark.slow
def test_numbers_and_several_classes_have_baselines(typed, rules, settings, quick_trials):
    how = settings("featurize", recipe_features.Params)
    number = other(rules, guests=schemas.Column(type="number", role="target"))
    other_trial = cross_validation.run(typed, number, how, "random")
    assert other_trial.sample.task == "regression"
    assert np.abs(other_trial.baseline.scores - typed["guests"].mean()).max() < 1
    sizes = ("large", "medium", "small")
    several = other(rules, size=schemas.Column(type="category", role="target", levels=sizes))
    rows = typed[typed["size"].notna()]
    other_trial = cross_validation.run(rows, several, how, "random")
    assert other_trial.sample.scores.shape == (len(rows), 3)
    assert np.abs(other_trial.baseline.scores.sum(axis=1) - 1).max() < 1e-12


def test_by_time_each_block_is_tested_after_the_rows_before_it(typed, rules):
    for train, test in cross_validation.folds(typed, rules, "time"):
        assert train.max() < test.min()
    late = typed.assign(late=["no"] * 100 + ["yes"] * 20)
    assert len(list(cross_validation.folds(late, rules, "time"))) == 1, "a model needs two classes"


@pytest.mark.slow
def test_no_group_is_in_both_sets(typed, rules):
    parts = list(cross_validation.folds(typed, rules, "group"))
    assert len(parts) == cross_validation.FOLDS
    for train, test in parts:
        assert not {*typed["shop"].iloc[train]} & {*typed["shop"].iloc[test]}


@pytest.mark.slow
def test_at_random_each_class_is_in_each_fold(typed, rules):
    rare = typed.assign(late=["yes", "yes", "yes"] + ["no"] * 117)
    assert all(
        rare["late"].iloc[test].nunique() == 2
        for _, test in cross_validation.folds(rare, rules, "")
    )


@pytest.mark.slow
@pytest.mark.parametrize("split", ["random", "time"])
def test_many_rows_are_sampled_and_by_time_the_latest_taken(
    typed, rules, settings, monkeypatch, quick_trials, split
):
    monkeypatch.setattr(cross_validation, "MOST_ROWS", 90)
    how = settings("featurize", recipe_features.Params)
    other_trial = cross_validation.run(typed.sample(frac=1, random_state=0), rules, how, split)
    if split == "time":
        assert other_trial.rows["day"].is_monotonic_increasing
        assert (len(other_trial.rows), other_trial.rows["day"].max()) == (45, typed["day"].max())
    else:
        assert len(other_trial.rows) == 90


@pytest.mark.slow
def test_the_linear_estimator_is_kept_unless_another_is_clearly_better():
    spare = cross_validation.LINEAR_SPARE
    assert cross_validation._choice({"linear": 0.8, "other": 0.8 + spare / 2}) == "linear"
    assert cross_validation._choice({"linear": 0.8, "other": 0.8 + 2 * spare}) == "other"


@pytest.fixture
def sample() -> Sample:
    truth = DRAW.random(400) < 0.4
    return Sample("binary", ["no", "yes"], truth, truth * 0.3 + DRAW.random(400) * 0.7, 0.5)


@pytest.mark.slow
def test_chance_moves_a_metric_less_on_more_rows(sample, quick_trials):
    few, many = (cross_validation.by_chance(sample, "roc_auc", rows) for rows in (30, 300))
    assert few.std() > 2 * many.std()
    part = cross_validation.by_chance(sample, "error_rate", 50, sample.truth)
    assert part.std() > 0


@pytest.mark.slow
def test_draws_with_an_undefined_metric_are_left_out(sample, quick_trials):
    rare = replace(sample, truth=np.arange(400) == 0)
    assert len(cross_validation.by_chance(rare, "roc_auc", 20)) < cross_validation.DRAWS / 2
    assert (
        cross_validation.value_of(replace(sample, truth=sample.truth & False), "roc_auc") == -np.inf
    )


@pytest.mark.slow
def test_a_limit_lies_beyond_the_worst_of_chance(sample, quick_trials):
    ends = cross_validation.ends_by_chance(sample, ["roc_auc", "error_rate"], 80)
    for name, higher in (("roc_auc", True), ("error_rate", False)):
        value = cross_validation.value_of(sample, name)
        limit = cross_validation.least_expected(value, ends[name], higher)
        assert limit < ends[name].min() <= value if higher else limit > ends[name].max() >= value
    assert cross_validation.least_expected(0.5, np.array([0.4]), True) is None


@pytest.mark.slow
def test_a_class_without_rows_scores_zero(typed, rules):
    made = pd.DataFrame({"a": np.arange(120.0)})
    late = schemas.Column(type="category", role="target", levels=("never", "no", "yes"))
    how = estimators.Params(
        estimator=cross_validation.CANDIDATES["classes"][0][0], arguments={}, seed=1
    )
    scores = cross_validation.scores_of(made, typed["late"], made, how, other(rules, late=late))
    assert scores.shape == (120, 3)
    assert (scores[:, 0] == 0).all()
