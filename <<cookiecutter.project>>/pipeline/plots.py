"""Pictures and tables of what a model's scores are worth: ROC, precision-recall, calibration,
confusion. The tables are what `dvc plots` reads; the pictures are SVG for the HTML report.
"""

import csv
import io
from pathlib import Path

import matplotlib
import numpy as np
from sklearn import metrics as sk

from pipeline import metrics as metric

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
BLUE, GREY, RED = "#2563eb", "#94a3b8", "#dc2626"


def write_tables(folder: Path, truth, scores, threshold: float, labels: list[str]) -> None:
    """Write roc.csv, precision_recall.csv, calibration.csv and confusion.csv into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    fpr, tpr, _ = sk.roc_curve(truth, scores)
    precision, recall, _ = sk.precision_recall_curve(truth, scores)
    count, score, share = metric.calibration(truth, scores)
    tables = {
        "roc": (["false_positive_rate", "true_positive_rate"], thin(fpr, tpr)),
        "precision_recall": (["recall", "precision"], thin(recall[::-1], precision[::-1])),
        "calibration": (["mean_score", "share_of_positives", "rows"], (score, share, count)),
        "confusion": (
            ["actual", "predicted"],
            (np.where(truth, *labels[::-1]), np.where(scores >= threshold, *labels[::-1])),
        ),
    }
    for name, (header, columns) in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(zip(*(column.tolist() for column in columns), strict=True))


def thin(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return at most about POINTS points of a curve, its ends among them."""
    keep = np.unique(np.linspace(0, len(x) - 1, POINTS).round().astype(int))
    return x[keep], y[keep]


class Chart:
    """The pictures of one set of scores (n,) against the truth (n,)."""

    def __init__(self, truth, scores, threshold: float, labels: list[str]):
        self.truth, self.scores, self.threshold, self.labels = truth, scores, threshold, labels

    def roc(self) -> str:
        figure, axes = _square("false positive rate", "true positive rate")
        fpr, tpr, _ = sk.roc_curve(self.truth, self.scores)
        axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        axes.plot(*thin(fpr, tpr), color=BLUE)
        (tn, fp), (fn, tp) = metric.confusion(self.truth, self.scores, self.threshold)
        axes.plot(fp / (fp + tn), tp / (tp + fn), "o", color=BLUE)
        return svg(figure)

    def precision_recall(self) -> str:
        figure, axes = _square("recall", "precision")
        precision, recall, _ = sk.precision_recall_curve(self.truth, self.scores)
        axes.axhline(self.truth.mean(), color=GREY, linestyle="--", linewidth=1)
        axes.plot(*thin(recall, precision), color=BLUE)
        return svg(figure)

    def calibration(self) -> str:
        figure, axes = _square("mean probability", "share of positives")
        count, score, share = metric.calibration(self.truth, self.scores)
        axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        axes.plot(score, share, color=BLUE, linewidth=1)
        axes.scatter(score, share, s=20 + 180 * count / count.max(), color=BLUE)
        return svg(figure)

    def confusion(self) -> str:
        figure, axes = _square("the model says", "it is")
        counts = metric.confusion(self.truth, self.scores, self.threshold)
        shares = counts / counts.sum(axis=1, keepdims=True)
        axes.grid(visible=False)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.4)
        axes.set(xlim=(-0.5, 1.5), ylim=(1.5, -0.5))
        axes.set_xticks([0, 1], self.labels)
        axes.set_yticks([0, 1], self.labels)
        for (row, column), count in np.ndenumerate(counts):
            text = f"{count:,}\n{shares[row, column]:.0%}"
            axes.text(column, row, text, ha="center", va="center")
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


def _rows(count: int):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 0.9 + 0.28 * count))
    axes = figure.subplots()
    axes.invert_yaxis()
    return figure, axes


def _square(x: str, y: str):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 4))
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return figure, axes


def svg(figure) -> str:
    """Return the figure as an SVG element, without the XML head that HTML does not want."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
