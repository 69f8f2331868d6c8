"""model -> metrics -> verdict: thresholds on the whole and on every slice."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from pipeline import evaluate, model_file
from pipeline.evaluate import Slices, Threshold
from pipeline.scorer import Scorer
from pipeline.stage import Refusal

TRUTH = np.array([True, False] * 5)
SCORES = np.where(TRUTH, 0.8, 0.3)
ROWS = pd.DataFrame({"size": ["small"] * 6 + ["large"] * 3 + [None], "guests": [1.0] * 10})


def params_of(thresholds=None, too_few="pass", on_slices=None, columns=("size",), least=3):
    slices = Slices(
        columns=list(columns),
        min_rows=least,
        too_few_rows=too_few,
        thresholds={name: Threshold(**what) for name, what in (on_slices or {}).items()},
    )
    whole = thresholds or {"accuracy": {"min": 0.5}}
    whole = {name: Threshold(**what) for name, what in whole.items()}
    return evaluate.Params(decision_threshold=0.5, thresholds=whole, slices=slices)


def judged(settings, truth=TRUTH, scores=SCORES):
    measured = evaluate.measure(truth, scores, 0.5, ROWS, settings)
    return evaluate.judge(measured, settings), measured


def test_a_model_that_meets_its_thresholds_passes():
    strict = {"accuracy": {"min": 1.0, "gain": 0.5}, "error_rate": {"max": 0.0, "gain": 0.5}}
    reasons, measured = judged(params_of(strict, on_slices={"error_rate": {"max": 0.0}}))
    assert reasons == []
    assert (measured["rows"], measured["positives"]) == (10, 5)


@pytest.mark.parametrize(
    ("name", "threshold", "sentence"),
    [
        ("brier", {"max": 0.05}, "brier is 0.0650, above evaluate.thresholds.brier.max 0.05"),
        ("brier", {"gain": 0.2}, "brier is 0.1850 better than the baseline's 0.2500, less than"),
        ("roc_auc", {"gain": 0.6}, "roc_auc is 0.5000 better than the baseline's 0.5000"),
        ("accuracy", {"min": 1.01}, "accuracy is 1.0000, below evaluate.thresholds.accuracy.min"),
    ],
)
def test_a_threshold_that_is_missed_is_named_with_its_number(name, threshold, sentence):
    reasons, _ = judged(params_of({name: threshold}))
    assert len(reasons) == 1
    assert sentence in reasons[0]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_metric_that_is_not_there_is_missed(value):
    settings = params_of({"roc_auc": {"min": 0.1}})
    measured = {"metrics": {"roc_auc": value}, "baseline": {}, "slices": []}
    wrong = "roc_auc could not be measured (evaluate.thresholds.roc_auc)"
    assert evaluate.judge(measured, settings) == [wrong]
    assert evaluate.judge({**measured, "metrics": {}}, settings) == [wrong]


def test_one_class_only_cannot_be_ranked_and_so_fails():
    reasons, _ = judged(params_of({"roc_auc": {"min": 0.1}}), truth=np.ones(10, bool))
    assert reasons == ["roc_auc could not be measured (evaluate.thresholds.roc_auc)"]


def test_a_bad_slice_fails_though_the_whole_is_good():
    scores = SCORES.copy()
    scores[6:9] = 1 - scores[6:9]
    reasons, measured = judged(params_of(on_slices={"error_rate": {"max": 0.4}}), scores=scores)
    assert reasons == [
        "error_rate where size is large is 1.0000, above "
        "evaluate.slices.thresholds.error_rate.max 0.4"
    ]
    verdicts = {piece["value"]: piece["verdict"] for piece in measured["slices"]}
    assert verdicts == {"(missing)": "too few rows", "large": "failed", "small": "passed"}


@pytest.mark.parametrize(("too_few", "count"), [("pass", 0), ("fail", 1)])
def test_what_too_few_rows_do_is_a_parameter(too_few, count):
    reasons, _ = judged(params_of(too_few=too_few, on_slices={"error_rate": {"max": 0.9}}))
    assert len(reasons) == count
    if count:
        assert "1 rows with 0 positives where size is (missing) are too few to tell" in reasons[0]


def test_a_slice_of_one_class_is_too_small_for_a_ranking():
    truth = TRUTH.copy()
    truth[6:9] = True
    reasons, measured = judged(params_of(on_slices={"roc_auc": {"min": 0.9}}, least=1), truth=truth)
    verdicts = {piece["value"]: piece["verdict"] for piece in measured["slices"]}
    assert verdicts == {"(missing)": "too few rows", "large": "too few rows", "small": "passed"}
    assert reasons == []


def test_slices_cover_each_row_once_a_column_and_numbers_read_well():
    found = list(evaluate.slices(ROWS.assign(guests=[1.0, 2.5] * 5), ["size", "guests"]))
    assert [(column, value, mask.sum()) for column, value, mask in found] == [
        ("size", "(missing)", 1),
        ("size", "large", 3),
        ("size", "small", 6),
        ("guests", "1", 5),
        ("guests", "2.5", 5),
    ]


def test_a_slice_by_a_column_that_is_not_there_is_refused():
    with pytest.raises(Refusal, match=r"no column `sizes` \(did you mean `size`\?\)"):
        judged(params_of(columns=["sizes"]))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"thresholds": {"acuracy": {"min": 1}}}, r"acuracy \(did you mean `accuracy`\?\)"),
        ({"on_slices": {"roc": {"min": 1}}}, r"no metric is called roc \(did you mean `roc_auc`"),
        ({"thresholds": {"accuracy": {}}}, "a threshold needs `min`, `max` or `gain`"),
        ({"thresholds": {"accuracy": {"mim": 1}}}, "Extra inputs are not permitted"),
        ({"too_few": "skip"}, "Input should be 'pass' or 'fail'"),
    ],
)
def test_a_threshold_on_nothing_is_refused(given, sentence):
    with pytest.raises(ValidationError, match=sentence):
        params_of(**given)


def test_the_baseline_gives_everyone_the_train_parts_share(rules, typed):
    share = evaluate.positive_share(typed, rules)
    assert share == (typed["late"] == "yes").sum() / 120
    measured = evaluate.measure(TRUTH, SCORES, 0.2, ROWS, params_of())
    assert measured["baseline"]["brier"] == pytest.approx((0.8**2 + 0.2**2) / 2)
    assert measured["baseline"]["roc_auc"] == 0.5


def test_the_worst_slices_stand_first_and_the_small_ones_last():
    settings = params_of(on_slices={"error_rate": {"max": 0.4}})
    scores = np.where(np.arange(10) == 0, 0.1, SCORES)
    _, measured = judged(settings, scores=scores)
    measured["slices"][0]["metrics"]["error_rate"] = None
    order = sorted(measured["slices"], key=lambda piece: evaluate._badness(piece, "error_rate"))
    assert [piece["value"] for piece in order] == ["small", "large", "(missing)"]


def test_the_stage_measures_as_numpy_does(made, rules):
    record = json.loads(Path("reports/evaluate.json").read_text())
    test = pd.read_parquet("data/dataset/test.parquet")
    own = Scorer(model_file.load(Path("models/model.skops")), rules).probabilities(test)
    late = (test["late"] == "yes").to_numpy()
    assert record["metrics"]["accuracy"] == ((own >= 0.5) == late).mean()
    assert record["metrics"]["brier"] == pytest.approx(((own - late) ** 2).mean())
    assert sum(piece["rows"] for piece in record["slices"] if piece["column"] == "size") == 30
    assert json.loads(Path("reports/metrics.json").read_text()) == record["metrics"]


def test_a_missed_threshold_stops_the_stage_and_keeps_the_report(made, run, change):
    change("evaluate", thresholds={"accuracy": {"min": 0.999}})
    ended = run(evaluate.main)
    assert ended.code == 1
    assert "below evaluate.thresholds.accuracy.min 0.999" in ended.err
    record = json.loads(Path("reports/evaluate.json").read_text())
    assert record["verdict"] == "failed"
    assert record["metrics"]["accuracy"] < 0.999
    page = Path("reports/evaluate.html").read_text(encoding="utf-8")
    assert "stopped" in page
    assert "evaluate.thresholds.accuracy.min 0.999" in page


def test_evaluating_twice_gives_the_same_bytes(made, run):
    def everything():
        paths = [*Path("reports").rglob("*.csv"), *Path("reports").glob("evaluate.*")]
        return {path: path.read_bytes() for path in paths}

    before = everything()
    assert len(before) == 6
    assert run(evaluate.main).code == 0
    assert everything() == before
