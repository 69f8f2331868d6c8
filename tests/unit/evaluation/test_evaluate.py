"""model -> metrics -> verdict: thresholds on the whole and on every slice."""

import contextlib
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.pipeline import Pipeline

from evaluations import (
    BASELINE,
    LARGE_WRONG,
    MODEL,
    ROWS,
    SLICES,
    TRUTH,
    judged,
    params_of,
    with_scores,
)
from mock_project import command_of, end_of, make_project, undone
from orders import split_of
from pipeline.core import custody
from pipeline.core.errors import Refusal
from pipeline.core.files import write_json
from pipeline.evaluation import champion, evaluate
from pipeline.evaluation.bootstrap import Sample
from pipeline.evaluation.evaluate import Rivals
from pipeline.model import featurizer as featurizers
from pipeline.model import model_file, training
from pipeline.model.scorer import Scorer
from recipe import estimators
from recipe import features as recipe_features
from recipe.metrics import BINARY, metrics_of


def verdicts(measured) -> dict[str, str]:
    return {piece["value"]: piece["verdict"] for piece in measured["slices"]}


LARGE = {"big ones": "size == 'large'"}


@pytest.mark.slow
def test_a_model_that_meets_its_thresholds_passes():
    strict = {"accuracy": {"min": 1.0, "gain": 0.5}, "error_rate": {"max": 0.0, "gain": 0.5}}
    reasons, measured = judged(params_of(strict, on_slices={"error_rate": {"max": 0.0}}))
    assert reasons == []
    assert (measured["rows"], measured["classes"]) == (10, {"no": 5, "yes": 5})
    assert verdicts(measured) == {"(missing)": "too few rows", "large": "passed", "small": "passed"}


@pytest.mark.slow
def test_a_threshold_that_is_missed_is_named_with_its_number():
    reasons, _ = judged(params_of({"brier": {"max": 0.05, "gain": 0.2}}))
    assert reasons == [
        "brier is 0.0650, above evaluate.thresholds.brier.max 0.05",
        "brier is 0.1850 better than the baseline's 0.2500, less than "
        "evaluate.thresholds.brier.gain 0.2",
    ]


@pytest.mark.slow
def test_thresholds_read_the_bound_where_they_are_told_to():
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
def test_one_class_only_cannot_be_ranked_and_so_fails():
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
def test_slices_have_intervals_of_what_is_judged_alone():
    settings = params_of(
        on_slices={"error_rate": {"max": 1}}, disparity={"recall": {"max_ratio": 9}}
    )
    _, measured = judged(settings)
    intervals = {piece["value"]: set(piece["intervals"]) for piece in measured["slices"]}
    both = {"error_rate", "recall"}
    assert intervals == {"(missing)": set(), "large": both, "small": both}
    assert set(measured["intervals"]) == set(BINARY)


@pytest.mark.slow
@pytest.mark.parametrize(("too_few", "count"), [("pass", 0), ("fail", 1)])
def test_what_too_few_rows_do_is_a_parameter(too_few, count):
    settings = params_of(too_few_rows=too_few, on_slices={"error_rate": {"max": 0.9}})
    reasons, measured = judged(settings)
    assert verdicts(measured)["(missing)"] == "too few rows"
    assert len(reasons) == count
    if count:
        sentence = "1 rows where size is (missing), of 1 no, 0 yes, are too few to tell"
        assert reasons[0].startswith(sentence)


@pytest.mark.slow
def test_as_many_rows_as_are_asked_for_are_enough():
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
def test_a_slice_of_one_class_is_judged_by_what_it_determines(score, too_few, verdict, count):
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
            "3 rows where big ones, of 0 no, 3 yes, are too few to tell "
            "(evaluate.slices.min_rows, evaluate.slices.too_few_rows)"
        )


@pytest.mark.slow
def test_a_slice_that_params_name_and_that_has_no_rows_fails():
    queries = {"crowds": "guests > 5"}
    reasons, measured = judged(params_of(values=[], queries=queries))
    assert reasons == ["the test part has no row where crowds (evaluate.slices)"]
    assert verdicts(measured) == {"crowds": "absent"}


def test_a_slice_that_the_train_part_has_and_the_test_part_lost_fails():
    rows = ROWS.assign(size="small")
    train = pd.concat([ROWS.assign(size=["small"] * 6 + ["large"] * 3 + ["tiny"])] * 400)
    reasons, measured = judged(params_of(), rows=rows, train=train)
    assert reasons == [
        "the test part has no row where size is large; the train part has 1,200 (evaluate.slices)"
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
def test_as_far_apart_as_is_allowed_is_near_enough():
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
def test_slices_near_enough_are_none():
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
def test_the_bound_of_a_change_is_read_where_told_to():
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
def test_what_no_champion_does_is_a_parameter(without, count):
    for where in ({"thresholds": WORSE}, {"on_slices": WORSE}):
        settings = params_of(**where, no_champion=without)
        _, measured = judged(settings)
        measured["champion"].update(champion.NOBODY, absent="nothing has been deployed yet")
        sentence = (
            "there is no champion to compare with: nothing has been deployed yet "
            "(evaluate.no_champion; `model: null` in deploy/champion/champion.json begins anew)"
        )
        assert evaluate.judge(measured, BINARY, settings) == [sentence] * count


@pytest.mark.slow
def test_a_champion_that_cannot_score_the_rows_stops_what_compares_with_it():
    settings = params_of(WORSE)
    _, measured = judged(settings)
    measured["champion"].update(bento="b:1", model="sha256:1", absent="it predicts another target")
    assert (
        "no champion to compare with: it predicts" in evaluate.judge(measured, BINARY, settings)[0]
    )
    nothing = params_of()
    assert evaluate.judge(measured, BINARY, nothing) == [], "nothing compares"


def test_a_champion_of_another_target_or_other_columns_is_no_rival(scorer, typed, rules):
    rivals = Rivals(MODEL, BASELINE)
    other = replace(MODEL, labels=["a", "b"])
    assert evaluate.against(scorer, typed, Rivals(other, other))[1].endswith(
        "predicts another target"
    )
    _, reason = evaluate.against(scorer, typed.drop(columns="size"), rivals)
    assert "the champion cannot score these rows: the column `size` is missing" in reason
    sample = replace(MODEL, truth=rules.truth(typed["late"]), scores=np.zeros(120))
    beside, reason = evaluate.against(scorer, typed, Rivals(sample, sample))
    assert reason == ""
    assert np.array_equal(beside.champion.scores, scorer.scores(typed))


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
def test_without_a_threshold_nothing_would_be_judged():
    whole = params_of().model_dump()
    with pytest.raises(ValidationError, match="at least 1 item"):
        evaluate.Params.model_validate({**whole, "thresholds": {}})


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
        evaluate.require_known(params_of(**given), BINARY, rules)
    assert str(refused.value).startswith("params.yaml: `evaluate.")


@pytest.mark.slow
def test_only_a_target_of_two_levels_needs_a_decision_threshold(rules):
    content = params_of({"mae": {"max": 1}}).model_dump()
    del content["decision_threshold"]
    settings = evaluate.Params.model_validate(content)
    number = rules.columns["guests"].model_copy(update={"role": "target"})
    numbers = rules.model_copy(update={"columns": {"weight": rules.columns["weight"], "n": number}})
    evaluate.require_known(settings, metrics_of("regression", []), numbers)


@pytest.mark.slow
def test_the_baseline_knows_the_train_parts_share_alone(rules, typed):
    found = evaluate.baseline(MODEL, typed, rules)
    assert set(found.scores) == {(typed["late"] == "yes").mean()}
    assert found.truth is MODEL.truth


def test_the_baseline_of_classes_knows_the_share_of_each(rules):
    column = rules.columns["late"].model_copy(update={"levels": ("a", "b", "c"), "positive": None})
    towns = rules.model_copy(update={"columns": {**rules.columns, "late": column}})
    train = pd.DataFrame({"late": list("aaab")})
    sample = Sample("multiclass", ["a", "b", "c"], np.array([0, 2]), np.zeros((2, 3)), None)
    found = evaluate.baseline(sample, train, towns)
    assert found.scores.tolist() == [[0.75, 0.25, 0.0]] * 2


def test_numbers_are_measured_beside_their_mean():
    truth = np.arange(10.0)
    model = Sample("regression", [], truth, truth + 0.5, None)
    mean = replace(model, scores=np.full(10, 4.5))
    limits = {"mae": {"max": 0.4}, "r2": {"min": 0.9, "gain": 0.9}}
    reasons, measured = judged(params_of(limits), model, baseline=mean)
    assert reasons == ["mae is 0.5000, above evaluate.thresholds.mae.max 0.4"]
    assert (measured["classes"], measured["baseline"]["r2"]) == ({}, 0)
    small = params_of(limits, too_few_rows="fail", on_slices={"mae": {"max": 1}})
    assert judged(small, model, baseline=mean)[0][1] == (
        "1 rows where size is (missing), of one target, are too few to tell "
        "(evaluate.slices.min_rows, evaluate.slices.too_few_rows)"
    )


def test_classes_are_measured_one_by_one():
    truth = np.array([0, 1, 2] * 3 + [0])
    scores = np.where(truth[:, None] == 2, [0.6, 0.2, 0.2], np.eye(3)[truth])
    model = Sample("multiclass", ["a", "b", "c"], truth, scores, None)
    reasons, measured = judged(params_of({"recall of c": {"min": 0.5}}), model, baseline=model)
    assert reasons == ["recall of c is 0.0000, below evaluate.thresholds.recall of c.min 0.5"]
    assert measured["classes"] == {"a": 4, "b": 3, "c": 3}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, typed, rules, settings) -> Path:
    """A project in which `evaluate` has run, and no other stage; out.txt is what it printed."""
    folder = make_project(tmp_path_factory.mktemp("evaluated") / "project")
    (folder / "data/dataset").mkdir()
    seen, held_out = split_of(typed, rules, settings)
    seen.to_parquet(folder / "data/dataset/train.parquet")
    held_out.to_parquet(folder / "data/dataset/test.parquet")
    featurizer = featurizers.fit(seen, rules, settings("featurize", recipe_features.Params))
    features = featurizers.transform(featurizer, seen, rules)
    estimator, _ = training.train(features, seen["late"], settings("train", estimators.Params))
    model = Pipeline([("featurizer", featurizer), ("estimator", estimator)])
    model_file.save(model, folder / "models/model.skops")
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, undone(), contextlib.redirect_stdout(out):
        patch.chdir(folder)
        assert end_of(evaluate.main, command_of("evaluate")) == 0
    (folder / "out.txt").write_text(out.getvalue(), encoding="utf-8")
    return folder


@pytest.fixture
def ready(evaluated, tmp_path, monkeypatch) -> Path:
    """A copy of it, to be spoilt; it is the working directory."""
    folder = tmp_path / "project"
    shutil.copytree(evaluated, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return folder


def record() -> dict:
    return json.loads(Path("reports/evaluate.json").read_text())


@pytest.mark.slow
def test_the_stage_measures_as_numpy_does(ready, rules):
    test = pd.read_parquet("data/dataset/test.parquet")
    own = Scorer(model_file.load(Path("models/model.skops")), rules).scores(test)
    late = (test["late"] == "yes").to_numpy()
    assert (record()["task"], record()["rows"]) == ("binary", len(test))
    assert record()["metrics"]["accuracy"] == ((own >= 0.5) == late).mean()
    assert record()["metrics"]["brier"] == pytest.approx(((own - late) ** 2).mean())
    share = (pd.read_parquet("data/dataset/train.parquet")["late"] == "yes").mean()
    assert record()["baseline"]["brier"] == pytest.approx(((share - late) ** 2).mean())
    assert sum(piece["rows"] for piece in record()["slices"] if piece["by"] == "size") == 30
    assert record()["champion"] == {**champion.NOBODY, "absent": "nothing has been deployed yet"}
    assert json.loads(Path("reports/metrics.json").read_text()) == record()["metrics"]
    assert sorted(path.name for path in Path("reports/plots").iterdir()) == [
        "calibration.csv",
        "confusion.csv",
        "precision_recall.csv",
        "roc.csv",
    ]


@pytest.mark.slow
def test_the_stage_says_each_metric_with_its_interval(ready):
    lines = Path("out.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"{'metric':24}     model            interval  baseline"
    assert [line.split()[0] for line in lines[1:-1]] == list(BINARY)
    value, interval = record()["metrics"]["brier"], record()["intervals"]["brier"]
    shown = [f"{number:.4f}" for number in (value, *interval, record()["baseline"]["brier"])]
    assert f"brier{shown[0]:>29}{f'{shown[1]} – {shown[2]}':>20}{shown[3]:>10}" in lines
    assert lines[-1] == (
        f"evaluate: {len(record()['slices'])} slices; look at reports/evaluate.html"
    )


@pytest.mark.slow
def test_what_is_undefined_is_a_dash():
    values = {"metrics": {"precision": None}, "baseline": {"precision": 0.25}, "intervals": {}}
    assert evaluate.summary(values).splitlines()[1].split() == ["precision", "–", "–", "0.2500"]


@pytest.mark.slow
def test_the_stage_compares_with_the_champion(ready, run, change):
    """The model is its own champion: as good as itself, whatever chance does."""
    shutil.copyfile("models/model.skops", "champion/model.skops")
    shutil.copyfile("schema.yaml", "champion/schema.yaml")
    digest = custody.digest(Path("models/model.skops"))
    write_json(Path("deploy/champion/champion.json"), {"bento": "bakery:1", "model": digest})
    change("evaluate", thresholds={"roc_auc": {"max_worse": 0.0, "max_better": 0.0}})
    assert run(evaluate.main).code == 0
    found = record()["champion"]
    assert (found["bento"], found["model"], found["absent"]) == ("bakery:1", digest, None)
    assert found["metrics"] == record()["metrics"]
    assert found["better_by"]["roc_auc"] == 0
    assert found["better_by_intervals"]["roc_auc"] == [0, 0]
    assert "bakery:1" in Path("reports/evaluate.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_cannot_be_compared_or_was_lost_stops_the_stage(ready, run, change):
    shutil.copyfile("models/model.skops", "champion/model.skops")
    other = Path("schema.yaml").read_text().replace('positive: "yes"', 'positive: "no"')
    Path("deploy/champion/schema.yaml").write_text(other)
    digest = custody.digest(Path("models/model.skops"))
    write_json(Path("deploy/champion/champion.json"), {"bento": "bakery:1", "model": digest})
    path = Path("data/dataset/test.parquet")
    test = pd.read_parquet(path)
    pd.concat([test[test["size"] != "small"]] * 2).to_parquet(path)
    change("evaluate", thresholds={"roc_auc": {"max_worse": 0.5}})
    ended = run(evaluate.main)
    assert ended.code == 1
    another = "the champion predicts another target"
    assert f"there is no champion to compare with: {another} (evaluate.no_champion" in ended.err
    assert record()["champion"]["absent"] == another
    assert "the test part has no row where size is small; the train part has" in ended.err


@pytest.mark.slow
def test_a_missed_threshold_stops_the_stage_and_keeps_the_report(ready, run, change):
    change("evaluate", thresholds={"accuracy": {"min": 0.999}})
    ended = run(evaluate.main)
    assert ended.code == 1
    assert "below evaluate.thresholds.accuracy.min 0.999" in ended.err
    assert record()["verdict"] == "failed"
    assert record()["metrics"]["accuracy"] < 0.999
    page = Path("reports/evaluate.html").read_text(encoding="utf-8")
    assert "stopped" in page
    assert "evaluate.thresholds.accuracy.min 0.999" in page


@pytest.mark.slow
def test_a_threshold_below_the_floor_stops_the_stage(made, run):
    Path("tests/floor.txt").write_text("evaluate.thresholds.roc_auc.min 0.7\n")
    ended = run(evaluate.main)
    assert ended.code == 1
    assert record()["verdict"] == "failed"
    assert (
        "params.yaml: `evaluate.thresholds.roc_auc.min` is 0.6, looser than 0.7; if that is meant, "
        "change its line in tests/floor.txt too" in ended.err
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"thresholds": {"acuracy": {"min": 0.9}}}, "no metric is called acuracy (did you mean"),
        ({"decision_threshold": None}, "`evaluate.decision_threshold` is missing"),
        (
            {"slices": {**SLICES, "values": ["siz"], "thresholds": {}}},
            "evaluate: params.yaml: `evaluate.slices.values`: there is no column `siz` (did you",
        ),
        ({"reads": "best"}, "`evaluate.reads`: input should be 'point' or 'bound', not 'best'"),
    ],
)
def test_a_wrong_parameter_is_one_sentence(ready, run, change, changed, sentence):
    change("evaluate", **changed)
    ended = run(evaluate.main)
    assert ended.code == 1
    assert sentence in ended.err


@pytest.mark.slow
def test_evaluating_twice_gives_the_same_bytes(ready, run, drawn):
    def everything():
        paths = [*Path("reports").rglob("*.csv"), *Path("reports").glob("evaluate.*")]
        return {path: path.read_bytes() for path in paths}

    assert run(evaluate.main).code == 0
    before = everything()
    assert len(before) == 6
    assert run(evaluate.main).code == 0
    assert everything() == before
