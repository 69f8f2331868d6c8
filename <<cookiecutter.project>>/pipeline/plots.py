"""Pictures and tables of what a model's scores are worth: ROC, precision-recall, calibration,
confusion, intervals. The tables are what `dvc plots` reads; the pictures are SVG for HTML reports.
"""

import csv
import io
from pathlib import Path

import matplotlib
import numpy as np
from sklearn import metrics as sk

from pipeline import metrics as metric
from pipeline.bootstrap import Sample

matplotlib.use("svg")
matplotlib.rcParams.update(
    {
        "svg.hashsalt": "fixed",  # else two drawings of the same numbers differ
        "svg.fonttype": "none",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.25,
        "figure.constrained_layout.use": True,
    }
)
POINTS = 200  # of a curve; more cannot be seen
BLUE, GREY, RED, AMBER = "#2563eb", "#94a3b8", "#dc2626", "#d97706"


def write_tables(folder: Path, sample: Sample) -> None:
    """Write into `folder` the tables behind the pictures of a sample's task, as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (header, columns) in _TABLES[sample.task](sample).items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(zip(*(column.tolist() for column in columns), strict=True))


def _binary_tables(sample: Sample) -> dict:
    fpr, tpr, _ = sk.roc_curve(sample.truth, sample.scores)
    precision, recall, _ = sk.precision_recall_curve(sample.truth, sample.scores)
    count, score, share = metric.calibration(sample.truth, sample.scores)
    return {
        "roc": (["false_positive_rate", "true_positive_rate"], thin(fpr, tpr)),
        "precision_recall": (["recall", "precision"], thin(recall[::-1], precision[::-1])),
        "calibration": (["mean_score", "share_of_positives", "rows"], (score, share, count)),
        **_class_tables(sample),
    }


def _class_tables(sample: Sample) -> dict:
    labels, said = np.array(sample.labels), metric.decide(sample.scores, sample.threshold)
    return {
        "confusion": (["actual", "predicted"], (labels[sample.truth.astype(int)], labels[said]))
    }


def _number_tables(sample: Sample) -> dict:
    order = np.argsort(sample.truth, kind="stable")
    return {"predicted": (["actual", "predicted"], thin(sample.truth[order], sample.scores[order]))}


_TABLES = {"binary": _binary_tables, "multiclass": _class_tables, "regression": _number_tables}


def thin(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return at most about POINTS points of a curve, its ends among them."""
    keep = np.unique(np.linspace(0, len(x) - 1, POINTS).round().astype(int))
    return x[keep], y[keep]


def roc(sample: Sample) -> str:
    """Return the ROC curve of a binary sample, with a dot at its decision threshold."""
    figure, axes = _square("false positive rate", "true positive rate")
    fpr, tpr, _ = sk.roc_curve(sample.truth, sample.scores)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    axes.plot(*thin(fpr, tpr), color=BLUE)
    (tn, fp), (fn, tp) = metric.confusion(sample.truth, sample.scores, sample.threshold)
    axes.plot(fp / (fp + tn), tp / (tp + fn), "o", color=BLUE)
    return svg(figure)


def precision_recall(sample: Sample) -> str:
    """Return the precision-recall curve of a binary sample; dashed is the share of positives."""
    figure, axes = _square("recall", "precision")
    precision, recall, _ = sk.precision_recall_curve(sample.truth, sample.scores)
    axes.axhline(sample.truth.mean(), color=GREY, linestyle="--", linewidth=1)
    axes.plot(*thin(recall, precision), color=BLUE)
    return svg(figure)


def calibration(sample: Sample) -> str:
    """Return the reliability curve of a binary sample; larger dots are more rows."""
    figure, axes = _square("mean probability", "share of positives")
    count, score, share = metric.calibration(sample.truth, sample.scores)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    axes.plot(score, share, color=BLUE, linewidth=1)
    axes.scatter(score, share, s=20 + 180 * count / count.max(), color=BLUE)
    return svg(figure)


def confusion(sample: Sample) -> str:
    """Return the counts of each label for each class, and their share of the class."""
    counts = metric.confusion(sample.truth, sample.scores, sample.threshold)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = len(sample.labels)
    figure, axes = _square("the model says", "it is", side=max(4.0, 0.8 * size + 1.5))
    axes.grid(visible=False)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.4)
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
    axes.set_xticks(range(size), sample.labels, rotation=45 if size > 3 else 0)
    axes.set_yticks(range(size), sample.labels)
    for (row, column), count in np.ndenumerate(counts):
        text = f"{count:,}\n{shares[row, column]:.0%}"
        axes.text(column, row, text, ha="center", va="center")
    return svg(figure)


def predicted(sample: Sample) -> str:
    """Return the predicted numbers over the actual ones; on the diagonal they are the same."""
    figure, axes = _square("it is", "the model says")
    order = np.argsort(sample.truth, kind="stable")
    actual, said = thin(sample.truth[order], sample.scores[order])
    ends = [min(actual.min(), said.min()), max(actual.max(), said.max())]
    axes.plot(ends, ends, color=GREY, linestyle="--", linewidth=1)
    axes.plot(actual, said, "o", color=BLUE, markersize=3, alpha=0.6)
    axes.set(xlim=None, ylim=None)
    axes.autoscale()
    return svg(figure)


def intervals(
    names: list[str],
    values: list[float],
    ends: list[list[float] | None],
    marked: list[bool],
    limits: list[float],
    label: str,
) -> str:
    """Return a dot with its interval a row, the first on top, the marked ones in red.

    `ends` holds low and high of each value, None: no interval; a line stands at each of `limits`.
    """
    figure, axes = _rows(len(names), width=9)
    for row, (value, between, mark) in enumerate(zip(values, ends, marked, strict=True)):
        colour = RED if mark else BLUE
        if between:
            axes.hlines(row, *between, color=colour, linewidth=2, alpha=0.5)
        axes.plot(value, row, "o", color=colour)
    for limit in limits:
        axes.axvline(limit, color=GREY, linestyle="--", linewidth=1)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(label)
    return svg(figure)


def bars(
    names: list[str], values: list[float], marked: list[bool], limit: float, label: str
) -> str:
    """Return horizontal bars, the first on top, the marked ones in red, with a line at `limit`."""
    figure, axes = _rows(len(names))
    axes.barh(names, values, color=[RED if mark else BLUE for mark in marked])
    axes.axvline(limit, color=GREY, linestyle="--", linewidth=1)
    axes.set_xlabel(label)
    return svg(figure)


def pairs(names: list[str], sides: dict[str, list[float]], label: str) -> str:
    """Return two dots a row, one of each of the two `sides`, joined by a line."""
    figure, axes = _rows(len(names))
    (one, before), (other, after) = sides.items()
    axes.hlines(names, before, after, color=GREY, linewidth=2)
    axes.plot(before, names, "o", color=GREY, label=one)
    axes.plot(after, names, "o", color=BLUE, label=other)
    axes.set_xlabel(label)
    axes.legend(frameon=False)
    return svg(figure)


def layers(points: dict[str, np.ndarray]) -> str:
    """Return points (n, 2) by what they are, the later ones on top.

    The frame holds 99 % of the first; what lies beyond it is drawn at its border.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 5))
    axes = figure.subplots()
    low, high = np.quantile(next(iter(points.values())), [0.005, 0.995], axis=0)
    styles = [(GREY, ".", 4), (BLUE, "o", 4), (AMBER, "^", 7), (RED, "x", 7)]
    for (name, layer), (colour, marker, size) in zip(points.items(), styles, strict=True):
        x, y = layer.clip(low, high).T
        axes.plot(x, y, marker, color=colour, markersize=size, label=name, clip_on=False)
    axes.set(xlabel="first component", ylabel="second component")
    axes.legend(frameon=False)
    return svg(figure)


def _rows(count: int, width: float = 6):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 0.9 + 0.28 * count))
    axes = figure.subplots()
    axes.invert_yaxis()
    return figure, axes


def _square(x: str, y: str, side: float = 4.0):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(side + 0.2, side))
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return figure, axes


def svg(figure) -> str:
    """Return the figure as an SVG element, without the XML head that HTML does not want."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
