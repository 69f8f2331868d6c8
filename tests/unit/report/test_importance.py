"""Permutation importance."""

import numpy as np
import pytest

from pipeline.evaluation.sample import Sample
from pipeline.report import importance
from pipeline.report.settings import Importance
from recipe.metrics import BINARY

pytestmark = pytest.mark.slow

HOW = Importance(rows=100, repeats=3, seed=1)


def measured(scorer, typed, kind=BINARY["roc_auc"]):
    truth = scorer.rules.truth(typed["late"])
    sample = Sample("binary", ["no", "yes"], truth, scorer.scores(typed), 0.5)
    return importance.measure(scorer, typed, sample, kind, HOW)


def test_columns_that_make_the_target_are_most_important(scorer, typed):
    losses = measured(scorer, typed)
    assert {loss.column for loss in losses} == set(scorer.rules.features)
    assert {losses[0].column, losses[1].column} == {"wish", "guests"}
    assert losses[0].least <= losses[0].mean <= losses[0].most
    assert abs({loss.column: loss for loss in losses}["town"].mean) < 0.1


def test_the_same_seed_gives_the_same_figures(scorer, typed):
    before = typed.copy()
    assert measured(scorer, typed) == measured(scorer, typed)
    assert typed.equals(before)


def test_an_undefined_metric_has_no_importance(scorer, typed):
    assert measured(scorer, typed[typed["late"] == "no"]) == []


def test_of_many_columns_fewer_rows_are_shuffled(typed, monkeypatch):
    assert len(importance.rows_of(typed, 5, HOW)) == 100
    monkeypatch.setattr(importance, "MOST_SCORED", 300)
    monkeypatch.setattr(importance, "LEAST_ROWS", 10)
    places = importance.rows_of(typed, 5, HOW)
    assert len(places) == 20
    assert (np.diff(places) > 0).all()
    assert len(importance.rows_of(typed, 500, HOW)) == 10
