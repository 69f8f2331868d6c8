"""What predictions are worth: numbers worked out by hand."""

import math

import numpy as np
import pytest

from pipeline.core.metric import measure
from recipe import metrics
from recipe.metrics import BINARY, REGRESSION

TRUTH = np.array([False, False, True, True])
SCORES = np.array([0.1, 0.6, 0.35, 0.8])

# Of the 4 pairs of a positive and a negative, one is the wrong way round: ROC AUC 3/4.
# In order of score: +, -, +, - so that the average precision is (1/1 + 2/3) / 2.
# At 0.5 the second and the third are wrong: one hit of two, one alarm of two.
# Each row has a bin of its own, so the calibration error is the mean distance from the truth.
BY_HAND = {
    "roc_auc": 0.75,
    "average_precision": (1 + 2 / 3) / 2,
    "accuracy": 0.5,
    "error_rate": 0.5,
    "recall": 0.5,
    "precision": 0.5,
    "f1": 0.5,
    "log_loss": -sum(map(math.log, (0.9, 0.4, 0.35, 0.8))) / 4,
    "brier": (0.1**2 + 0.6**2 + 0.65**2 + 0.2**2) / 4,
    "calibration_error": (0.1 + 0.6 + 0.65 + 0.2) / 4,
}

LABELS = ["a", "b", "c"]
CLASSES = metrics.metrics_of("multiclass", LABELS)
PLACES = np.array([0, 0, 1, 2, 2])
SHARES = np.array(
    [[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.3, 0.6, 0.1], [0.1, 0.2, 0.7], [0.6, 0.1, 0.3]]
)

# The likeliest are a, b, b, c, a: right in the first, third and fourth row. Recall: a 1/2, b 1/1,
# c 1/2; precision: a 1/2, b 1/2, c 1/1. Against the rest, in order of their scores:
# a 0.7+ 0.6 0.3 0.2+ 0.1: 4 of 6 pairs; b 0.6+ first of all: 4 of 4;
# c 0.7+ 0.3+ 0.3 0.1 0.1: 5.5 of 6.
CLASSES_BY_HAND = {
    "roc_auc": (4 / 6 + 1 + 5.5 / 6) / 3,
    "accuracy": 3 / 5,
    "error_rate": 2 / 5,
    "balanced_accuracy": (1 / 2 + 1 + 1 / 2) / 3,
    "macro_f1": (1 / 2 + 2 / 3 + 2 / 3) / 3,
    "log_loss": -sum(map(math.log, (0.7, 0.2, 0.6, 0.7, 0.3))) / 5,
    "recall of a": 1 / 2,
    "recall of b": 1.0,
    "recall of c": 1 / 2,
    "precision of a": 1 / 2,
    "precision of b": 1 / 2,
    "precision of c": 1.0,
}

ACTUAL, SAID = np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 3.0, 3.0, 4.0])

# Errors 0, 1, 0, -2; the mean is 3, and the squared distances from it 4, 1, 0, 9.
NUMBERS_BY_HAND = {"r2": 1 - 5 / 14, "rmse": math.sqrt(5 / 4), "mae": 3 / 4}

ALL = [
    *((BINARY, TRUTH, SCORES, name, value) for name, value in BY_HAND.items()),
    *((CLASSES, PLACES, SHARES, name, value) for name, value in CLASSES_BY_HAND.items()),
    *((REGRESSION, ACTUAL, SAID, name, value) for name, value in NUMBERS_BY_HAND.items()),
]


@pytest.mark.slow
def test_every_metric_is_worked_out_here():
    assert set(BY_HAND) == set(metrics.metrics_of("binary", ["no", "yes"]))
    assert set(CLASSES_BY_HAND) == set(CLASSES)
    assert set(NUMBERS_BY_HAND) == set(metrics.metrics_of("regression", []))


@pytest.mark.slow
@pytest.mark.parametrize(("known", "truth", "scores", "name", "value"), ALL)
def test_a_metric_is_what_it_is_by_hand(known, truth, scores, name, value):
    assert measure(known, truth, scores, 0.5)[name] == pytest.approx(value)


@pytest.mark.slow
@pytest.mark.parametrize(("known", "truth", "scores", "name", "value"), ALL)
def test_a_perfect_model_gains_on_the_worst(known, truth, scores, name, value):
    perfect = np.eye(3)[truth] if known is CLASSES else truth.astype("float64")
    worst = np.roll(perfect, 1, axis=1) if known is CLASSES else truth.max() - perfect
    best, least = (measure(known, truth, said, 0.5)[name] for said in (perfect, worst))
    least = 0.0 if least is None else least  # nobody was said to be positive: no precision
    assert known[name].gain(best, least) > 0 > known[name].gain(least, best)


@pytest.mark.slow
def test_a_score_at_the_threshold_is_positive():
    assert measure(BINARY, TRUTH, SCORES, 0.6)["accuracy"] == 0.5
    assert measure(BINARY, TRUTH, SCORES, 0.61)["accuracy"] == 0.75


def absent(known, truth, scores) -> set[str]:
    return {name for name, value in measure(known, truth, scores, 0.5).items() if value is None}


@pytest.mark.slow
def test_undefined_metrics_are_none():
    scores = np.array([0.2, 0.9])
    ranking = {"roc_auc", "average_precision"}
    assert absent(BINARY, np.array([True, True]), scores) == ranking
    assert absent(BINARY, np.array([False, False]), scores) == ranking | {"recall", "f1"}
    assert absent(BINARY, np.array([False, True]), scores / 9) == {"precision"}
    assert absent(CLASSES, PLACES[:3], SHARES[:3]) == {"roc_auc", "recall of c", "precision of c"}
    assert absent(REGRESSION, np.array([2.0, 2.0]), scores) == {"r2"}
    assert absent(REGRESSION, np.array([2.0]), scores[:1]) == {"r2"}
    assert absent(REGRESSION, np.array([2.0, 2.1]), scores) == set()


@pytest.mark.slow
def test_macro_means_ignore_classes_that_never_occur():
    found = measure(CLASSES, np.array([0, 1, 1, 1]), np.eye(3)[[0, 1, 0, 0]], None)
    assert found["balanced_accuracy"] == pytest.approx((1 + 1 / 3) / 2)
    assert found["macro_f1"] == pytest.approx((1 / 2 + 1 / 2) / 2)


def test_no_metric_is_defined_without_rows():
    assert absent(BINARY, TRUTH[:0], SCORES[:0]) == set(BINARY)
    assert absent(CLASSES, PLACES[:0], SHARES[:0]) == set(CLASSES)


@pytest.mark.slow
def test_a_bin_weighs_as_much_as_it_has_rows():
    """Three rows at 0.2, of which one is positive, and one negative at 0.9."""
    truth, scores = np.array([True, False, False, False]), np.array([0.2, 0.2, 0.2, 0.9])
    found = measure(BINARY, truth, scores, 0.5)["calibration_error"]
    assert found == pytest.approx((3 * (1 / 3 - 0.2) + 1 * 0.9) / 4)
