"""A model's scores for raw rows: the one way in which everything here scores.

Tables are scored by scikit-learn: the gates and batch prediction. A client's few rows are scored by
the same model compiled, which is a gate's business too: what was measured is what is served.
What a score is depends on the task: of a binary target the probability of the positive class (n,),
of more classes one probability a class (n, classes), in the order of the schema's `labels`, and of
a number the number (n,).
"""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from pipeline.data import columns
from pipeline.data import schema as schemas
from pipeline.model import compiled
from pipeline.model import inputs as model_inputs

BLOCK = 50_000  # rows of a table that are scored at once


class Scorer:
    """A fitted Pipeline (featurizer, estimator) and the schema of the rows it was fitted on.

    `recipe` is the module that declares the derived columns, where it is not this project's own.
    `inputs` are the columns that the model reads, those that are derived among them. `fallback`
    says why `scores_of` goes through scikit-learn; "" where the model is compiled.
    """

    def __init__(self, model: Pipeline, rules: schemas.Schema, recipe: ModuleType | None = None):
        self.model = model
        self.rules = rules
        self.inputs = model_inputs.of_model(rules, model[0], recipe)
        if rules.task != "regression":
            classes = list(model.classes_)
            self._order = [classes.index(label) for label in rules.labels]
        self.fallback = ""
        try:
            self._compiled = self._compile()
        except compiled.Unknown as unknown:
            self.fallback = str(unknown)

    def _compile(self) -> Callable[[Sequence[compiled.Row]], np.ndarray]:
        """Return the function behind `scores_of`; raises Unknown where there is none."""
        compiled.require(len(self.model) == 2, self.model)
        featurizer, estimator = self.model
        features, task = self._features(featurizer), self.rules.task
        if task == "regression":
            return lambda rows: np.asarray(estimator.predict(features(rows)), dtype="float64")
        ask = compiled.probabilities_of(estimator, estimator.n_features_in_)
        if task == "binary":
            positive = self._order[1]
            return lambda rows: ask(features(rows))[:, positive]
        return lambda rows: ask(features(rows))[:, self._order]

    def _features(self, featurizer) -> compiled.Features:
        """Return the compiled featurizer, behind the derived columns where there are any."""
        features, inputs = compiled.features_of(featurizer, self.inputs.schema), self.inputs
        if not inputs.derived:
            return features
        return lambda rows: features([inputs.row(row) for row in rows])

    def scores(self, table: pd.DataFrame) -> np.ndarray:
        """Return the score of each row of `table`: float64, (n,) or (n, classes).

        `table` may hold raw values (strings, None) or typed ones, its columns in any order, and
        others beside them. Raises Refusal when a column that the model reads is absent, or a
        derived column's function fails.
        """
        if len(table) > BLOCK:  # the features of all rows at once would take much more memory
            parts = [table.iloc[at : at + BLOCK] for at in range(0, len(table), BLOCK)]
            return np.concatenate([self.scores(part) for part in parts])
        typed, _ = columns.cast(table, self.rules, self.inputs.reads)
        if typed.empty:
            return self._none()
        typed = self.inputs.table(typed)[self.inputs.names]
        if self.rules.task == "regression":
            return np.asarray(self.model.predict(typed), dtype="float64")
        found = self.model.predict_proba(typed)[:, self._order]
        return found[:, 1] if self.rules.task == "binary" else found

    def scores_of(self, rows: Sequence[compiled.Row]) -> np.ndarray:
        """Return the score of each of a client's `rows`, as `schema.row_type` describes them.

        The same scores as those of a table of these rows, in a hundredth of the time for one row.
        Raises KeyError when a column that the model reads is absent, and Refusal when a derived
        column's function fails.
        """
        if not rows:
            return self._none()
        return self.scores(pd.DataFrame(rows)) if self.fallback else self._compiled(rows)

    def _none(self) -> np.ndarray:
        """Return the scores of no rows."""
        many = self.rules.task == "multiclass"
        return np.empty((0, len(self.rules.labels)) if many else 0)


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
