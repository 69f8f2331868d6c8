"""A model's probabilities for raw rows: the one way in which everything here scores.

The gates, batch prediction and the service call this, so that what was measured is what is served.
"""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from pipeline import schema as schemas


class Scorer:
    """A fitted Pipeline (featurizer, estimator) and the schema of the rows it was fitted on."""

    def __init__(self, model: Pipeline, rules: schemas.Schema):
        self.model = model
        self.rules = rules
        positive = rules.columns[rules.target].positive
        self._positive = list(model.classes_).index(positive)

    def probabilities(self, table: pd.DataFrame) -> np.ndarray:
        """Return the probability of the positive class for each row of `table`: float64, (n,).

        `table` may hold raw values (strings, None) or typed ones, its columns in any order, and
        others beside them. Raises Refusal when a feature's column is absent.
        """
        typed, _ = schemas.cast(table, self.rules, self.rules.features)
        if typed.empty:
            return np.empty(0)
        return self.model.predict_proba(typed)[:, self._positive]

    def labels(self, probabilities: np.ndarray, threshold: float) -> list[str]:
        """Return the target's level for each probability: the positive one from `threshold` on."""
        negative, positive = self.rules.labels
        return [positive if value >= threshold else negative for value in probabilities]
