"""The report of `evaluate`: what was measured, drawn, worst slices first."""

import re

import numpy as np
import pytest

from evaluations import BASELINE, LARGE_WRONG, MODEL, judged, params_of
from pipeline.evaluation import page as evaluation_page
from pipeline.evaluation.sample import Sample
from recipe.metrics import BINARY, metrics_of


def page(settings, rules, model=MODEL, **given) -> str:
    reasons, measured = judged(settings, model, **given)
    if "metrics" in measured["champion"]:
        measured["champion"]["bento"] = "bakery:1"
    measured["champion"].setdefault("absent", "nothing has been deployed yet")
    known = metrics_of(model.task, model.labels)
    return evaluation_page.render(model, measured, reasons, known, settings, rules)


def headings(text: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", text)


def test_it_tells_the_whole_story_in_order(rules):
    limits = {"error_rate": {"max": 0.4}}
    settings = params_of(on_slices=limits, disparity={"recall": {"max_ratio": 2}})
    text = page(settings, rules, LARGE_WRONG, rival=MODEL)
    assert headings(text) == [
        "Metrics",
        "Against the champion",
        "ROC",
        "Precision and recall",
        "Calibration",
        "Confusion",
        "Slices by error_rate",
        "Slices by recall",
        "Slices",
        "Disparity",
    ]
    for words in (
        "stopped",
        "5 no, 5 yes",
        "bakery:1",
        "max 0.4",
        "Thresholds are compared with the value",
    ):
        assert words in text


@pytest.mark.slow
def test_without_champion_slices_or_disparity_it_leaves_them_out(rules):
    text = page(params_of(values=[], reads="bound"), rules, baseline=BASELINE)
    assert headings(text) == ["Metrics", "ROC", "Precision and recall", "Calibration", "Confusion"]
    assert "Champion: none (nothing has been deployed yet)" in text
    assert "speaks against the model" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sample", "heading", "lead"),
    [
        (
            Sample("multiclass", ["a", "b"], np.array([0, 1] * 5), np.eye(2)[[0, 1] * 5], None),
            "Confusion",
            "5 a, 5 b",
        ),
        (
            Sample("regression", [], np.arange(10.0), np.arange(10.0) + 1, None),
            "Predicted and actual",
            "late is a number",
        ),
    ],
)
def test_each_task_has_its_pictures(rules, sample, heading, lead):
    limit = {"accuracy": {"min": 0.1}} if sample.labels else {"mae": {"max": 5}}
    text = page(params_of(limit, on_slices=limit), rules, sample, baseline=sample)
    assert headings(text)[1] == heading
    assert lead in text


@pytest.mark.slow
def test_the_worst_slices_come_first_and_unjudged_ones_last():
    def piece(value, verdict, rate):
        return {"value": value, "verdict": verdict, "metrics": {"error_rate": rate}}

    pieces = [
        piece("small", "too few rows", 0.9),
        piece("good", "passed", 0.1),
        piece("bad", "failed", 0.6),
        piece("gone", "absent", None),
    ]
    pieces.sort(key=lambda one: evaluation_page.badness(one, "error_rate", BINARY))
    assert [one["value"] for one in pieces] == ["bad", "good", "small", "gone"]
