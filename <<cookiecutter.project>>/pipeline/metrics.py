"""What predictions of a binary target are worth: the metrics that thresholds may name.

Each takes `truth` (n,), bool, and `scores` (n,), the probability of the positive class; those that
judge labels also take the decision threshold. See scikit-learn's user guide, "Model evaluation".
"""

import numpy as np
from sklearn import metrics as sk

BINS = 10  # of equal width on [0, 1], for calibration


def roc_auc(truth, scores, threshold):
    return sk.roc_auc_score(truth, scores)


def average_precision(truth, scores, threshold):
    return sk.average_precision_score(truth, scores)


def accuracy(truth, scores, threshold):
    return np.mean((scores >= threshold) == truth)


def error_rate(truth, scores, threshold):
    return 1 - accuracy(truth, scores, threshold)


def log_loss(truth, scores, threshold):
    return sk.log_loss(truth, scores, labels=[False, True])


def brier(truth, scores, threshold):
    return np.mean((scores - truth) ** 2)


def calibration_error(truth, scores, threshold):
    """Mean distance of a bin's mean score from its share of positives (Naeini et al., 2015)."""
    count, score, share = calibration(truth, scores)
    return np.average(np.abs(score - share), weights=count)


HIGHER_IS_BETTER = {
    roc_auc: True,
    average_precision: True,
    accuracy: True,
    error_rate: False,
    log_loss: False,
    brier: False,
    calibration_error: False,
}
METRICS = {metric.__name__: metric for metric in HIGHER_IS_BETTER}
NEEDS_BOTH_CLASSES = ("roc_auc", "average_precision")


def measure(truth: np.ndarray, scores: np.ndarray, threshold: float) -> dict[str, float | None]:
    """Return every metric by name; None where it does not exist (one class only, no rows).

    >>> measure(np.array([False, True]), np.array([0.25, 0.75]), 0.5)["roc_auc"]
    1.0
    """
    found: dict[str, float | None] = dict.fromkeys(METRICS)
    if len(truth) == 0:
        return found
    for name, metric in METRICS.items():
        if name not in NEEDS_BOTH_CLASSES or 0 < truth.sum() < len(truth):
            found[name] = float(metric(truth, scores, threshold))
    return found


def gain(name: str, value: float, other: float) -> float:
    """Return how much better `value` of metric `name` is than `other`; negative when worse."""
    return value - other if HIGHER_IS_BETTER[METRICS[name]] else other - value


def calibration(truth, scores) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, for each bin with rows: their number, their mean score, their share of positives."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    count = np.bincount(bins, minlength=BINS)
    used = count > 0
    score = np.bincount(bins, scores, minlength=BINS)[used] / count[used]
    share = np.bincount(bins, truth, minlength=BINS)[used] / count[used]
    return count[used], score, share


def confusion(truth, scores, threshold) -> np.ndarray:
    """Return the counts (2, 2): rows are the truth, columns the label; negative first."""
    return sk.confusion_matrix(truth, scores >= threshold, labels=[False, True])
