"""Thresholds for a new table's model and its slices."""

from dataclasses import replace

import numpy as np
import pytest

from adoption import value, without
from pipeline.adopt import cross_validation, propose_thresholds
from pipeline.core.errors import Refusal
from pipeline.evaluation.slices import Cuts, cut

pytestmark = pytest.mark.usefixtures("project", "quick_trials")


@pytest.mark.slow
def test_thresholds_allow_for_chance_in_the_test_set(plan, trial, rules):
    propose_thresholds.put_thresholds(plan, trial, 100, rules)
    thresholds, why = plan.values["evaluate.thresholds"]
    reached = cross_validation.value_of(trial.sample, "roc_auc")
    assert 0.5 < thresholds["roc_auc"]["min"] < reached
    assert thresholds["roc_auc"]["gain"] > 0
    assert thresholds["error_rate"]["max"] > cross_validation.value_of(trial.sample, "error_rate")
    assert why["roc_auc"].startswith(f"{reached:.4g} in cross-validation, 0.")
    watched = value(plan, "monitor.thresholds")
    assert watched["roc_auc"]["min"] < thresholds["roc_auc"]["min"]
    assert value(plan, "evaluate.decision_threshold") == 0.5


def test_a_small_test_set_is_asked_about(plan, trial, rules):
    propose_thresholds.put_thresholds(plan, trial, 6, rules)
    assert "In a test set of 6 rows chance may lower roc_auc" in "\n".join(plan.questions)


@pytest.mark.slow
@pytest.mark.parametrize(("share", "level"), [(0.4, 0.5), (0.05, None)])
def test_a_rare_class_has_a_lower_decision_threshold(trial, share, level):
    draw = np.random.default_rng(0)
    truth = draw.random(400) < share
    scores = np.clip(truth * 0.15 + draw.random(400) * 0.1, 0, 1)
    sample = replace(trial.sample, truth=truth, scores=scores)
    threshold = propose_thresholds.decision_threshold(replace(trial, sample=sample))
    assert threshold == level or (level is None and 0.05 < threshold < 0.2)


def test_only_two_classes_have_a_decision_threshold(trial):
    number = replace(trial.sample, task="regression")
    assert propose_thresholds.decision_threshold(replace(trial, sample=number)) is None


def test_slices_are_cut_by_large_levels_of_public_columns(typed, rules):
    both = typed.head(90), typed.tail(60)
    assert propose_thresholds.cuts(*both, rules, []) == Cuts(values=["town", "size"])
    private = {name: rules.columns[name].model_copy(update={"private": True})
               for name in ("size", "town")}  # fmt: skip
    hidden = propose_thresholds.cuts(*both, without(rules, **private), [])
    assert hidden.values == []
    assert list(hidden.bins) == ["weight"], "a number, where there is no category"
    named = propose_thresholds.cuts(*both, rules, ["guests", "shop"])
    assert (named.values, list(named.bins)) == (["shop"], ["guests"])
    assert named.bins["guests"] == sorted(named.bins["guests"])
    with pytest.raises(Refusal, match="SLICES: `colour` is left out of the data set"):
        propose_thresholds.cuts(*both, rules, ["colour"])


@pytest.mark.slow
@pytest.mark.parametrize(("test", "least"), [(30, 10), (500, 50), (9000, 100)])
def test_a_slice_needs_a_share_of_the_rows(test, least):
    assert propose_thresholds.min_rows(test) == least


@pytest.mark.slow
def test_the_worst_slice_sets_the_limit(plan, trial):
    how = Cuts(values=["size"])
    propose_thresholds.put_slices(plan, how, cut(trial.rows, how, ""), trial, 60)
    limit = value(plan, "evaluate.slices.thresholds")["error_rate"]["max"]
    assert cross_validation.value_of(trial.sample, "error_rate") < limit <= 1.0
    assert value(plan, "monitor.slices") == {"values": ["size"]}
    propose_thresholds.put_slices(plan, how, [], trial, 60)
    assert value(plan, "evaluate.slices.thresholds")["error_rate"]["max"] <= 1.0
