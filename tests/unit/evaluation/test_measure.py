"""Measure the model, the baseline and the champion, on all rows and by slice."""

from dataclasses import replace

import numpy as np
import pytest

from evaluations import BASELINE, MODEL, judged, params_of
from pipeline.evaluation.measure import Rivals, with_champion
from pipeline.evaluation.sample import Sample
from recipe.metrics import BINARY


@pytest.mark.slow
def test_slices_have_intervals_of_judged_metrics_only():
    settings = params_of(
        on_slices={"error_rate": {"max": 1}}, disparity={"recall": {"max_ratio": 9}}
    )
    _, measured = judged(settings)
    intervals = {piece["value"]: set(piece["intervals"]) for piece in measured["slices"]}
    both = {"error_rate", "recall"}
    assert intervals == {"(missing)": set(), "large": both, "small": both}
    assert set(measured["intervals"]) == set(BINARY)


def test_a_champion_of_another_target_or_columns_is_not_compared(scorer, typed, rules):
    rivals = Rivals(MODEL, BASELINE)
    other = replace(MODEL, labels=["a", "b"])
    assert with_champion(Rivals(other, other), scorer, typed)[1].endswith("predicts another target")
    _, reason = with_champion(rivals, scorer, typed.drop(columns="size"))
    assert "the champion cannot score these rows: the column `size` is missing" in reason
    sample = replace(MODEL, truth=rules.truth(typed["late"]), scores=np.zeros(120))
    beside, reason = with_champion(Rivals(sample, sample), scorer, typed)
    assert reason == ""
    assert np.array_equal(beside.champion.scores, scorer.scores(typed))


def test_classes_are_measured_one_by_one():
    truth = np.array([0, 1, 2] * 3 + [0])
    scores = np.where(truth[:, None] == 2, [0.6, 0.2, 0.2], np.eye(3)[truth])
    model = Sample("multiclass", ["a", "b", "c"], truth, scores, None)
    reasons, measured = judged(params_of({"recall of c": {"min": 0.5}}), model, baseline=model)
    assert reasons == ["recall of c is 0.0000, below evaluate.thresholds.recall of c.min 0.5"]
    assert measured["classes"] == {"a": 4, "b": 3, "c": 3}
