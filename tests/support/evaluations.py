"""Ten predictions, and how they are measured and judged."""

from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.evaluation.judge import judge
from pipeline.evaluation.measure import Rivals, measure, note_lost
from pipeline.evaluation.sample import Sample
from pipeline.evaluation.settings import Params, Slices
from pipeline.evaluation.slices import cut
from pipeline.report.settings import Costs
from recipe.metrics import metrics_of

TRUTH = np.array([True, False] * 5)
SCORES = np.where(TRUTH, 0.8, 0.3)
ROWS = pd.DataFrame({"size": ["small"] * 6 + ["large"] * 3 + [None], "guests": [1.0] * 10})
SLICES = {"values": ["size"], "min_rows": 3, "too_few_rows": "pass", "reads": "point"}
MODEL = Sample("binary", ["no", "yes"], TRUTH, SCORES, 0.5)
BASELINE = replace(MODEL, scores=np.full(10, 0.5))
# Five predictions, of which mistakes cost.
FIVE = Sample(
    "binary",
    ["no", "yes"],
    np.array([True, True, False, False, False]),
    np.array([0.9, 0.3, 0.6, 0.2, 0.1]),
    0.5,
)
COSTS = Costs(false_alarm=1, miss=5)


def params_of(thresholds=None, on_slices=None, **changed) -> Params:
    """Return parameters; names of `changed` are keys of the section, or of its slices."""
    slices = {**SLICES, "thresholds": on_slices or {}}
    whole = {
        "decision_threshold": 0.5,
        "reads": "point",
        "bootstrap": {"confidence": 0.9, "resamples": 100, "seed": 1},
        "no_champion": "pass",
        "thresholds": thresholds or {"accuracy": {"min": 0.5}},
    }
    for key, value in changed.items():
        (slices if key in Slices.model_fields and key not in whole else whole)[key] = value
    return Params.model_validate({**whole, "slices": slices})


def judged(settings, model=MODEL, rows=ROWS, rival=None, train=None, baseline=BASELINE):
    known = metrics_of(model.task, model.labels)
    pieces = cut(rows, settings.slices, "evaluate.slices")
    measured = measure(Rivals(model, baseline, rival), pieces, known, settings)
    seen = cut(ROWS if train is None else train, settings.slices, "evaluate.slices")
    note_lost(measured, seen, pieces, settings)
    return judge(measured, known, settings), measured


def verdicts(measured) -> dict[str, str]:
    return {piece["value"]: piece["verdict"] for piece in measured["slices"]}


def with_scores(**changed) -> Sample:
    """Return the model with other scores in rows `row_<number>`."""
    scores = SCORES.copy()
    for name, score in changed.items():
        scores[int(name.removeprefix("row_"))] = score
    return replace(MODEL, scores=scores)


LARGE_WRONG = with_scores(row_6=0.2, row_7=0.7, row_8=0.2)
LARGE = {"big ones": "size == 'large'"}
