"""The report's part on the model."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from orders import private
from pipeline.data import schema as schemas
from pipeline.evaluation import settings as evaluate_settings
from pipeline.evaluation.sample import Sample, sample_of
from pipeline.report import model as model_section
from pipeline.report.judged import Judged
from pipeline.report.settings import Params
from recipe.metrics import BINARY


@pytest.fixture
def report(settings) -> Params:
    return settings("report", Params)


@pytest.fixture
def judged(scorer, typed, settings) -> Judged:
    judging = settings("evaluate", evaluate_settings.Params)
    sample = sample_of(scorer, typed, judging.decision_threshold)
    return Judged(scorer, typed, sample, None, judging)


def guess(task: str, judging: evaluate_settings.Params) -> Judged:
    """Return a model of another task that guesses by its only column."""
    number = {"type": "number", "role": "target"}
    levels = {"type": "category", "role": "target", "levels": ["a", "b", "c", "never"]}
    target = number if task == "regression" else levels
    rules = schemas.Schema.model_validate({"columns": {"x": {"type": "number"}, "t": target}})
    rows = pd.DataFrame({"x": np.arange(60) % 3.0})

    def scores(rows):
        x = rows["x"].to_numpy()
        return x + 0.5 if task == "regression" else np.eye(4)[x.astype(int)] * 0.9 + 0.025

    truth = (np.arange(60) % 3).astype("float64" if task == "regression" else "int64")
    truth[:5] = 0
    rows["t"] = truth if task == "regression" else np.array(["a", "b", "c"])[truth]
    sample = Sample(task, rules.labels, truth, scores(rows), None)
    reads = SimpleNamespace(reads=rules.features)
    scorer = SimpleNamespace(rules=rules, scores=scores, inputs=reads)
    metric = "r2" if task == "regression" else "accuracy"
    judging = judging.model_copy(update={"thresholds": {metric: None}})
    return Judged(scorer, rows, sample, None, judging)


def headings(part) -> list[str]:
    return [item.heading for item in part.items]


@pytest.mark.slow
def test_a_binary_model_has_its_items_in_order(judged, report):
    part = model_section.build(judged, report, "It is old.")
    assert headings(part) == [
        "Metrics",
        "ROC",
        "Precision and recall",
        "Calibration",
        "Confusion",
        "Scores by class",
        "Cost by threshold",
        "Cost of errors",
        "Permutation importance",
        "Top errors",
    ]
    assert part.items[0].reading == "`evaluate` has not judged this model: see above."
    assert part.lead.startswith("All figures are of the 120 rows of the test set")
    assert part.lead.endswith("yes). It is old.")
    assert all(item.reading for item in part.items), "each has a sentence that says how to read it"


@pytest.mark.slow
def test_slices_of_private_columns_are_left_out(judged, report):
    piece = {"by": "size", "value": "large", "rows": 30, "verdict": "passed",
             "metrics": {"error_rate": 0.1}, "intervals": {"error_rate": [0.0, 0.2]}}  # fmt: skip
    evaluation = {
        "metrics": {"roc_auc": 0.9}, "intervals": {"roc_auc": [0.8, 1.0]},
        "baseline": {"roc_auc": 0.5}, "slices": [piece],
    }  # fmt: skip
    part = model_section.build(replace(judged, evaluation=evaluation), report)
    assert "Worst slices by error_rate" in headings(part)
    assert part.items[0].columns[0] == "metric"
    hidden = SimpleNamespace(rules=private(judged.scorer.rules, "size"),
                             scores=judged.scorer.scores,
                             inputs=judged.scorer.inputs)  # fmt: skip
    part = model_section.build(replace(judged, evaluation=evaluation, scorer=hidden), report)
    assert "Worst slices by error_rate" not in headings(part)
    (weight,) = [item for item in part.items if item.heading == "Permutation importance"]
    assert "are left out: size" in weight.reading


@pytest.mark.slow
def test_the_chosen_and_the_cheapest_threshold_are_marked(judged, report):
    part = model_section.build(judged, report)
    table = part.items[headings(part).index("Cost of errors")]
    marks = [row[-1] for row in table.rows if row[-1]]
    assert "cheapest" in marks
    assert table.columns[4] == "cost of 1,000 rows, in loaves"
    assert "less than at the chosen one" in table.reading
    rated = [float(row[4].replace(",", "")) for row in table.rows]
    assert rated[[row[-1] for row in table.rows].index("cheapest")] == min(rated)


@pytest.mark.slow
def test_a_chosen_threshold_that_is_the_cheapest_is_marked_once(judged, report):
    truth = judged.sample.truth
    right = replace(judged.sample, scores=np.where(truth, 0.75, 0.25), threshold=0.5)
    items = model_section._costs(right, report)
    assert [row[-1] for row in items[1].rows if row[-1]] == ["cheapest"]


def test_unknown_costs_are_asked_for(judged, report):
    (text,) = model_section._costs(judged.sample, report.model_copy(update={"costs": None}))
    assert "report.costs" in text.reading


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        ("multiclass", ["Metrics", "Confusion", "The class a", "The class b", "The class c",
                        "Permutation importance", "Top errors"]),
        ("regression", ["Metrics", "Predicted and actual", "Errors", "Permutation importance",
                        "Top errors"]),
    ],
)  # fmt: skip
def test_each_task_has_its_pictures(task, wanted, settings, report):
    part = model_section.build(guess(task, settings("evaluate", evaluate_settings.Params)), report)
    assert headings(part) == wanted, "a class without rows has no curve"


@pytest.mark.slow
def test_importance_of_an_undefined_metric_is_not_shown(judged, report):
    one_class = judged.rows[judged.rows["late"] == "no"]
    sample = sample_of(judged.scorer, one_class, judged.settings.decision_threshold)
    few = replace(judged, rows=one_class, sample=sample)
    losses = model_section.lost_by_column(few, report, BINARY)
    (text,) = model_section._importance(losses, few, report)
    assert text.reading == "It could not be measured on these rows."
