"""Thresholds: each side of each, on the point and on the bound."""

import pytest
from pydantic import ValidationError

from pipeline.core.errors import Refusal
from pipeline.evaluation.thresholds import (
    Check,
    Disparity,
    Measurement,
    Threshold,
    require_known,
    words,
)
from recipe.metrics import BINARY

MEASURED = Measurement(0.9, [0.85, 0.94], 0.5, 0.02, [-0.01, 0.05], compared=True)


def reasons(name="accuracy", measured=MEASURED, reads="point", **threshold) -> list[str]:
    return Check(name, BINARY[name], Threshold(**threshold), "key", reads).missed(measured)


@pytest.mark.slow
@pytest.mark.parametrize("reads", ["point", "bound"])
def test_what_is_met_says_nothing(reads):
    met = {"min": 0.85, "max": 0.94, "gain": 0.35, "max_worse": 0.01, "max_better": 0.05}
    assert reasons(reads=reads, **met) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("threshold", "point", "bound"),
    [
        ({"min": 0.86}, None, "accuracy is 0.9000 (bound 0.8500), below key.min 0.86"),
        ({"min": 0.91}, "accuracy is 0.9000, below key.min 0.91", "below key.min 0.91"),
        ({"max": 0.93}, None, "accuracy is 0.9000 (bound 0.9400), above key.max 0.93"),
        ({"max": 0.89}, "accuracy is 0.9000, above key.max 0.89", "above key.max 0.89"),
        (
            {"gain": 0.36},
            None,
            "accuracy is 0.3500 better than the baseline's 0.5000 (bound 0.8500)",
        ),
        (
            {"gain": 0.41},
            "0.4000 better than the baseline's 0.5000, less than key.gain 0.41",
            "gain",
        ),
        (
            {"max_worse": 0.0},
            None,
            "worse than the champion's (bound 0.0100), more than key.max_wor",
        ),
        ({"max_better": 0.04}, None, "0.0200 better than the champion's (bound 0.0500), more than"),
        ({"max_better": 0.01}, "more than key.max_better 0.01: look for a leak before", "leak"),
    ],
)
def test_what_is_missed_is_named(threshold, point, bound):
    for reads, sentence in (("point", point), ("bound", bound)):
        found = reasons(reads=reads, **threshold)
        assert len(found) == (sentence is not None)
        assert sentence is None or sentence in found[0]


def test_worse_than_the_champion_misses_max_worse():
    measured = Measurement(0.9, better_by=-0.03, compared=True)
    assert reasons(measured=measured, max_worse=0.03) == []
    assert reasons(measured=measured, max_worse=0.02) == [
        "accuracy is 0.0300 worse than the champion's, more than key.max_worse 0.02"
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("threshold", "sentence"),
    [
        ({"min": 1}, "accuracy is 0.9000 (bound 0.8500), below key.min 1"),
        ({"max": 1 / 3}, "accuracy is 0.9000 (bound 0.9400), above key.max 0.333333"),
        (
            {"gain": 2 / 3},
            "accuracy is 0.3500 better than the baseline's 0.5000 (bound 0.8500), less than "
            "key.gain 0.666667",
        ),
        (
            {"max_worse": 1 / 300},
            "accuracy is -0.0200 worse than the champion's (bound 0.0100), more than "
            "key.max_worse 0.00333333",
        ),
        (
            {"max_better": 1 / 30},
            "accuracy is 0.0200 better than the champion's (bound 0.0500), more than "
            "key.max_better 0.0333333: look for a leak before you believe it",
        ),
    ],
)
def test_a_sentence_names_the_number_the_bound_and_the_parameter(threshold, sentence):
    assert reasons(reads="bound", **threshold) == [sentence]


@pytest.mark.slow
def test_the_value_is_judged_by_default():
    check = Check("accuracy", BINARY["accuracy"], Threshold(min=0.86, max=0.8), "key")
    assert check.missed(MEASURED) == ["accuracy is 0.9000, above key.max 0.8"]


@pytest.mark.slow
def test_of_a_loss_less_is_better():
    measured = Measurement(0.1, [0.08, 0.13], 0.5)
    assert reasons("error_rate", measured, gain=0.4) == []
    found = reasons("error_rate", measured, "bound", gain=0.4)
    assert found[0].startswith("error_rate is 0.3700 better than the baseline's 0.5000 (bound 0.13")


def test_every_side_is_judged_not_the_first_alone():
    assert len(reasons(min=0.95, max=0.8, gain=0.6, max_worse=-0.05, max_better=0.0)) == 5


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_metric_that_could_not_be_measured_misses(value):
    assert reasons(measured=Measurement(value), min=0.1) == ["accuracy could not be measured (key)"]


@pytest.mark.parametrize("side", ["min", "max", "gain", "max_worse", "max_better"])
def test_a_metric_without_an_interval_misses_its_bound(side):
    measured = Measurement(0.9, None, 0.5, 0.02, None, compared=True)
    assert reasons(measured=measured, reads="bound", **{side: 0.5}) == [
        "accuracy has no interval: it is undefined in too many resamples (key)"
    ]


def test_a_baseline_without_the_metric_misses_the_gain():
    assert reasons(measured=Measurement(0.9), gain=0.1) == [
        "accuracy: the baseline's could not be measured (key.gain)"
    ]


@pytest.mark.parametrize("better_by", [None, float("nan")])
def test_a_champion_without_the_metric_misses_the_threshold(better_by):
    """A champion that never says yes has no precision; the model's may still have fallen."""
    measured = Measurement(0.9, better_by=better_by, compared=True)
    assert reasons(measured=measured, max_worse=0.5) == [
        "accuracy: the champion's could not be measured (key)"
    ]
    assert reasons(measured=measured, min=0.5) == [], "nothing compares"


@pytest.mark.slow
def test_without_a_champion_there_is_no_change_to_judge():
    assert reasons(measured=Measurement(0.9), max_worse=0.0, max_better=0.0) == []
    assert Threshold(max_worse=0.0).compares
    assert Threshold(max_better=0.0).compares
    assert not Threshold(min=0.0, max=1.0, gain=0.0).compares


@pytest.mark.slow
def test_where_it_was_measured_is_said():
    check = Check("recall", BINARY["recall"], Threshold(min=1), "key", where=" where a is b")
    assert check.missed(MEASURED) == ["recall where a is b is 0.9000, below key.min 1"]


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (
            Threshold,
            "Value error, a threshold needs one of `min`, `max`, `gain`, `max_worse`, `max_better`",
        ),
        (Disparity, "Value error, a disparity needs `max_difference` or `max_ratio`"),
    ],
)
def test_a_threshold_that_says_nothing_is_refused(model, sentence):
    with pytest.raises(ValidationError) as refused:
        model()
    assert [error["msg"] for error in refused.value.errors()] == [sentence]
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        model(mim=1)


@pytest.mark.slow
def test_one_side_is_enough():
    for model in (Threshold, Disparity):
        for side in model.model_fields:
            assert model.model_validate({side: 1.0}) == model(**{side: 1.0})


@pytest.mark.slow
def test_slices_cannot_be_nearer_than_equal():
    Disparity(max_difference=0.0, max_ratio=1.0)
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        Disparity(max_difference=-0.01)
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        Disparity(max_ratio=0.99)


@pytest.mark.slow
def test_a_threshold_on_no_metric_is_refused():
    require_known({"recall": 1}, BINARY, "evaluate.thresholds")
    with pytest.raises(Refusal) as refused:
        require_known({"recal": 1}, BINARY, "evaluate.thresholds")
    assert str(refused.value) == (
        "params.yaml: `evaluate.thresholds`: no metric is called recal (did you mean `recall`?)"
    )


@pytest.mark.slow
def test_a_threshold_reads_well():
    assert words(Threshold(min=0.88, gain=1 / 3)) == "min 0.88, gain 0.333333"
    assert words(None) == ""
