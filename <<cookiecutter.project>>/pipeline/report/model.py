"""The report's part on the model: metrics, the cost of errors, the importance of columns, the worst
slices, and the top errors.
"""

from dataclasses import replace

import numpy as np

from pipeline.core.metric import Metric
from pipeline.evaluation import page as evaluation_page
from pipeline.evaluation import plots
from pipeline.evaluation.sample import Sample, class_counts
from pipeline.html import figures, page
from pipeline.report import costs, importance, top_errors
from pipeline.report import plots as report_plots
from pipeline.report.data import left_out
from pipeline.report.judged import Judged
from pipeline.report.settings import Params
from recipe import metrics as metric

MOST_CLASSES = 12  # classes that have pictures of their own
MOST_SLICES = 12  # slices in a picture
MOST_COLUMNS = 40  # columns in the picture of importance

Metrics = dict[str, Metric]  # those of the task, by name


def build(judged: Judged, settings: Params, note: str = "") -> page.Part:
    """Return the part; `note` is a sentence on the model that goes into its lead."""
    metrics = metric.metrics_of(judged.sample.task, judged.sample.labels)
    losses = lost_by_column(judged, settings, metrics)
    items = [
        *_metrics(judged),
        *_CURVES[judged.sample.task](judged.sample),
        *_costs(judged.sample, settings),
        *_importance(losses, judged, settings),
        *_slices(judged, metrics),
        top_errors.table(judged, [loss.column for loss in losses], settings.wrong_rows),
    ]
    counts = class_counts(judged.sample, np.ones(len(judged.rows), bool))
    classes = ", ".join(f"{count:,} {label}" for label, count in counts.items())
    lead = f"All figures are of the {len(judged.rows):,} rows of the test set, which the model has "
    lead += f"never seen{f' ({classes})' if classes else ''}."
    return page.Part("model", "Model", f"{lead} {note}".strip(), items)


def _metrics(judged: Judged) -> list:
    if not judged.evaluation:
        return [page.Text("Metrics", "`evaluate` has not judged this model: see above.")]
    return [evaluation_page.metrics_table(judged.evaluation, judged.settings)]


def _binary(sample: Sample) -> list:
    reading = (
        "The predicted probabilities of the rows of each actual class. The less the two overlap, "
        f"the better. Right of the dashed threshold a row is predicted {sample.labels[1]}."
    )
    scores = page.Figure("Scores by class", reading, report_plots.by_class(sample))
    return [*evaluation_page.pictures(sample), scores]


def _multiclass(sample: Sample) -> list:
    """Return the confusion matrix, and pictures of each class against the rest."""
    rest = len(sample.labels) - MOST_CLASSES
    more = f" The last {rest} classes are left out." if rest > 0 else ""
    items: list = evaluation_page.pictures(sample)
    for place, label in enumerate(sample.labels[:MOST_CLASSES]):
        labels, truth = ["other", label], sample.truth == place
        one = Sample("binary", labels, truth, sample.scores[:, place], 0.5)
        if not 0 < one.truth.sum() < len(one.truth):
            continue
        drawn = [
            ("ROC", plots.roc(one)),
            ("precision and recall", plots.precision_recall(one)),
            ("calibration", plots.calibration(one)),
            ("scores", report_plots.by_class(one)),
        ]
        reading = (
            f"{label} against the rest: how well its probability ranks the rows, which share of "
            "the alarms is right, how often a probability comes true, and the probabilities of "
            f"each side.{more}"
        )
        items.append(page.Row(f"The class {label}", reading, drawn))
    return items


def _regression(sample: Sample) -> list:
    errors = sample.scores - sample.truth
    reading = (
        "Predicted minus actual values, by row. Right of the dashed line the prediction is too "
        "high; a peak beside the line is a bias."
    )
    drawn = report_plots.histogram(errors, "predicted - actual")
    return [*evaluation_page.pictures(sample), page.Figure("Errors", reading, drawn)]


_CURVES = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}


def _costs(sample: Sample, settings: Params) -> list:
    if sample.task != "binary":
        return []
    heading = "Cost of errors"
    if settings.costs is None:
        reading = (
            "Not known: write into `report.costs` in params.yaml what a false alarm and a miss "
            "cost. Then the cheapest threshold is shown here."
        )
        return [page.Text(heading, reading)]
    prices = settings.costs
    best, without = costs.cheapest(sample, prices), costs.never(sample, prices)
    saved = costs.at(sample, prices, sample.threshold).cost - best.cost
    unit = f"cost of {costs.PER_ROWS:,} rows" + (f", in {prices.unit}" if prices.unit else "")
    marks = {sample.threshold: "chosen", best.threshold: "cheapest"}
    rows = [
        [f"{cost.threshold:g}", cost.alarms, cost.false_alarms, cost.misses, f"{cost.cost:,.1f}",
         marks.get(cost.threshold, "")]
        for cost in costs.table(sample, prices)
    ]  # fmt: skip
    reading = (
        f"A false alarm costs {prices.false_alarm:g}, a miss {prices.miss:g} (report.costs). "
        f"Without a model, {costs.PER_ROWS:,} rows cost {without:,.1f}. At the cheapest threshold, "
        f"{best.threshold:g}, they cost {saved:,.1f} less than at the chosen one, "
        f"{sample.threshold:g} (evaluate.decision_threshold). It was found on these same rows, so "
        "it looks a little better than it is."
    )
    columns = ["threshold", "alarms", "false alarms", "misses", unit, ""]
    grid, values = costs.curve(sample, prices)
    curve = report_plots.cost(grid, values, sample.threshold, best.threshold, without, unit)
    low = "The lower the better. In a flat valley the threshold matters little."
    return [
        page.Figure("Cost by threshold", low, curve),
        page.Table(heading, reading, columns, rows),
    ]


def lost_by_column(judged: Judged, settings: Params, metrics: Metrics) -> list[importance.Lost]:
    """Return permutation importance on a sample of the test set's rows."""
    how, features = settings.importance, judged.scorer.rules.features
    places = importance.rows_of(judged.rows, len(features), how)
    sample = judged.sample
    some = replace(sample, truth=sample.truth[places], scores=sample.scores[places])
    kind = metrics[judged.first_metric]
    return importance.measure(judged.scorer, judged.rows.iloc[places], some, kind, how)


def _importance(losses: list[importance.Lost], judged: Judged, settings: Params) -> list:
    rules, name = judged.scorer.rules, judged.first_metric
    shown = [loss for loss in losses if loss.column not in rules.private][:MOST_COLUMNS]
    if not shown:
        return [page.Text("Permutation importance", "It could not be measured on these rows.")]
    rows = len(importance.rows_of(judged.rows, len(rules.features), settings.importance))
    reading = (
        f"How much worse {name} gets when a column is shuffled among {rows:,} rows: the mean and "
        f"the range of {settings.importance.repeats} shuffles. A column at 0 is not needed. "
        f"Columns that hold the same share their importance.{left_out(rules)}"
    )
    drawn = figures.intervals(
        [loss.column for loss in shown], [loss.mean for loss in shown],
        [[loss.least, loss.most] for loss in shown], [False] * len(shown), [0.0],
        f"{name} lost", width=4.8,
    )  # fmt: skip
    return [page.Figure("Permutation importance", reading, drawn)]


def _slices(judged: Judged, metrics: Metrics) -> list:
    """Return a picture of the worst public slices for each metric that slices are judged by."""
    settings, private = judged.settings.slices, judged.scorer.rules.private
    names = settings.judged or [next(iter(metrics))]
    slices = [
        piece
        for piece in (judged.evaluation or {}).get("slices", [])
        if not set(piece["by"].split(" x ")) & set(private)
    ]
    reading = (
        "The worst slices come first, with their intervals. A slice that misses a threshold is "
        "red; the dashed line is the threshold. A wide interval is a slice of few rows."
    )
    drawn = {
        name: evaluation_page.draw_slices(name, slices, metrics, settings, MOST_SLICES, width=4.8)
        for name in names
    }
    return [
        page.Figure(f"Worst slices by {name}", reading, svg) for name, svg in drawn.items() if svg
    ]
