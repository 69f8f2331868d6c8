"""A model's scores for raw rows: the one way in which everything here scores.

The gates, batch prediction and the service call this, so that what was measured is what is served.
What a score is depends on the task: of a binary target the probability of the positive class (n,),
of more classes one probability a class (n, classes), in the order of the schema's `labels`, and of
a number the number (n,).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from pipeline import schema as schemas


class Scorer:
    """A fitted Pipeline (featurizer, estimator) and the schema of the rows it was fitted on."""

    def __init__(self, model: Pipeline, rules: schemas.Schema):
        self.model = model
        self.rules = rules
        if rules.task != "regression":
            classes = list(model.classes_)
            self._order = [classes.index(label) for label in rules.labels]

    def scores(self, table: pd.DataFrame) -> np.ndarray:
        """Return the score of each row of `table`: float64, (n,) or (n, classes).

        `table` may hold raw values (strings, None) or typed ones, its columns in any order, and
        others beside them. Raises Refusal when a feature's column is absent.
        """
        typed, _ = schemas.cast(table, self.rules, self.rules.features)
        if typed.empty:
            many = self.rules.task == "multiclass"
            return np.empty((0, len(self.rules.labels)) if many else 0)
        if self.rules.task == "regression":
            return np.asarray(self.model.predict(typed), dtype="float64")
        found = self.model.predict_proba(typed)[:, self._order]
        return found[:, 1] if self.rules.task == "binary" else found


def predictions(scores: np.ndarray, threshold: float | None, rules: schemas.Schema) -> list[dict]:
    """Return what is answered for each of `scores`.

    Binary: `label`, the positive one from `threshold` on, and `probability`, that of the positive
    one. More classes: `label`, the likeliest, and `probabilities` by label. A number: `value`.
    """
    if rules.task == "regression":
        return [{"value": float(value)} for value in scores]
    if rules.task == "binary":
        negative, positive = rules.labels
        return [
            {"label": positive if value >= threshold else negative, "probability": float(value)}
            for value in scores
        ]
    names = rules.labels
    return [
        {
            "label": names[int(row.argmax())],
            "probabilities": dict(zip(names, row.tolist(), strict=True)),
        }
        for row in scores
    ]


def scores_in(made: Sequence[dict[str, Any]], rules: schemas.Schema) -> np.ndarray:
    """Return the scores in `predictions`, as `Scorer.scores` gave them: float64.

    Raises LookupError or TypeError when they are predictions of another task.
    """
    if rules.task == "multiclass":
        rows = [[one["probabilities"][label] for label in rules.labels] for one in made]
        return np.array(rows, dtype="float64").reshape(len(made), len(rules.labels))
    key = "value" if rules.task == "regression" else "probability"
    return np.array([one[key] for one in made], dtype="float64")
