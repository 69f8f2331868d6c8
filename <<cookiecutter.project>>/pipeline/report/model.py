"""The report's part on the model: what its scores are worth, what its mistakes cost, which columns
it leans on, where it is worst, and the rows that it got most wrong.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.evaluation import page as evaluation_page
from pipeline.evaluation import plots
from pipeline.evaluation import settings as evaluate_settings
from pipeline.evaluation.sample import Sample, class_counts
from pipeline.html import figures, page
from pipeline.model.scorer import Scorer
from pipeline.report import costs, importance
from pipeline.report import plots as report_plots
from pipeline.report import top_errors as wrong_rows
from pipeline.report.data import left_out
from pipeline.report.settings import Params
from recipe import metrics as metric

MOST_CLASSES = 12  # that have pictures of their own
MOST_SLICES = 12
MOST_COLUMNS = 40  # in the picture of importance


@dataclass(frozen=True)
class Judged:
    """A model, the rows of the test part, what it says of them, and what `evaluate` measured."""

    scorer: Scorer
    rows: pd.DataFrame
    sample: Sample
    measured: dict[str, Any]
    judging: evaluate_settings.Params


def build(judged: Judged, settings: Params, note: str = "") -> page.Part:
    """Return the part; `note` says what else has to be known of the model."""
    known = metric.metrics_of(judged.sample.task, judged.sample.labels)
    found = lost_by_column(judged, settings, known)
    items = [
        *_metrics(judged),
        *_CURVES[judged.sample.task](judged.sample),
        *_costs(judged.sample, settings),
        *_importance(found, judged, settings, known),
        *_slices(judged, known),
        wrong_rows.table(judged, [one.column for one in found], settings.wrong_rows),
    ]
    counts = class_counts(judged.sample, np.ones(len(judged.rows), bool))
    of = ", ".join(f"{count:,} {label}" for label, count in counts.items()) or "numbers"
    lead = f"{len(judged.rows):,} rows of the test part, which the model has never seen: {of}."
    return page.Part("model", "Model", f"{lead} {note}".strip(), items)


def _metrics(judged: Judged) -> list:
    if not judged.measured:
        return [page.Text("Metrics", "`evaluate` has not judged this model: see above.")]
    return [evaluation_page.metrics_table(judged.measured, judged.judging)]


def _binary(sample: Sample) -> list:
    scores = page.Figure(
        "Scores by class", "The probabilities that rows of each class got. The less the two lie "
        "on each other, the better; right of the dashed threshold a row is called "
        f"{sample.labels[1]}.", report_plots.by_class(sample)
    )  # fmt: skip
    return [*evaluation_page.pictures(sample), scores]


def _multiclass(sample: Sample) -> list:
    """Return the confusion, and each class against the rest."""
    rest = len(sample.labels) - MOST_CLASSES
    more = f" {rest} more classes have none." if rest > 0 else ""
    items: list = evaluation_page.pictures(sample)
    for place, label in enumerate(sample.labels[:MOST_CLASSES]):
        one = Sample(
            "binary", ["other", label], sample.truth == place, sample.scores[:, place], 0.5
        )
        if not 0 < one.truth.sum() < len(one.truth):
            continue
        drawn = [
            ("ROC", plots.roc(one)),
            ("precision and recall", plots.precision_recall(one)),
            ("calibration", plots.calibration(one)),
            ("scores", report_plots.by_class(one)),
        ]
        reading = (
            f"{label} against the rest: how well its probability ranks, how many alarms are right, "
            f"whether it comes true, and which probabilities each side got.{more}"
        )
        items.append(page.Row(f"The class {label}", reading, drawn))
    return items


def _regression(sample: Sample) -> list:
    errors = sample.scores - sample.truth
    reading = (
        "How far the model is off, row by row; right of the dashed line it says too much. "
        "A heap that is not above the line is a bias."
    )
    drawn = report_plots.histogram(errors, "prediction less truth")
    return [*evaluation_page.pictures(sample), page.Figure("Errors", reading, drawn)]


_CURVES = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}


def _costs(sample: Sample, settings: Params) -> list:
    if sample.task != "binary":
        return []
    heading = "What mistakes cost"
    if settings.costs is None:
        reading = "Nobody has said what a false alarm and a miss cost (report.costs in params.yaml)"
        return [page.Text(heading, f"{reading}, so no threshold can be called the cheapest.")]
    given = settings.costs
    best, without = costs.cheapest(sample, given), costs.never(sample, given)
    saved = costs.at(sample, given, sample.threshold).cost - best.cost
    unit = f"cost of {costs.PER_ROWS:,} rows" + (f", in {given.unit}" if given.unit else "")
    rows = [
        [f"{one.threshold:g}", one.alarms, one.false_alarms, one.misses, f"{one.cost:,.1f}",
         "cheapest" if one.threshold == best.threshold else
         "chosen" if one.threshold == sample.threshold else ""]
        for one in costs.table(sample, given)
    ]  # fmt: skip
    if best.threshold == sample.threshold:
        rows = [[*row[:-1], "cheapest" if row[-1] else ""] for row in rows]
    reading = (
        f"A false alarm costs {given.false_alarm:g}, a miss {given.miss:g} (report.costs). Without "
        f"a model, {costs.PER_ROWS:,} rows cost {without:,.1f}. The chosen threshold is "
        f"evaluate.decision_threshold, {sample.threshold:g}; at {best.threshold:g}, the cheapest, "
        f"they would cost {saved:,.1f} less. That was found on these same rows, so it looks a "
        "little better than it is."
    )
    columns = ["threshold", "alarms", "false alarms", "misses", unit, ""]
    grid, values = costs.curve(sample, given)
    curve = report_plots.cost(grid, values, sample.threshold, best.threshold, without, unit)
    low = "The lower the better; a flat valley means that the threshold matters little there."
    return [
        page.Figure("Cost by threshold", low, curve),
        page.Table(heading, reading, columns, rows),
    ]


def lost_by_column(judged: Judged, settings: Params, known) -> list[importance.Lost]:
    """Return permutation importance on a sample of the test part's rows."""
    how, features = settings.importance, judged.scorer.rules.features
    places = importance.rows_of(judged.rows, len(features), how)
    sample = judged.sample
    some = replace(sample, truth=sample.truth[places], scores=sample.scores[places])
    kind = known[metric_of(judged)]
    return importance.measure(judged.scorer, judged.rows.iloc[places], some, kind, how)


def metric_of(judged: Judged) -> str:
    """Return the metric that importance is measured by: the first that `evaluate` judges."""
    return next(iter(judged.judging.thresholds))


def _importance(found: list[importance.Lost], judged: Judged, settings: Params, known) -> list:
    rules = judged.scorer.rules
    shown = [one for one in found if one.column not in rules.private][:MOST_COLUMNS]
    if not shown:
        return [page.Text("Permutation importance", "It could not be measured on these rows.")]
    rows = len(importance.rows_of(judged.rows, len(rules.features), settings.importance))
    name = metric_of(judged)
    reading = (
        f"How much worse {name} gets when a column is shuffled among {rows:,} rows; the line spans "
        f"{settings.importance.repeats} shuffles. At 0 the model does not need it. Columns that "
        f"say the same share their weight.{left_out(rules)}"
    )
    drawn = figures.intervals(
        [one.column for one in shown], [one.mean for one in shown],
        [[one.least, one.most] for one in shown], [False] * len(shown), [0.0],
        f"{name} lost", width=4.8,
    )  # fmt: skip
    return [page.Figure("Permutation importance", reading, drawn)]


def _slices(judged: Judged, known) -> list:
    settings, rules = judged.judging.slices, judged.scorer.rules
    names = list({**settings.thresholds, **settings.disparity}) or [next(iter(known))]
    pieces = [
        piece for piece in judged.measured.get("slices", [])
        if not set(piece["by"].split(" x ")) & set(rules.private)
    ]  # fmt: skip
    reading = (
        "Worst first, with their intervals; red did not pass, dashed is the threshold. A wide "
        "line is a slice of few rows, of which little is known."
    )
    drawn = {
        name: evaluation_page.draw_slices(name, pieces, known, settings, MOST_SLICES, width=4.8)
        for name in names
    }
    return [
        page.Figure(f"Worst slices by {name}", reading, svg) for name, svg in drawn.items() if svg
    ]
