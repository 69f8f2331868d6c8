"""What predictions are worth: numbers worked out by hand."""

import math

import numpy as np
import pytest

from pipeline import metrics

TRUTH = np.array([False, False, True, True])
SCORES = np.array([0.1, 0.6, 0.35, 0.8])

# Of the 4 pairs of a positive and a negative, one is the wrong way round: ROC AUC 3/4.
# In order of score: +, -, +, - so that the average precision is (1/1 + 2/3) / 2.
# At 0.5 the second and the third are wrong.
# Each row has a bin of its own, so the calibration error is the mean distance from the truth.
BY_HAND = {
    "roc_auc": 0.75,
    "average_precision": (1 + 2 / 3) / 2,
    "accuracy": 0.5,
    "error_rate": 0.5,
    "log_loss": -sum(map(math.log, (0.9, 0.4, 0.35, 0.8))) / 4,
    "brier": (0.1**2 + 0.6**2 + 0.65**2 + 0.2**2) / 4,
    "calibration_error": (0.1 + 0.6 + 0.65 + 0.2) / 4,
}


def test_every_metric_is_worked_out_here():
    assert set(BY_HAND) == set(metrics.METRICS)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_metric_is_what_it_is_by_hand(name):
    assert metrics.measure(TRUTH, SCORES, 0.5)[name] == pytest.approx(BY_HAND[name])


@pytest.mark.parametrize("name", BY_HAND)
def test_a_perfect_model_gains_on_the_worst(name):
    perfect = metrics.measure(TRUTH, TRUTH.astype("float64"), 0.5)[name]
    worst = metrics.measure(TRUTH, 1.0 - TRUTH, 0.5)[name]
    assert metrics.gain(name, perfect, worst) > 0 > metrics.gain(name, worst, perfect)


def test_a_score_at_the_threshold_is_positive():
    assert metrics.measure(TRUTH, SCORES, 0.6)["accuracy"] == 0.5
    assert metrics.measure(TRUTH, SCORES, 0.61)["accuracy"] == 0.75


@pytest.mark.parametrize("truth", [[True, True], [False, False]])
def test_of_one_class_there_is_no_ranking(truth):
    found = metrics.measure(np.array(truth), np.array([0.2, 0.9]), 0.5)
    assert {name for name, value in found.items() if value is None} == {
        "roc_auc",
        "average_precision",
    }
    assert found["accuracy"] == 0.5


def test_of_no_rows_there_is_nothing():
    assert set(metrics.measure(np.array([], bool), np.array([]), 0.5).values()) == {None}


def test_calibration_takes_0_and_1_and_leaves_out_empty_bins():
    truth, scores = np.array([False, True, True]), np.array([0.0, 1.0, 0.95])
    count, score, share = metrics.calibration(truth, scores)
    assert count.tolist() == [1, 2]
    assert score.tolist() == [0.0, 0.975]
    assert share.tolist() == [0.0, 1.0]


def test_confusion_has_the_truth_in_rows_and_both_classes_always():
    assert metrics.confusion(TRUTH, SCORES, 0.5).tolist() == [[1, 1], [1, 1]]
    assert metrics.confusion(TRUTH[2:], SCORES[2:], 0.1).tolist() == [[0, 0], [0, 2]]
