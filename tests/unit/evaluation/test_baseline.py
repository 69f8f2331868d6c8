"""The baseline knows how often each class occurs, or the mean, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from evaluations import MODEL
from pipeline.evaluation.baseline import with_baseline
from pipeline.evaluation.sample import Sample


@pytest.mark.slow
def test_the_baseline_knows_the_train_parts_share_alone(rules, typed):
    found = with_baseline(MODEL, typed, rules)
    assert set(found.scores) == {(typed["late"] == "yes").mean()}
    assert found.truth is MODEL.truth


def test_the_baseline_of_classes_knows_the_share_of_each(rules):
    column = rules.columns["late"].model_copy(update={"levels": ("a", "b", "c"), "positive": None})
    towns = rules.model_copy(update={"columns": {**rules.columns, "late": column}})
    train = pd.DataFrame({"late": list("aaab")})
    sample = Sample("multiclass", ["a", "b", "c"], np.array([0, 2]), np.zeros((2, 3)), None)
    found = with_baseline(sample, train, towns)
    assert found.scores.tolist() == [[0.75, 0.25, 0.0]] * 2
