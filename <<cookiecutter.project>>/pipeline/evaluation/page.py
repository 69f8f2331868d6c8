"""The report of `evaluate` as a page: what was measured, drawn, and worst slices first."""

from typing import Any

import numpy as np

from pipeline.core.metric import Metric
from pipeline.evaluation import plots, thresholds
from pipeline.evaluation.sample import Sample
from pipeline.html import figures, page

MOST_DRAWN = 40  # slices in a picture; the table lists all


def render(sample: Sample, measured: dict[str, Any], reasons, known, settings, rules) -> str:
    """Return the page as self-contained HTML."""
    sections = [
        metrics_table(measured, settings),
        *_against_champion(measured),
        *pictures(sample),
        *_slices(measured["slices"], known, settings.slices),
        *_disparity(measured["disparity"]),
    ]
    verdict = "passed" if not reasons else "stopped"
    return page.render("Evaluation", verdict, _lead(measured, rules), reasons, sections)


def _lead(measured: dict[str, Any], rules) -> str:
    counts = [f"{count:,} {label}" for label, count in measured["classes"].items()]
    of = f"{rules.target}: {', '.join(counts)}" if counts else f"{rules.target} is a number"
    champion = measured["champion"]
    rival = champion["bento"] if "metrics" in champion else f"none ({champion['absent']})"
    return f"{measured['rows']:,} rows of the test part; {of}. Champion: {rival}."


def metrics_table(measured: dict[str, Any], settings) -> page.Table:
    """Return each metric with its interval, the baseline's, and its threshold."""
    rows = [
        [name, value, ends(measured["intervals"].get(name)), measured["baseline"][name],
         thresholds.words(settings.thresholds.get(name))]
        for name, value in measured["metrics"].items()
    ]  # fmt: skip
    bound = "the end of the interval that speaks against the model"
    reads = {"point": "the value", "bound": bound}
    reading = (
        "The model beside a baseline that knows the class shares (or the mean) only. The interval "
        f"holds {settings.bootstrap.confidence:.0%} of {settings.bootstrap.resamples:,} "
        f"resamples; thresholds read {reads[settings.reads]}."
    )
    columns = ["metric", "model", "interval", "baseline", "threshold"]
    return page.Table("Metrics", reading, columns, rows)


def _against_champion(measured: dict[str, Any]) -> list[page.Table]:
    champion = measured["champion"]
    if "metrics" not in champion:
        return []
    rows = [
        [name, measured["metrics"][name], champion["metrics"][name], better,
         ends(champion["better_by_intervals"][name])]
        for name, better in champion["better_by"].items()
    ]  # fmt: skip
    reading = (
        f"The model in production, {champion['bento']}, scored the same rows. Better by over 0 "
        "is better, whatever the metric; where the interval holds 0, chance alone may explain it."
    )
    columns = ["metric", "model", "champion", "better by", "interval"]
    return [page.Table("Against the champion", reading, columns, rows)]


def _binary(sample: Sample) -> list[page.Figure]:
    return [
        page.Figure("ROC", "Above the diagonal is better than chance; the dot is where the "
                    "decision threshold lies.", plots.roc(sample)),
        page.Figure("Precision and recall", "How many alarms are right, for each share of the "
                    "positives found.", plots.precision_recall(sample)),
        page.Figure("Calibration", "On the diagonal, a probability of 30 % comes true in 30 of "
                    "100 cases; larger dots are more rows.", plots.calibration(sample)),
        page.Figure("Confusion", "What is, against what the model says at the decision threshold.",
                    plots.confusion(sample)),
    ]  # fmt: skip


def _multiclass(sample: Sample) -> list[page.Figure]:
    reading = "What is, against what the model takes for the likeliest."
    return [page.Figure("Confusion", reading, plots.confusion(sample))]


def _regression(sample: Sample) -> list[page.Figure]:
    reading = "Each dot is a row; on the diagonal the model says what is."
    return [page.Figure("Predicted and actual", reading, plots.predicted(sample))]


_PICTURES = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}


def pictures(sample: Sample) -> list[page.Figure]:
    """Return the pictures of what a sample's scores are worth, by its task."""
    return _PICTURES[sample.task](sample)


def _slices(pieces: list[dict[str, Any]], known, settings) -> list:
    """Return a picture for each metric that is judged on slices, and the table of all of them."""
    if not pieces:
        return []
    names = list({**settings.thresholds, **settings.disparity}) or [next(iter(known))]
    figures = [
        page.Figure(f"Slices by {name}", "Worst first, with intervals; red did not pass. Dashed: "
                    "the threshold. Slices of too few rows are in the table only.",
                    svg, wide=True)
        for name in names
        if (svg := drawn(name, pieces, known, settings))
    ]  # fmt: skip
    columns = ["cut by", "value", "rows"]
    for name in names:
        columns += [name, "interval"]
    rows = [
        [piece["by"], piece["value"], piece["rows"], *_cells(piece, names), piece["verdict"]]
        for piece in sorted(pieces, key=lambda piece: badness(piece, names[0], known))
    ]
    reading = "Worst first; one of too few rows is not judged."
    return [*figures, page.Table("Slices", reading, [*columns, "verdict"], rows)]


def _cells(piece: dict[str, Any], names: list[str]) -> list:
    cells = []
    for name in names:
        cells += [piece["metrics"].get(name), ends(piece["intervals"].get(name))]
    return cells


def drawn(name: str, pieces, known, settings, most=MOST_DRAWN, width: float = 9) -> str | None:
    """Return the picture of the `most` worst slices that were judged by metric `name`, if any."""
    judged = [piece for piece in pieces if name in piece["intervals"] and _has(piece, name)]
    if not judged:
        return None
    judged = sorted(judged, key=lambda piece: badness(piece, name, known))[:most]
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


def _has(piece: dict[str, Any], name: str) -> bool:
    return piece["metrics"].get(name) is not None


def badness(piece: dict[str, Any], name: str, known: dict[str, Metric]):
    """Return a sort key: worst first, and last what was not judged."""
    value = piece["metrics"].get(name)
    better = known[name].gain(value, 0.0) if value is not None else np.inf
    return (piece["verdict"] not in ("passed", "failed"), better)


def _disparity(rows: list[dict[str, Any]]) -> list[page.Table]:
    if not rows:
        return []
    keys = ["by", "metric", "smallest", "from", "largest", "to", "difference", "ratio", "verdict"]
    reading = (
        "How far apart a metric is on the slices of one cut: largest minus smallest, and ratio."
    )
    return [
        page.Table("Disparity", reading, keys, [[row.get(key) for key in keys] for row in rows])
    ]


def ends(interval: list[float] | None) -> str:
    return "{:.4f} – {:.4f}".format(*interval) if interval else "–"
