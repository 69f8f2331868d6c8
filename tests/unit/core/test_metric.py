"""A metric's value, gain and failure; what scores decide, and the bins of a calibration curve."""

import numpy as np
import pytest

from pipeline.core.errors import Refusal
from pipeline.core.metric import Metric, calibration_bins, calibration_curve, decide, measure


@pytest.mark.slow
@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_metric_that_is_no_number_was_not_measured(odd):
    known = {"odd": Metric(lambda *_: odd, True), "two": Metric(lambda *_: 2, True)}
    found = measure(known, np.array([True]), np.array([0.5]), 0.5)
    assert found == {"odd": None, "two": 2.0}


def test_less_error_is_a_gain():
    assert Metric(abs, higher_is_better=True).gain(0.9, 0.7) == pytest.approx(0.2)
    assert Metric(abs, higher_is_better=False).gain(0.1, 0.3) == pytest.approx(0.2)


def test_a_score_at_the_threshold_is_positive():
    assert decide(np.array([0.5, 0.49]), 0.5).tolist() == [1, 0]


def test_the_most_probable_class_is_predicted():
    shares = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    assert decide(shares, None).tolist() == [0, 1, 2]


def share_of(truth, scores, threshold, label=1):
    return np.mean(truth == label)


def test_a_metric_of_one_class_is_told_its_place():
    metric = Metric(share_of, True, lambda truth, scores, threshold, label: label < 2)
    truth = np.array([0, 1, 1, 2])
    assert [metric.of_class(place).value(truth, truth, None) for place in range(3)] == [
        0.25,
        0.5,
        None,
    ]


def broken(truth, scores, threshold):
    raise ValueError("only one class")


def of_each_row(truth, scores, threshold):
    return scores


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (broken, "`broken` failed on 2 rows (ValueError: only one class)"),
        (of_each_row, "`of_each_row` failed on 2 rows (TypeError: only "),
    ],
)
def test_a_metric_that_fails_is_refused_in_one_sentence(function, reason):
    with pytest.raises(Refusal) as refused:
        Metric(function, True).value(np.array([True, True]), np.array([0.5, 0.6]), 0.5)
    assert str(refused.value).startswith(f"recipe/metrics.py: {reason}")
    assert "`defined` in its row of the table" in str(refused.value)


def test_a_metric_of_one_class_that_fails_is_named_by_its_function():
    with pytest.raises(Refusal, match="`share_of` failed on 1 rows"):
        Metric(share_of, True, lambda *_, label: 1 / 0).of_class(1).value(
            np.ones(1), np.ones(1), None
        )


@pytest.mark.slow
def test_calibration_takes_0_and_1_and_leaves_out_empty_bins():
    truth, scores = np.array([False, True, True]), np.array([0.0, 1.0, 0.95])
    count, score, share = calibration_curve(truth, scores)
    assert count.tolist() == [1, 2]
    assert score.tolist() == [0.0, 0.975]
    assert share.tolist() == [0.0, 1.0]


@pytest.mark.slow
def test_there_are_ten_bins_of_equal_width():
    scores = np.array([0.0, 0.09, 0.1, 0.19, 0.5, 0.89, 0.9, 1.0])
    assert calibration_bins(scores).tolist() == [0, 0, 1, 1, 5, 8, 9, 9]
