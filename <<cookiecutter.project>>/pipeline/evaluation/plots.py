"""Pictures and tables of what a model's scores are worth: ROC, precision-recall, calibration,
confusion, intervals. The tables are what `dvc plots` reads; the pictures are SVG for HTML reports.
"""

import csv
import io
import re
import warnings
from pathlib import Path

import matplotlib
import numpy as np
from sklearn import metrics as sk

from pipeline.evaluation.bootstrap import Sample
from recipe import metrics as metric

matplotlib.use("svg")
POINTS = 200  # of a curve; more cannot be seen
INK, BLUE, GREY, RED, AMBER = "#0f172a", "#2563eb", "#94a3b8", "#dc2626", "#d97706"
# A page says what these are, by day and by night; elsewhere a picture has the ones above.
NAMES = {INK: "ink", BLUE: "blue", GREY: "grey", RED: "red", AMBER: "amber"}
LONGEST = 32  # characters of a name beside a picture
matplotlib.rcParams.update(
    {
        **dict.fromkeys(["text.color", "axes.labelcolor", "axes.edgecolor"], INK),
        **dict.fromkeys(["xtick.color", "ytick.color", "grid.color"], INK),
        "text.parse_math": False,  # a `$` in a column's name is a dollar
        "svg.hashsalt": "fixed",  # else two drawings of the same numbers differ
        "svg.fonttype": "none",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.12,
        "figure.constrained_layout.use": True,
    }
)


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
    from matplotlib.patches import Rectangle

    counts = metric.confusion(sample.truth, sample.scores, sample.threshold)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = len(sample.labels)
    figure, axes = _square("the model says", "it is", side=max(4.0, 0.8 * size + 1.5))
    axes.grid(visible=False)
    for (row, column), share in np.ndenumerate(shares):
        # A share of the colour over the page's own ground: words on it are read by day and night.
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=BLUE, alpha=0.4 * share))
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
    axes.set_xticks(range(size), map(words, sample.labels), rotation=45 if size > 3 else 0)
    axes.set_yticks(range(size), map(words, sample.labels))
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
    width: float = 9,
) -> str:
    """Return a dot with its interval a row, the first on top, the marked ones in red.

    `ends` holds low and high of each value, None: no interval; a line stands at each of `limits`.
    """
    figure, axes = _rows(len(names), width)
    for row, (value, between, mark) in enumerate(zip(values, ends, marked, strict=True)):
        colour = RED if mark else BLUE
        if between:
            axes.hlines(row, *between, color=colour, linewidth=2, alpha=0.5)
        axes.plot(value, row, "o", color=colour)
    for limit in limits:
        axes.axvline(limit, color=GREY, linestyle="--", linewidth=1)
    _name_rows(axes, names)
    axes.set_xlabel(label)
    return svg(figure)


def bars(
    names: list[str], values: list[float], marked: list[bool], limit: float, label: str
) -> str:
    """Return horizontal bars, the first on top, the marked ones in red, with a line at `limit`."""
    figure, axes = _rows(len(names))
    axes.barh(range(len(names)), values, color=[RED if mark else BLUE for mark in marked])
    _name_rows(axes, names)
    axes.axvline(limit, color=GREY, linestyle="--", linewidth=1)
    axes.set_xlabel(label)
    return svg(figure)


def pairs(names: list[str], sides: dict[str, list[float]], label: str) -> str:
    """Return a dot a row for each of the two or three `sides`, joined by a line."""
    figure, axes = _rows(len(names))
    values, rows = np.array(list(sides.values()), dtype="float64"), range(len(names))
    axes.hlines(rows, values.min(axis=0), values.max(axis=0), color=GREY, linewidth=2)
    for (side, of), colour in zip(sides.items(), (GREY, BLUE, AMBER), strict=False):
        axes.plot(of, rows, "o", color=colour, label=side)
    _name_rows(axes, names)
    axes.set_xlabel(label)
    axes.legend(frameon=False, loc="lower right")
    return svg(figure)


def layers(points: dict[str, np.ndarray]) -> str:
    """Return points (n, 2) by what they are, the later ones on top.

    The frame holds 99 % of the first; what lies beyond it is drawn at its border.
    """
    figure, axes = axes_of(6, 5)
    low, high = np.quantile(next(iter(points.values())), [0.005, 0.995], axis=0)
    styles = [(GREY, ".", 4), (BLUE, "o", 4), (AMBER, "^", 7), (RED, "x", 7)]
    for (name, layer), (colour, marker, size) in zip(points.items(), styles, strict=True):
        x, y = layer.clip(low, high).T
        axes.plot(x, y, marker, color=colour, markersize=size, label=name, clip_on=False)
    axes.set(xlabel="first component", ylabel="second component")
    axes.legend(frameon=False)
    return svg(figure)


def words(name) -> str:
    """Return a name as it stands beside a picture: one line, not too long.

    >>> words("two\\nlines")
    'two lines'
    """
    line = " ".join(str(name).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _name_rows(axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), map(words, names))


def axes_of(width: float, height: float):
    """Return an empty figure of so many inches, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    return figure, figure.subplots()


def _rows(count: int, width: float = 4.8):
    figure, axes = axes_of(width, 0.9 + 0.28 * count)
    axes.invert_yaxis()
    return figure, axes


def _square(x: str, y: str, side: float = 4.0):
    figure, axes = axes_of(side + 0.2, side)
    axes.set(xlabel=x, ylabel=y, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return figure, axes


def svg(figure) -> str:
    """Return the figure as an SVG element: small, without an XML head, in the page's colours."""
    buffer = io.StringIO()
    with warnings.catch_warnings():
        # A browser has the letters that matplotlib's font lacks.
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.S)
    # Names that nothing refers to, and digits that nobody sees.
    text = re.sub(r' id="[a-z][\w.]*_\d+"', "", text)
    text = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), text)
    for colour, name in NAMES.items():
        text = text.replace(colour, f"var(--{name}, {colour})")
    return re.sub(r"\s*\n\s*", "\n", text)
