"""A model with the rows that it was judged on: what the pictures of the report are drawn from."""

from dataclasses import dataclass

import pandas as pd

from pipeline.evaluation.record import Evaluation
from pipeline.evaluation.sample import Sample
from pipeline.evaluation.settings import Params
from pipeline.model.scorer import Scorer


@dataclass(frozen=True)
class Judged:
    """A model, the typed rows of the test set, and the model's scores of them.

    evaluation: the record of `evaluate`; None where it has not judged this model. settings: its
    section of params.yaml.
    """

    scorer: Scorer
    rows: pd.DataFrame
    sample: Sample
    evaluation: Evaluation | None
    settings: Params

    @property
    def first_metric(self) -> str:
        """The first metric that has a threshold: importance is measured by it."""
        return next(iter(self.settings.thresholds))
