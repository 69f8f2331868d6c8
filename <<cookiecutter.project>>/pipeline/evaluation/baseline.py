"""The baseline: a model that knows how often each class occurs, or the mean, and no feature."""

from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier, DummyRegressor

from pipeline.data.schema import Schema
from pipeline.evaluation.sample import Sample


def baseline_scores(target: pd.Series, count: int, rules: Schema) -> np.ndarray:
    """Return the baseline's scores of `count` rows: (count,), or (count, classes).

    `target` holds the training set's values of the target.
    """
    truth, rows = rules.truth(target), np.zeros((count, 1))
    if rules.task == "regression":
        return DummyRegressor().fit(truth, truth).predict(rows).astype("float64")
    dummy = DummyClassifier(strategy="prior").fit(truth, truth.astype(int))
    scores = np.zeros((count, len(rules.labels)))
    scores[:, dummy.classes_] = dummy.predict_proba(rows)
    return scores[:, 1] if rules.task == "binary" else scores


def with_baseline(sample: Sample, train: pd.DataFrame, rules: Schema) -> Sample:
    """Return the same rows as `sample` with the scores of the baseline, fitted on `train`."""
    scores = baseline_scores(train[rules.target], len(sample.truth), rules)
    return replace(sample, scores=scores)
