"""The output: its shape, its type, and probabilities that are probabilities."""

import numpy as np
import pytest


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_there_is_one_probability_a_row(scorer, rows, count):
    scores = scorer.scores(rows.head(count))
    assert scores.shape == (min(count, len(rows)),), f"{count} rows gave the shape {scores.shape}"
    assert scores.dtype == np.float64, f"the scores are {scores.dtype}, not float64"


def test_probabilities_lie_between_0_and_1(scorer, rows):
    scores = scorer.scores(rows)
    assert np.isfinite(scores).all(), "some scores are NaN or infinite"
    assert ((scores >= 0) & (scores <= 1)).all(), "some scores are no probabilities"


def test_the_classes_probabilities_add_up_to_one(model, rows, rules):
    sums = model.predict_proba(rows[rules.features]).sum(axis=1)
    assert np.abs(sums - 1).max() < 1e-9, "the classes' probabilities do not add up to 1"


def test_the_classes_are_the_targets_levels(model, rules):
    assert sorted(model.classes_) == sorted(rules.labels), f"the classes are {model.classes_}"


def test_the_scores_vary(scorer, rows):
    spread = np.ptp(scorer.scores(rows))
    assert spread > 0.01, f"all scores are within {spread:.3g}: the model says one thing to all"
