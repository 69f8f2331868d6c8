"""The metrics of `recipe/metrics.py`, computed by hand for a few rows."""

import math

import numpy as np
import pytest

from recipe import metrics

# Of the four pairs of a positive and a negative row, three are in the right order: ROC AUC 3/4.
# At the threshold 0.5 the second and the third row are wrong. Each row is alone in its bin.
TRUTH = np.array([False, False, True, True])
SCORES = np.array([0.1, 0.6, 0.35, 0.8])
BINARY = {
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

# The most probable classes are a, b, b: the third row, a c, is wrong. Against the rest, the scores
# of a and of b rank 2 of 2 and 1 of 2 pairs rightly, those of c 1 of 2 and an equal one.
CLASSES = np.array([0, 1, 2])
SHARES = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.1, 0.6, 0.3]])
MULTICLASS = {
    "roc_auc": (1 + 0.5 + 0.75) / 3,
    "accuracy": 2 / 3,
    "error_rate": 1 / 3,
    "balanced_accuracy": 2 / 3,
    "macro_f1": (1 + 2 / 3 + 0) / 3,
    "log_loss": -sum(map(math.log, (0.7, 0.5, 0.3))) / 3,
    "recall of a": 1.0,
    "precision of b": 0.5,
}

# The errors are 0, 1, 0, -2; the mean is 3, and the squared distances from it are 4, 1, 0, 9.
ACTUAL, PREDICTED = np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 3.0, 3.0, 4.0])
REGRESSION = {"r2": 1 - 5 / 14, "rmse": math.sqrt(5 / 4), "mae": 3 / 4}


@pytest.mark.parametrize(("name", "value"), BINARY.items())
def test_a_binary_metric_is_as_computed_by_hand(name, value):
    metric = metrics.metrics_of("binary", ["no", "yes"])[name]
    assert metric.value(TRUTH, SCORES, 0.5) == pytest.approx(value)


@pytest.mark.parametrize(("name", "value"), MULTICLASS.items())
def test_a_multiclass_metric_is_as_computed_by_hand(name, value):
    metric = metrics.metrics_of("multiclass", ["a", "b", "c"])[name]
    assert metric.value(CLASSES, SHARES, None) == pytest.approx(value)


@pytest.mark.parametrize(("name", "value"), REGRESSION.items())
def test_a_metric_of_numbers_is_as_computed_by_hand(name, value):
    metric = metrics.metrics_of("regression", [])[name]
    assert metric.value(ACTUAL, PREDICTED, None) == pytest.approx(value)


def test_a_metric_that_the_rows_do_not_determine_is_none():
    both_positive = np.array([True, True])
    assert metrics.BINARY["roc_auc"].value(both_positive, SCORES[:2], 0.5) is None
    assert metrics.BINARY["recall"].value(~both_positive, SCORES[:2], 0.5) is None
    assert metrics.BINARY["precision"].value(both_positive, SCORES[:2], 0.9) is None
    assert metrics.REGRESSION["r2"].value(np.ones(2), np.zeros(2), None) is None


def test_less_error_is_a_gain():
    assert metrics.BINARY["brier"].gain(0.1, 0.3) == pytest.approx(0.2)
    assert metrics.BINARY["roc_auc"].gain(0.9, 0.7) == pytest.approx(0.2)
