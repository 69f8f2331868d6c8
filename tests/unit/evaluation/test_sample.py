"""A sample of rows: a model's scores beside the truth."""

import numpy as np

from evaluations import MODEL, TRUTH
from pipeline.evaluation.sample import Sample, class_counts, sample_of, values_of
from recipe.metrics import BINARY


def test_a_sample_holds_the_scorers_scores_beside_the_truth(scorer, typed, rules):
    sample = sample_of(scorer, typed, 0.4)
    assert (sample.task, sample.labels, sample.threshold) == ("binary", rules.labels, 0.4)
    assert np.array_equal(sample.truth, typed["late"] == "yes")
    assert np.array_equal(sample.scores, scorer.scores(typed))


def test_metrics_are_those_of_the_members_alone():
    wrong = Sample("binary", ["no", "yes"], TRUTH, np.where(TRUTH, 0.1, 0.3), 0.5)
    assert values_of(wrong, ~TRUTH, BINARY)["accuracy"] == 1
    assert values_of(wrong, np.flatnonzero(TRUTH), BINARY)["accuracy"] == 0
    assert values_of(wrong, slice(None), BINARY)["accuracy"] == 0.5


def test_rows_are_counted_by_class_and_numbers_are_not():
    assert class_counts(MODEL, TRUTH) == {"no": 0, "yes": 5}
    assert class_counts(MODEL, slice(3)) == {"no": 1, "yes": 2}
    numbers = Sample("regression", [], np.ones(3), np.ones(3), None)
    assert class_counts(numbers, slice(None)) == {}
