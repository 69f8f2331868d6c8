"""What predictions are worth: the metrics that thresholds may name, for each task.

Each takes `truth` (n,) as `Schema.truth` gives it and `scores` as `Scorer.scores` does; those that
judge a binary label also take the decision threshold. Most are scikit-learn's; see its user guide,
"Metrics and scoring". `bootstrap` holds the same metrics for many resamples at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn import metrics as sk

from pipeline.data.schema import Task

BINS = 10  # of equal width on [0, 1], for calibration

Values = dict[str, float | None]


def decide(scores: np.ndarray, threshold: float | None) -> np.ndarray:
    """Return the place in the schema's `labels` of the label that each score stands for: (n,)."""
    return scores.argmax(axis=1) if scores.ndim == 2 else (scores >= threshold).astype(int)


def roc_auc(truth, scores, threshold):
    """Area under the ROC curve; of more classes, the mean of each one's against the rest."""
    if scores.ndim == 1:
        return sk.roc_auc_score(truth, scores)
    classes = range(scores.shape[1])
    return np.mean([sk.roc_auc_score(truth == one, scores[:, one]) for one in classes])


def average_precision(truth, scores, threshold):
    return sk.average_precision_score(truth, scores)


def accuracy(truth, scores, threshold):
    return np.mean(decide(scores, threshold) == truth)


def error_rate(truth, scores, threshold):
    return 1 - accuracy(truth, scores, threshold)


def balanced_accuracy(truth, scores, threshold):
    """Mean recall of the classes that are there."""
    found = decide(scores, threshold)
    return np.mean([np.mean(found[truth == one] == one) for one in np.unique(truth)])


def macro_f1(truth, scores, threshold):
    """Mean F1 of the classes that are there, or were said to be."""
    return sk.f1_score(truth, decide(scores, threshold), average="macro")


def recall(truth, scores, threshold, one=1):
    return np.mean(decide(scores, threshold)[truth == one] == one)


def precision(truth, scores, threshold, one=1):
    return np.mean(truth[decide(scores, threshold) == one] == one)


def f1(truth, scores, threshold):
    return sk.f1_score(truth, decide(scores, threshold))


def log_loss(truth, scores, threshold):
    labels = [False, True] if scores.ndim == 1 else range(scores.shape[1])
    return sk.log_loss(truth, scores, labels=labels)


def brier(truth, scores, threshold):
    return np.mean((scores - truth) ** 2)


def calibration_error(truth, scores, threshold):
    """Mean distance of a bin's mean score from its share of positives (Naeini et al., 2015)."""
    count, score, share = calibration(truth, scores)
    return np.average(np.abs(score - share), weights=count)


def r2(truth, scores, threshold):
    """Share of the target's variance that the model explains; 0 is what its mean does."""
    return sk.r2_score(truth, scores)


def rmse(truth, scores, threshold):
    """Root of the mean squared error, in the target's unit."""
    return sk.root_mean_squared_error(truth, scores)


def mae(truth, scores, threshold):
    """Mean absolute error, in the target's unit."""
    return sk.mean_absolute_error(truth, scores)


@dataclass(frozen=True)
class Metric:
    """A metric: its function, which way is better, and whether its rows determine it at all."""

    of: Callable
    higher_is_better: bool
    exists: Callable = lambda truth, scores, threshold: True


def _ranks(truth, scores, threshold) -> bool:
    """Whether each class has rows, and the others too."""
    classes = range(scores.shape[1]) if scores.ndim == 2 else (1,)
    return all(0 < (truth == one).sum() < len(truth) for one in classes)


def _there(one: int) -> Callable:
    return lambda truth, scores, threshold: bool((truth == one).any())


def _said(one: int) -> Callable:
    return lambda truth, scores, threshold: bool((decide(scores, threshold) == one).any())


def _varies(truth, scores, threshold) -> bool:
    return bool(np.ptp(truth) > 0)


BINARY = {
    "roc_auc": Metric(roc_auc, True, _ranks),
    "average_precision": Metric(average_precision, True, _ranks),
    "accuracy": Metric(accuracy, True),
    "error_rate": Metric(error_rate, False),
    "recall": Metric(recall, True, _there(1)),
    "precision": Metric(precision, True, _said(1)),
    "f1": Metric(f1, True, _there(1)),
    "log_loss": Metric(log_loss, False),
    "brier": Metric(brier, False),
    "calibration_error": Metric(calibration_error, False),
}
MULTICLASS = {
    "roc_auc": Metric(roc_auc, True, _ranks),
    "accuracy": Metric(accuracy, True),
    "error_rate": Metric(error_rate, False),
    "balanced_accuracy": Metric(balanced_accuracy, True),
    "macro_f1": Metric(macro_f1, True),
    "log_loss": Metric(log_loss, False),
}
REGRESSION = {
    "r2": Metric(r2, True, _varies),
    "rmse": Metric(rmse, False),
    "mae": Metric(mae, False),
}


def metrics_of(task: Task, labels: list[str]) -> dict[str, Metric]:
    """Return the metrics of a task by name; of more classes also `recall of a` for each label."""
    if task == "regression":
        return REGRESSION
    if task == "binary":
        return BINARY
    found = dict(MULTICLASS)
    for place, label in enumerate(labels):
        found[f"recall of {label}"] = Metric(_of_class(recall, place), True, _there(place))
        found[f"precision of {label}"] = Metric(_of_class(precision, place), True, _said(place))
    return found


def _of_class(metric: Callable, place: int) -> Callable:
    return lambda truth, scores, threshold: metric(truth, scores, threshold, place)


def measure(known: dict[str, Metric], truth, scores, threshold: float | None) -> Values:
    """Return every one of the `known` metrics by name; None where it is no number.

    >>> measure(BINARY, np.array([False, True]), np.array([0.25, 0.75]), 0.5)["roc_auc"]
    1.0
    """
    found: Values = dict.fromkeys(known)
    if len(truth):
        for name, metric in known.items():
            if metric.exists(truth, scores, threshold):
                value = float(metric.of(truth, scores, threshold))
                found[name] = value if np.isfinite(value) else None
    return found


def gain(metric: Metric, value: float, other: float) -> float:
    """Return how much better `value` is than `other`; negative when worse."""
    return value - other if metric.higher_is_better else other - value


def calibration(truth, scores) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, for each bin with rows: their number, their mean score, their share of positives."""
    bins = calibration_bins(scores)
    count = np.bincount(bins, minlength=BINS)
    used = count > 0
    score = np.bincount(bins, scores, minlength=BINS)[used] / count[used]
    share = np.bincount(bins, truth, minlength=BINS)[used] / count[used]
    return count[used], score, share


def calibration_bins(scores: np.ndarray) -> np.ndarray:
    """Return the number of the bin in which each score lies: (n,)."""
    return np.minimum((scores * BINS).astype(int), BINS - 1)


def confusion(truth, scores, threshold) -> np.ndarray:
    """Return the counts (classes, classes): rows are the truth, columns the label."""
    count = scores.shape[1] if scores.ndim == 2 else 2
    return sk.confusion_matrix(truth, decide(scores, threshold), labels=list(range(count)))
