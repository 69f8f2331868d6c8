"""The metrics that thresholds may name: for each one function, and one row of its task's table.

A function takes, for n rows,
- `truth` (n,): whether the label is the positive one; of more classes, its place in the schema's
  `labels`; or the number;
- `scores`: the probability of the positive label (n,); one probability a class (n, classes); or
  the predicted number (n,);
- `threshold`: the decision threshold of a binary target (`evaluate.decision_threshold`).

It returns a number. Its row says whether higher is better, and which rows it needs: a ROC AUC
needs both classes. Most are scikit-learn's: see "Metrics and scoring" in its user guide.
"""

import numpy as np
from sklearn import metrics as sk

from pipeline.core.metric import Metric, calibration_curve, decide
from pipeline.data.schema import Task


def roc_auc(truth, scores, threshold):
    """Area under the ROC curve; of more classes, the mean of each one's against the rest."""
    if scores.ndim == 1:
        return sk.roc_auc_score(truth, scores)
    classes = range(scores.shape[1])
    return np.mean([sk.roc_auc_score(truth == label, scores[:, label]) for label in classes])


def average_precision(truth, scores, threshold):
    return sk.average_precision_score(truth, scores)


def accuracy(truth, scores, threshold):
    return np.mean(decide(scores, threshold) == truth)


def error_rate(truth, scores, threshold):
    return 1 - accuracy(truth, scores, threshold)


def balanced_accuracy(truth, scores, threshold):
    """Mean recall of the classes that occur."""
    predicted = decide(scores, threshold)
    return np.mean([np.mean(predicted[truth == label] == label) for label in np.unique(truth)])


def macro_f1(truth, scores, threshold):
    """Mean F1 of the classes that occur or are predicted."""
    return sk.f1_score(truth, decide(scores, threshold), average="macro")


def recall(truth, scores, threshold, label=1):
    return np.mean(decide(scores, threshold)[truth == label] == label)


def precision(truth, scores, threshold, label=1):
    return np.mean(truth[decide(scores, threshold) == label] == label)


def f1(truth, scores, threshold):
    return sk.f1_score(truth, decide(scores, threshold))


def log_loss(truth, scores, threshold):
    labels = [False, True] if scores.ndim == 1 else range(scores.shape[1])
    return sk.log_loss(truth, scores, labels=labels)


def brier(truth, scores, threshold):
    return np.mean((scores - truth) ** 2)


def calibration_error(truth, scores, threshold):
    """Mean distance of a bin's mean score from its share of positives (Naeini et al., 2015)."""
    count, score, share = calibration_curve(truth, scores)
    return np.average(np.abs(score - share), weights=count)


def r2(truth, scores, threshold):
    """Share of the target's variance that the model explains; always predicting the mean: 0."""
    return sk.r2_score(truth, scores)


def rmse(truth, scores, threshold):
    """Root of the mean squared error, in the target's unit."""
    return sk.root_mean_squared_error(truth, scores)


def mae(truth, scores, threshold):
    """Mean absolute error, in the target's unit."""
    return sk.mean_absolute_error(truth, scores)


def each_class_occurs(truth, scores, threshold) -> bool:
    """Whether each class has rows, and rows that are not of it."""
    classes = range(scores.shape[1]) if scores.ndim == 2 else (1,)
    return all(0 < (truth == label).sum() < len(truth) for label in classes)


def occurs(truth, scores, threshold, label=1) -> bool:
    return bool((truth == label).any())


def is_predicted(truth, scores, threshold, label=1) -> bool:
    return bool((decide(scores, threshold) == label).any())


def varies(truth, scores, threshold) -> bool:
    return bool(np.ptp(truth) > 0)


BINARY = {
    "roc_auc": Metric(roc_auc, higher_is_better=True, defined=each_class_occurs),
    "average_precision": Metric(
        average_precision, higher_is_better=True, defined=each_class_occurs
    ),
    "accuracy": Metric(accuracy, higher_is_better=True),
    "error_rate": Metric(error_rate, higher_is_better=False),
    "recall": Metric(recall, higher_is_better=True, defined=occurs),
    "precision": Metric(precision, higher_is_better=True, defined=is_predicted),
    "f1": Metric(f1, higher_is_better=True, defined=occurs),
    "log_loss": Metric(log_loss, higher_is_better=False),
    "brier": Metric(brier, higher_is_better=False),
    "calibration_error": Metric(calibration_error, higher_is_better=False),
}
MULTICLASS = {
    "roc_auc": Metric(roc_auc, higher_is_better=True, defined=each_class_occurs),
    "accuracy": Metric(accuracy, higher_is_better=True),
    "error_rate": Metric(error_rate, higher_is_better=False),
    "balanced_accuracy": Metric(balanced_accuracy, higher_is_better=True),
    "macro_f1": Metric(macro_f1, higher_is_better=True),
    "log_loss": Metric(log_loss, higher_is_better=False),
}
# Of more than two classes, one metric for each of them: `recall of NAME`. Takes `label` too.
PER_CLASS = {
    "recall": Metric(recall, higher_is_better=True, defined=occurs),
    "precision": Metric(precision, higher_is_better=True, defined=is_predicted),
}
REGRESSION = {
    "r2": Metric(r2, higher_is_better=True, defined=varies),
    "rmse": Metric(rmse, higher_is_better=False),
    "mae": Metric(mae, higher_is_better=False),
}


def metrics_of(task: Task, labels: list[str]) -> dict[str, Metric]:
    """Return the metrics of a task by name; of more classes, with PER_CLASS for each label."""
    if task != "multiclass":
        return REGRESSION if task == "regression" else BINARY
    of_classes = {
        f"{name} of {label}": metric.of_class(place)
        for place, label in enumerate(labels)
        for name, metric in PER_CLASS.items()
    }
    return {**MULTICLASS, **of_classes}
