"""Section `evaluate` of params.yaml: what it refuses."""

import pytest
from pydantic import ValidationError

from evaluations import params_of
from pipeline.core.errors import Refusal
from pipeline.evaluation.settings import Params, require_known
from recipe.metrics import BINARY, metrics_of


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"thresholds": {"accuracy": {}}},
            "a threshold needs one of `min`, `max`, `gain`, `max_wor",
        ),
        ({"thresholds": {"accuracy": {"mim": 1}}}, "Extra inputs are not permitted"),
        ({"too_few_rows": "skip"}, "Input should be 'pass' or 'fail'"),
        ({"reads": "both"}, "Input should be 'point' or 'bound'"),
        (
            {"bootstrap": {"confidence": 0.9, "resamples": 5, "seed": 1}},
            "greater than or equal to 100",
        ),
    ],
)
def test_a_parameter_that_says_nothing_is_refused(given, sentence):
    with pytest.raises(ValidationError, match=sentence):
        params_of(**given)


def bootstrap_of(**changed) -> dict:
    return {"bootstrap": {"confidence": 0.9, "resamples": 100, "seed": 1, **changed}}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("refused", "taken"),
    [
        ({"decision_threshold": 0.0}, {"decision_threshold": 0.001}),
        ({"decision_threshold": 1.0}, {"decision_threshold": 0.999}),
        (bootstrap_of(confidence=0.5), bootstrap_of(confidence=0.51)),
        (bootstrap_of(confidence=1.0), bootstrap_of(confidence=0.999)),
        (bootstrap_of(resamples=99), bootstrap_of(resamples=100)),
        ({"min_rows": 0}, {"min_rows": 1}),
    ],
)
def test_a_number_out_of_its_range_is_refused(refused, taken):
    params_of(**taken)
    with pytest.raises(ValidationError, match=r"Input should be (greater|less) than"):
        params_of(**refused)


@pytest.mark.slow
def test_at_least_one_threshold_is_needed():
    whole = params_of().model_dump()
    with pytest.raises(ValidationError, match="at least 1 item"):
        Params.model_validate({**whole, "thresholds": {}})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"thresholds": {"acuracy": {"min": 1}}},
            r"evaluate.thresholds`: no metric is called acur",
        ),
        ({"on_slices": {"roc": {"min": 1}}}, r"slices.thresholds`: no metric is called roc \(did"),
        (
            {"disparity": {"recal": {"max_ratio": 2}}},
            r"slices.disparity`: no metric is called recal",
        ),
        ({"decision_threshold": None}, r"`evaluate.decision_threshold` is missing$"),
    ],
)
def test_a_threshold_on_nothing_is_refused(rules, given, sentence):
    with pytest.raises(Refusal, match=sentence) as refused:
        require_known(params_of(**given), BINARY, rules)
    assert str(refused.value).startswith("params.yaml: `evaluate.")


@pytest.mark.slow
def test_only_a_binary_target_needs_a_decision_threshold(rules):
    content = params_of({"mae": {"max": 1}}).model_dump()
    del content["decision_threshold"]
    settings = Params.model_validate(content)
    number = rules.columns["guests"].model_copy(update={"role": "target"})
    numbers = rules.model_copy(update={"columns": {"weight": rules.columns["weight"], "n": number}})
    require_known(settings, metrics_of("regression", []), numbers)
