"""The report of `evaluate` as a page: metrics, pictures, and slices, the worst first."""

import numpy as np

from pipeline.core.metric import Metric
from pipeline.data.schema import Schema
from pipeline.evaluation import plots, thresholds
from pipeline.evaluation.record import Evaluation, MeasuredSlice, Spread
from pipeline.evaluation.sample import Sample
from pipeline.evaluation.settings import Params, Slices
from pipeline.html import figures, page

MOST_DRAWN = 40  # slices in a picture; the table lists all of them


def render(
    sample: Sample,
    measured: Evaluation,
    reasons: list[str],
    metrics: dict[str, Metric],
    settings: Params,
    rules: Schema,
) -> str:
    """Return the page as self-contained HTML; `reasons` say which thresholds were missed."""
    sections = [
        metrics_table(measured, settings),
        *_against_champion(measured),
        *pictures(sample),
        *_slices(measured["slices"], metrics, settings.slices),
        *_disparity(measured["disparity"]),
    ]
    verdict = "passed" if not reasons else "stopped"
    return page.render("Evaluation", verdict, _lead(measured, rules), reasons, sections)


def _lead(measured: Evaluation, rules: Schema) -> str:
    counts = [f"{count:,} {label}" for label, count in measured["classes"].items()]
    target = f"{rules.target}: {', '.join(counts)}" if counts else f"{rules.target} is a number"
    champion = measured["champion"]
    rival = champion["bento"] if "metrics" in champion else f"none ({champion['absent']})"
    return f"{measured['rows']:,} rows of the test set; {target}. Champion: {rival}."


def metrics_table(measured: Evaluation, settings: Params) -> page.Table:
    """Return each metric with its interval, the baseline's value, and its threshold."""
    rows = [
        [name, value, ends(measured["intervals"].get(name)), measured["baseline"][name],
         thresholds.words(settings.thresholds.get(name))]
        for name, value in measured["metrics"].items()
    ]  # fmt: skip
    bound = "the end of the interval that speaks against the model"
    reads = {"point": "the value", "bound": bound}
    reading = (
        "The model beside a baseline that knows only the class shares (or the mean). The interval "
        f"holds {settings.bootstrap.confidence:.0%} of {settings.bootstrap.resamples:,} resamples. "
        f"Thresholds are compared with {reads[settings.reads]}."
    )
    columns = ["metric", "model", "interval", "baseline", "threshold"]
    return page.Table("Metrics", reading, columns, rows)


def _against_champion(measured: Evaluation) -> list[page.Table]:
    champion = measured["champion"]
    if "metrics" not in champion:
        return []
    rows = [
        [name, measured["metrics"][name], champion["metrics"][name], better,
         ends(champion["better_by_intervals"][name])]
        for name, better in champion["better_by"].items()
    ]  # fmt: skip
    reading = (
        f"The model in production, {champion['bento']}, scored the same rows. Above 0 "
        "the model is better, whatever the metric. Where the interval holds 0, chance alone may "
        "explain the difference."
    )
    columns = ["metric", "model", "champion", "better by", "interval"]
    return [page.Table("Against the champion", reading, columns, rows)]


def _binary(sample: Sample) -> list[page.Figure]:
    return [
        page.Figure("ROC", "Above the diagonal is better than chance. The dot is the "
                    "decision threshold.", plots.roc(sample)),
        page.Figure("Precision and recall", "The share of alarms that are right, for each share "
                    "of the positives that are found.", plots.precision_recall(sample)),
        page.Figure("Calibration", "On the diagonal, a probability of 30 % comes true in 30 of "
                    "100 cases. Larger dots are more rows.", plots.calibration(sample)),
        page.Figure("Confusion", "Actual against predicted class, at the decision threshold.",
                    plots.confusion(sample)),
    ]  # fmt: skip


def _multiclass(sample: Sample) -> list[page.Figure]:
    reading = "Actual against predicted class: the most probable one."
    return [page.Figure("Confusion", reading, plots.confusion(sample))]


def _regression(sample: Sample) -> list[page.Figure]:
    reading = "Each dot is a row. On the diagonal, prediction and truth are equal."
    return [page.Figure("Predicted and actual", reading, plots.predicted(sample))]


_PICTURES = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}


def pictures(sample: Sample) -> list[page.Figure]:
    """Return the pictures of a sample's scores, by its task."""
    return _PICTURES[sample.task](sample)


def _slices(slices: list[MeasuredSlice], metrics: dict[str, Metric], settings: Slices) -> list:
    """Return a picture for each metric that slices are judged by, and the table of all slices."""
    if not slices:
        return []
    names = settings.judged or [next(iter(metrics))]
    drawn = {name: draw_slices(name, slices, metrics, settings) for name in names}
    reading = (
        f"The worst slices come first, at most {MOST_DRAWN}, each with its interval. A slice that "
        "misses a threshold is red; the dashed line is the threshold. Slices of too few rows are "
        "in the table only."
    )
    pictures = [
        page.Figure(f"Slices by {name}", reading, svg, wide=True)
        for name, svg in drawn.items()
        if svg
    ]
    columns = ["cut by", "value", "rows"]
    for name in names:
        columns += [name, "interval"]
    rows = [
        [piece["by"], piece["value"], piece["rows"], *_cells(piece, names), piece["verdict"]]
        for piece in sorted(slices, key=lambda piece: badness(piece, names[0], metrics))
    ]
    reading = "The worst slices come first. A slice of too few rows is not judged."
    return [*pictures, page.Table("Slices", reading, [*columns, "verdict"], rows)]


def _cells(piece: MeasuredSlice, names: list[str]) -> list:
    cells: list = []
    for name in names:
        cells += [piece["metrics"].get(name), ends(piece["intervals"].get(name))]
    return cells


def draw_slices(
    name: str,
    slices: list[MeasuredSlice],
    metrics: dict[str, Metric],
    settings: Slices,
    most: int = MOST_DRAWN,
    width: float = 9,
) -> str | None:
    """Return a picture of the `most` worst judged slices by metric `name`; None without any."""
    judged = [
        piece
        for piece in slices
        if name in piece["intervals"] and piece["metrics"].get(name) is not None
    ]
    if not judged:
        return None
    judged = sorted(judged, key=lambda piece: badness(piece, name, metrics))[:most]
    threshold = settings.thresholds.get(name)
    limits = [threshold.min, threshold.max] if threshold else []
    return figures.intervals(
        [f"{piece['by']}: {piece['value']}" for piece in judged],
        [piece["metrics"][name] for piece in judged],
        [piece["intervals"][name] for piece in judged],
        [piece["verdict"] == "failed" for piece in judged],
        [limit for limit in limits if limit is not None],
        name,
        width,
    )


def badness(piece: MeasuredSlice, name: str, metrics: dict[str, Metric]) -> tuple[bool, float]:
    """Return a sort key: the worst slice first, slices that were not judged last."""
    value = piece["metrics"].get(name)
    better = metrics[name].gain(value, 0.0) if value is not None else np.inf
    return (piece["verdict"] not in ("passed", "failed"), better)


def _disparity(rows: list[Spread]) -> list[page.Table]:
    if not rows:
        return []
    keys = ["by", "metric", "smallest", "from", "largest", "to", "difference", "ratio", "verdict"]
    reading = (
        "How far apart a metric is on the slices of one cut: the difference of the largest and the "
        "smallest value, and their ratio."
    )
    return [
        page.Table("Disparity", reading, keys, [[row.get(key) for key in keys] for row in rows])
    ]


def ends(interval: list[float] | None) -> str:
    return "{:.4f} – {:.4f}".format(*interval) if interval else "–"
