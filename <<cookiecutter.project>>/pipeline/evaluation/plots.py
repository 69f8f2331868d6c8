"""Pictures of a sample for HTML reports (ROC, precision and recall, calibration, confusion), and
the tables behind them for `dvc plots`.
"""

import csv
from pathlib import Path

import numpy as np
from sklearn import metrics as sk

from pipeline.core.metric import calibration_curve, decide
from pipeline.evaluation.sample import Sample
from pipeline.html import figures

POINTS = 200  # of a curve; more cannot be seen


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
    count, score, share = calibration_curve(sample.truth, sample.scores)
    return {
        "roc": (["false_positive_rate", "true_positive_rate"], thin(fpr, tpr)),
        "precision_recall": (["recall", "precision"], thin(recall[::-1], precision[::-1])),
        "calibration": (["mean_score", "share_of_positives", "rows"], (score, share, count)),
        **_class_tables(sample),
    }


def _class_tables(sample: Sample) -> dict:
    labels = np.array(sample.labels)
    predictions = decide(sample.scores, sample.threshold)
    return {
        "confusion": (
            ["actual", "predicted"],
            (labels[sample.truth.astype(int)], labels[predictions]),
        )
    }


def _number_tables(sample: Sample) -> dict:
    order = np.argsort(sample.truth, kind="stable")
    return {"predicted": (["actual", "predicted"], thin(sample.truth[order], sample.scores[order]))}


_TABLES = {"binary": _binary_tables, "multiclass": _class_tables, "regression": _number_tables}


def thin(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return at most POINTS points of a curve, its ends among them."""
    keep = np.unique(np.linspace(0, len(x) - 1, POINTS).round().astype(int))
    return x[keep], y[keep]


def roc(sample: Sample) -> str:
    """Return the ROC curve of a binary sample, with a dot at its decision threshold."""
    figure, axes = figures.square("false positive rate", "true positive rate")
    fpr, tpr, _ = sk.roc_curve(sample.truth, sample.scores)
    axes.plot([0, 1], [0, 1], color=figures.GREY, linestyle="--", linewidth=1)
    axes.plot(*thin(fpr, tpr), color=figures.BLUE)
    (tn, fp), (fn, tp) = confusion_counts(sample)
    axes.plot(fp / (fp + tn), tp / (tp + fn), "o", color=figures.BLUE)
    return figures.svg(figure)


def precision_recall(sample: Sample) -> str:
    """Return the precision-recall curve of a binary sample; dashed: the share of positives."""
    figure, axes = figures.square("recall", "precision")
    precision, recall, _ = sk.precision_recall_curve(sample.truth, sample.scores)
    axes.axhline(sample.truth.mean(), color=figures.GREY, linestyle="--", linewidth=1)
    axes.plot(*thin(recall, precision), color=figures.BLUE)
    return figures.svg(figure)


def calibration(sample: Sample) -> str:
    """Return the reliability curve of a binary sample; larger dots are more rows."""
    figure, axes = figures.square("mean probability", "share of positives")
    count, score, share = calibration_curve(sample.truth, sample.scores)
    axes.plot([0, 1], [0, 1], color=figures.GREY, linestyle="--", linewidth=1)
    axes.plot(score, share, color=figures.BLUE, linewidth=1)
    axes.scatter(score, share, s=20 + 180 * count / count.max(), color=figures.BLUE)
    return figures.svg(figure)


def confusion(sample: Sample) -> str:
    """Return the rows by actual and predicted class: counts, and shares of the actual class."""
    from matplotlib.patches import Rectangle

    counts = confusion_counts(sample)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = len(sample.labels)
    figure, axes = figures.square("predicted", "actual", side=max(4.0, 0.8 * size + 1.5))
    axes.grid(visible=False)
    for (row, column), share in np.ndenumerate(shares):
        # Transparent, so that the words can be read on a light and on a dark page.
        axes.add_patch(
            Rectangle((column - 0.5, row - 0.5), 1, 1, color=figures.BLUE, alpha=0.4 * share)
        )
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
    axes.set_xticks(range(size), map(figures.words, sample.labels), rotation=45 if size > 3 else 0)
    axes.set_yticks(range(size), map(figures.words, sample.labels))
    for (row, column), count in np.ndenumerate(counts):
        text = f"{count:,}\n{shares[row, column]:.0%}"
        axes.text(column, row, text, ha="center", va="center")
    return figures.svg(figure)


def predicted(sample: Sample) -> str:
    """Return the predicted numbers over the actual ones; on the diagonal they are equal."""
    figure, axes = figures.square("actual", "predicted")
    order = np.argsort(sample.truth, kind="stable")
    actual, predictions = thin(sample.truth[order], sample.scores[order])
    ends = [min(actual.min(), predictions.min()), max(actual.max(), predictions.max())]
    axes.plot(ends, ends, color=figures.GREY, linestyle="--", linewidth=1)
    axes.plot(actual, predictions, "o", color=figures.BLUE, markersize=3, alpha=0.6)
    axes.set(xlim=None, ylim=None)
    axes.autoscale()
    return figures.svg(figure)


def confusion_counts(sample: Sample) -> np.ndarray:
    """Return the number of rows (classes, classes) by actual (rows) and predicted class."""
    labels = list(range(len(sample.labels)))
    return sk.confusion_matrix(sample.truth, decide(sample.scores, sample.threshold), labels=labels)
