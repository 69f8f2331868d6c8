"""A metric that a user adds, by the lines that the README of a generated project shows."""

import re

import numpy as np
import pandas as pd
import pytest

from evaluations import MODEL, judged, params_of
from mock_project import ROOT
from pipeline.core.errors import Refusal
from pipeline.production import live
from recipe import metrics
from samples import SAMPLES

NAME = "recall_at_5_percent"


@pytest.fixture
def added(monkeypatch) -> str:
    """Add the README's metric to recipe/metrics.py, as its readers would; return its name."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n# recipe/metrics.py.*?\n(.*?)```", readme, re.S)
    code = [line for line in lines.splitlines() if line]
    assert len(code) <= 5
    monkeypatch.setattr(metrics, "BINARY", dict(metrics.BINARY))
    exec(lines, vars(metrics))
    yield NAME
    del vars(metrics)[NAME]


def test_thresholds_slices_and_intervals_take_an_own_metric(added):
    sample = SAMPLES[0]
    limits = {added: {"min": 0.99, "gain": 0.9}}
    settings = params_of(limits, on_slices={added: {"min": 0.98}}, reads="bound")
    rows = pd.DataFrame({"size": ["small", "large"] * (len(sample.truth) // 2)})
    reasons, measured = judged(settings, sample, rows, sample, rows, sample)
    value, (low, high) = measured["metrics"][added], measured["intervals"][added]
    negatives = sample.scores[~sample.truth]
    assert value == np.mean(sample.scores[sample.truth] > np.quantile(negatives, 0.95))
    assert 0 <= low < value < high <= 1
    assert measured["champion"]["better_by"][added] == 0
    assert reasons[0] == (
        f"{added} is {value:.4f} (bound {low:.4f}), below evaluate.thresholds.{added}.min 0.99"
    )
    assert [piece["verdict"] for piece in measured["slices"]] == ["failed", "failed"]
    assert all(piece["intervals"][added] for piece in measured["slices"])


def test_the_live_metrics_hold_an_own_metric(added, rules, typed, made):
    settings = live.Params.model_validate(
        {
            "labels": "labels.csv", "min_rows": 1, "drifted_psi": 0.1, "drifted_missing": 0.1,
            "max_psi": 0.5, "thresholds": {added: {"min": 0.1}}, "slices": {"values": ["size"]},
        }
    )  # fmt: skip
    typed[[rules.id, "late"]].to_csv("labels.csv", index=False)
    scores = np.linspace(0, 1, len(typed))
    measured = live.live_metrics(typed, scores, rules, settings)
    assert 0 < measured["metrics"][added] < 1
    assert all(added in piece["metrics"] for piece in measured["slices"])


def test_an_own_metric_that_fails_is_one_sentence(monkeypatch):
    def uneven(truth, scores, threshold):
        return scores @ np.ones(3)

    own = metrics.Metric(uneven, higher_is_better=True)
    monkeypatch.setattr(metrics, "BINARY", {**metrics.BINARY, "uneven": own})
    with pytest.raises(Refusal, match=r"^recipe/metrics.py: `uneven` failed on \d+ rows"):
        judged(params_of(), MODEL)
