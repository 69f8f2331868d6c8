"""Judge what was measured: thresholds on all rows and on every slice."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluations import (
    LARGE,
    LARGE_WRONG,
    MODEL,
    ROWS,
    TRUTH,
    judged,
    params_of,
    verdicts,
    with_scores,
)
from pipeline.evaluation import champion
from pipeline.evaluation.judge import judge
from pipeline.evaluation.sample import Sample
from recipe.metrics import BINARY


@pytest.mark.slow
def test_a_model_that_meets_its_thresholds_passes():
    strict = {"accuracy": {"min": 1.0, "gain": 0.5}, "error_rate": {"max": 0.0, "gain": 0.5}}
    reasons, measured = judged(params_of(strict, on_slices={"error_rate": {"max": 0.0}}))
    assert reasons == []
    assert (measured["rows"], measured["classes"]) == (10, {"no": 5, "yes": 5})
    assert verdicts(measured) == {"(missing)": "too few rows", "large": "passed", "small": "passed"}


@pytest.mark.slow
def test_a_missed_threshold_is_named_with_its_number():
    reasons, _ = judged(params_of({"brier": {"max": 0.05, "gain": 0.2}}))
    assert reasons == [
        "brier is 0.0650, above evaluate.thresholds.brier.max 0.05",
        "brier is 0.1850 better than the baseline's 0.2500, less than "
        "evaluate.thresholds.brier.gain 0.2",
    ]


@pytest.mark.slow
def test_thresholds_can_read_the_bound_of_the_interval():
    model = with_scores(row_0=0.1)
    limits = {"error_rate": {"max": 0.15}}
    assert judged(params_of(limits), model)[0] == []
    reasons, measured = judged(params_of(limits, reads="bound"), model)
    low, high = measured["intervals"]["error_rate"]
    assert low <= 0.1 < 0.15 < high
    assert reasons == [
        f"error_rate is 0.1000 (bound {high:.4f}), above evaluate.thresholds.error_rate.max 0.15"
    ]


@pytest.mark.slow
def test_rows_of_one_class_have_no_roc_auc_and_fail():
    reasons, _ = judged(
        params_of({"roc_auc": {"min": 0.1}}), replace(MODEL, truth=np.ones(10, bool))
    )
    assert reasons == ["roc_auc could not be measured (evaluate.thresholds.roc_auc)"]


@pytest.mark.slow
def test_a_bad_slice_fails_though_the_whole_is_good():
    reasons, measured = judged(params_of(on_slices={"error_rate": {"max": 0.4}}), LARGE_WRONG)
    assert reasons == [
        "error_rate where size is large is 1.0000, above "
        "evaluate.slices.thresholds.error_rate.max 0.4"
    ]
    assert verdicts(measured) == {"(missing)": "too few rows", "large": "failed", "small": "passed"}


@pytest.mark.slow
def test_each_threshold_of_a_slice_is_judged():
    limits = {"accuracy": {"min": 0.5}, "error_rate": {"max": 0.5}}
    reasons, _ = judged(params_of(on_slices=limits), LARGE_WRONG)
    assert [reason.split()[0] for reason in reasons] == ["accuracy", "error_rate"]


@pytest.mark.slow
@pytest.mark.parametrize(("too_few", "count"), [("pass", 0), ("fail", 1)])
def test_too_few_rows_pass_or_fail_as_params_say(too_few, count):
    settings = params_of(too_few_rows=too_few, on_slices={"error_rate": {"max": 0.9}})
    reasons, measured = judged(settings)
    assert verdicts(measured)["(missing)"] == "too few rows"
    assert len(reasons) == count
    if count:
        sentence = "1 rows where size is (missing) (1 no, 0 yes) are too few to judge"
        assert reasons[0].startswith(sentence)


@pytest.mark.slow
def test_min_rows_rows_are_enough():
    _, measured = judged(params_of(min_rows=3, on_slices={"error_rate": {"max": 1}}))
    assert verdicts(measured)["large"] == "passed"
    _, measured = judged(params_of(min_rows=4, on_slices={"error_rate": {"max": 1}}))
    assert verdicts(measured)["large"] == "too few rows"


@pytest.mark.slow
def test_a_slice_of_one_class_is_too_small_for_a_ranking():
    truth = TRUTH.copy()
    truth[6:9] = True
    settings = params_of(on_slices={"roc_auc": {"min": 0.9}}, min_rows=1)
    reasons, measured = judged(settings, replace(MODEL, truth=truth, scores=truth * 0.5))
    verdict = {"(missing)": "too few rows", "large": "too few rows", "small": "passed"}
    assert verdicts(measured) == verdict
    assert reasons == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("score", "too_few", "verdict", "count"),
    [
        (0.2, "pass", "failed", 1),
        (0.2, "fail", "failed", 2),
        (0.7, "pass", "too few rows", 0),
        (0.7, "fail", "too few rows", 1),
    ],
)
def test_a_slice_of_one_class_is_judged_by_its_defined_metrics(score, too_few, verdict, count):
    """All rows of it are positive: they cannot be ranked, but they can be wrong."""
    truth = TRUTH.copy()
    truth[6:9] = True
    scores = np.where(truth, 0.8, 0.3)
    scores[6:9] = score
    limits = {"roc_auc": {"min": 0.9}, "error_rate": {"max": 0.5}}
    settings = params_of(on_slices=limits, too_few_rows=too_few, values=[], queries=LARGE)
    reasons, measured = judged(settings, replace(MODEL, truth=truth, scores=scores))
    assert verdicts(measured) == {"big ones": verdict}
    assert len(reasons) == count
    if verdict == "failed":
        assert reasons[0].startswith("error_rate where big ones is 1.0000, above")
    if too_few == "fail":
        assert reasons[-1] == (
            "3 rows where big ones (0 no, 3 yes) are too few to judge "
            "(evaluate.slices.min_rows, evaluate.slices.too_few_rows)"
        )


@pytest.mark.slow
def test_a_named_slice_without_rows_fails():
    queries = {"crowds": "guests > 5"}
    reasons, measured = judged(params_of(values=[], queries=queries))
    assert reasons == ["the test set has no row where crowds (evaluate.slices)"]
    assert verdicts(measured) == {"crowds": "absent"}


def test_a_slice_of_the_training_set_that_the_test_set_lacks_fails():
    rows = ROWS.assign(size="small")
    train = pd.concat([ROWS.assign(size=["small"] * 6 + ["large"] * 3 + ["tiny"])] * 400)
    reasons, measured = judged(params_of(), rows=rows, train=train)
    assert reasons == [
        "the test set has no row where size is large; the training set has 1,200 (evaluate.slices)"
    ]
    lost = {"by": "size", "value": "large", "rows": 0, "named": False, "train_rows": 1200}
    nothing = {"metrics": {}, "intervals": {}, "champion": {}, "classes": {}}
    assert measured["slices"][1] == {**lost, **nothing, "verdict": "absent"}
    assert verdicts(measured) == {"small": "passed", "large": "absent"}, "one tiny row is chance"


def test_slices_too_far_apart_are_a_disparity():
    limits = {"error_rate": {"max_difference": 0.4, "max_ratio": 3}}
    model = with_scores(row_0=0.1, row_6=0.1, row_7=0.9)
    reasons, measured = judged(params_of(disparity=limits), model)
    spread = "error_rate is 0.1667 where size is small and 0.6667 where it is large"
    key = "evaluate.slices.disparity.error_rate"
    assert reasons == [
        f"{spread}: 0.5000 apart, more than {key}.max_difference 0.4",
        f"{spread}: 4.00 times, more than {key}.max_ratio 3",
    ]
    assert measured["disparity"] == [
        {
            "by": "size",
            "metric": "error_rate",
            "slices": 2,
            "smallest": "small",
            "from": pytest.approx(1 / 6),
            "largest": "large",
            "to": pytest.approx(2 / 3),
            "difference": pytest.approx(1 / 2),
            "ratio": pytest.approx(4),
            "verdict": "failed",
        }
    ]


@pytest.mark.slow
def test_slices_may_be_as_far_apart_as_the_limit():
    """No row of the small ones is wrong, and each of the large ones."""
    limits = {"error_rate": {"max_difference": 1.0}}
    assert judged(params_of(disparity=limits), LARGE_WRONG)[0] == []
    reasons, _ = judged(params_of(disparity={"error_rate": {"max_difference": 1 / 3}}), LARGE_WRONG)
    assert reasons[0].endswith(
        "apart, more than evaluate.slices.disparity.error_rate.max_difference 0.333333"
    )


@pytest.mark.slow
def test_only_slices_of_one_cut_are_compared():
    """Queries overlap, and the columns that make them are cuts of their own."""
    queries = {**LARGE, "small ones": "size == 'small'"}
    settings = params_of(disparity={"error_rate": {"max_ratio": 2}}, queries=queries)
    _, measured = judged(settings, LARGE_WRONG)
    assert [row["by"] for row in measured["disparity"]] == ["size"]
    assert measured["disparity"][0]["slices"] == 2, "(missing) has too few rows"


@pytest.mark.slow
def test_slices_within_the_limits_are_no_disparity():
    limits = {"error_rate": {"max_difference": 0.51, "max_ratio": 4.01}}
    model = with_scores(row_0=0.1, row_6=0.1, row_7=0.9)
    reasons, measured = judged(params_of(disparity=limits), model)
    assert reasons == []
    assert measured["disparity"][0]["verdict"] == "passed"


@pytest.mark.slow
def test_a_ratio_to_nothing_passes_no_limit():
    reasons, measured = judged(params_of(disparity={"error_rate": {"max_ratio": 99}}), LARGE_WRONG)
    assert "infinitely more, more than" in reasons[0]
    assert measured["disparity"][0]["ratio"] is None
    reasons, _ = judged(params_of(disparity={"error_rate": {"max_ratio": 99}}))
    assert reasons == [], "no errors at all are as many as no errors"


@pytest.mark.slow
@pytest.mark.parametrize(("too_few", "count"), [("pass", 0), ("fail", 1)])
def test_one_slice_alone_cannot_be_compared(too_few, count):
    rows = ROWS.assign(size=["small"] * 10)
    settings = params_of(disparity={"error_rate": {"max_ratio": 2}}, too_few_rows=too_few)
    reasons, measured = judged(settings, rows=rows, train=rows)
    assert measured["disparity"][0]["verdict"] == "too few rows"
    assert len(reasons) == count
    if count:
        key = "evaluate.slices.disparity.error_rate"
        assert reasons == [f"size has too few slices of 3 rows to compare error_rate ({key})"]


WORSE = {"accuracy": {"max_worse": 0.05}}


@pytest.mark.slow
def test_a_model_worse_than_the_champion_is_stopped():
    reasons, measured = judged(params_of(WORSE), with_scores(row_0=0.1), rival=MODEL)
    assert reasons == [
        "accuracy is 0.1000 worse than the champion's, more than "
        "evaluate.thresholds.accuracy.max_worse 0.05"
    ]
    assert measured["champion"]["metrics"]["accuracy"] == 1
    low, high = measured["champion"]["better_by_intervals"]["accuracy"]
    assert low <= -0.1 <= high <= 0


@pytest.mark.slow
def test_thresholds_on_a_change_can_read_its_bound():
    model = with_scores(row_0=0.1)
    limits = {"accuracy": {"max_worse": 0.15}}
    assert judged(params_of(limits), model, rival=MODEL)[0] == []
    reasons, measured = judged(params_of(limits, reads="bound"), model, rival=MODEL)
    worst = -measured["champion"]["better_by_intervals"]["accuracy"][0]
    assert reasons == [
        f"accuracy is 0.1000 worse than the champion's (bound {worst:.4f}), more than "
        "evaluate.thresholds.accuracy.max_worse 0.15"
    ]


@pytest.mark.slow
def test_a_model_much_better_than_the_champion_is_suspected():
    limits = {"error_rate": {"max_better": 0.05}}
    reasons, _ = judged(params_of(limits), MODEL, rival=with_scores(row_0=0.1))
    assert "error_rate is 0.1000 better than the champion's, more than" in reasons[0]
    assert "look for a leak" in reasons[0]


@pytest.mark.slow
def test_a_champion_without_the_metric_cannot_be_compared_with():
    silent = replace(MODEL, scores=np.full(10, 0.1))
    limits = {"precision": {"max_worse": 0.1}}
    reasons, measured = judged(params_of(limits), MODEL, rival=silent)
    assert measured["champion"]["metrics"]["precision"] is None
    assert list(measured["champion"]["better_by"]) == [
        name for name in BINARY if name != "precision"
    ]
    assert reasons == [
        "precision: the champion's could not be measured (evaluate.thresholds.precision)"
    ]


@pytest.mark.slow
def test_a_slice_is_compared_with_the_champions():
    settings = params_of(on_slices=WORSE)
    reasons, measured = judged(settings, LARGE_WRONG, rival=MODEL)
    assert len(reasons) == 1
    assert "accuracy where size is large is 1.0000 worse than the champion's" in reasons[0]
    assert verdicts(measured)["small"] == "passed"


@pytest.mark.slow
@pytest.mark.parametrize(("without", "count"), [("pass", 0), ("fail", 1)])
def test_no_champion_passes_or_fails_as_params_say(without, count):
    for where in ({"thresholds": WORSE}, {"on_slices": WORSE}):
        settings = params_of(**where, no_champion=without)
        _, measured = judged(settings)
        measured["champion"].update(champion.NOBODY, absent="nothing has been deployed yet")
        sentence = (
            "there is no champion to compare with: nothing has been deployed yet "
            "(evaluate.no_champion; `model: null` in deploy/champion/champion.json begins anew)"
        )
        assert judge(measured, BINARY, settings) == [sentence] * count


@pytest.mark.slow
def test_a_champion_that_cannot_score_fails_thresholds_against_it():
    settings = params_of(WORSE)
    _, measured = judged(settings)
    measured["champion"].update(bento="b:1", model="sha256:1", absent="it predicts another target")
    assert "no champion to compare with: it predicts" in judge(measured, BINARY, settings)[0]
    nothing = params_of()
    assert judge(measured, BINARY, nothing) == [], "nothing compares"


def test_regression_is_measured_beside_the_mean():
    truth = np.arange(10.0)
    model = Sample("regression", [], truth, truth + 0.5, None)
    mean = replace(model, scores=np.full(10, 4.5))
    limits = {"mae": {"max": 0.4}, "r2": {"min": 0.9, "gain": 0.9}}
    reasons, measured = judged(params_of(limits), model, baseline=mean)
    assert reasons == ["mae is 0.5000, above evaluate.thresholds.mae.max 0.4"]
    assert (measured["classes"], measured["baseline"]["r2"]) == ({}, 0)
    small = params_of(limits, too_few_rows="fail", on_slices={"mae": {"max": 1}})
    assert judged(small, model, baseline=mean)[0][1] == (
        "1 rows where size is (missing) (the target is a number) are too few to judge "
        "(evaluate.slices.min_rows, evaluate.slices.too_few_rows)"
    )


@pytest.mark.slow
def test_a_champion_that_was_compared_is_not_missing():
    settings = params_of(WORSE, no_champion="fail")
    assert judged(settings, MODEL, rival=MODEL)[0] == []


@pytest.mark.slow
def test_a_disparity_is_named_beside_the_other_reasons():
    limits = {"error_rate": {"max_difference": 0.4}}
    settings = params_of({"accuracy": {"min": 0.99}}, disparity=limits)
    reasons, _ = judged(settings, LARGE_WRONG)
    assert len(reasons) == 2
    assert reasons[0].startswith("accuracy is 0.7000, below")
    assert "1.0000 apart, more than" in reasons[1]
