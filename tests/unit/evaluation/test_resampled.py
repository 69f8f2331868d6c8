"""Fast methods: each gives the same as its metric's own function on repeated rows."""

import numpy as np
import pytest

from pipeline.core.metric import Metric
from pipeline.evaluation import bootstrap
from pipeline.evaluation.resampled import FAST, SUBSETS, BinaryResample, fast_method
from recipe import metrics
from samples import COUNT, SAMPLES

NAMES = ["binary", "ties", "multiclass", "regression"]


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
@pytest.mark.parametrize(
    "some",
    [slice(None), slice(10, 50), slice(10, 13), slice(10, 11), slice(0)],
    ids=["whole", "slice", "three rows", "one row", "no row"],
)
def test_a_fast_method_gives_the_same_as_the_metric_of_repeated_rows(sample, some):
    """Weighting a row by 3 is the same as having it three times; by 0, as not having it."""
    known, rows = metrics.metrics_of(sample.task, sample.labels), np.arange(COUNT)[some]
    weights = bootstrap.draw(COUNT, 20, seed=5)
    with np.errstate(divide="ignore", invalid="ignore"):
        resample = SUBSETS[sample.task](sample, rows).weighted(weights)
        for name, metric in known.items():
            own = bootstrap.repeated(sample, rows, metric, weights)
            fast = fast_method(sample.task, metric)(resample)
            assert fast == pytest.approx(own, abs=1e-9, nan_ok=True), name


def test_every_metric_of_the_tables_has_a_fast_method():
    for sample in SAMPLES:
        for name, metric in metrics.metrics_of(sample.task, sample.labels).items():
            assert fast_method(sample.task, metric), name


def test_a_fast_method_belongs_to_the_function_not_to_its_name():
    def accuracy(truth, scores, threshold):
        return 0.5

    assert fast_method("binary", metrics.BINARY["accuracy"]) is BinaryResample.accuracy
    assert fast_method("binary", Metric(accuracy, True)) is None
    assert fast_method("regression", metrics.BINARY["accuracy"]) is None
    assert fast_method("multiclass", Metric(accuracy, True).of_class(1)) is None
    assert len(FAST["binary"]) == len(metrics.BINARY)
