"""The baseline knows how often each class occurs, or the mean, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from evaluations import MODEL
from pipeline.evaluation.baseline import baseline_scores, with_baseline
from pipeline.evaluation.sample import Sample


@pytest.mark.slow
def test_the_baseline_knows_only_the_training_sets_share(rules, typed):
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


def test_the_baseline_of_a_number_predicts_the_training_sets_mean(rules):
    number = rules.columns["guests"].model_copy(update={"role": "target"})
    columns = {"weight": rules.columns["weight"], "guests": number}
    numbers = rules.model_copy(update={"columns": columns})
    sample = Sample("regression", [], np.array([5.0, 7.0]), np.zeros(2), None)
    baseline = with_baseline(sample, pd.DataFrame({"guests": [1, 2, 6]}), numbers)
    assert baseline.scores.tolist() == [3.0, 3.0]
    assert baseline.scores.dtype == "float64"
    assert baseline_scores(pd.Series([1, 2]), 3, numbers).tolist() == [1.5] * 3


def test_a_class_that_the_training_set_lacks_is_given_probability_0(rules):
    assert baseline_scores(pd.Series(["no", "no"]), 2, rules).tolist() == [0.0, 0.0]
    assert baseline_scores(pd.Series(["yes", "no", "no", "no"]), 1, rules).tolist() == [0.25]
