"""How far chance may have moved a metric: the same metrics, weighted, and their intervals."""

import warnings

import numpy as np
import pytest
from scipy.stats import poisson
from sklearn import metrics as sk

from pipeline.core.metric import Metric, always
from pipeline.evaluation import bootstrap, resampled
from pipeline.evaluation.bootstrap import Part
from pipeline.evaluation.sample import Sample
from recipe import metrics
from samples import COUNT, SAMPLES

pytestmark = pytest.mark.slow


def some(*names: str) -> dict[str, Metric]:
    """Return these metrics; their names tell the task."""
    return {name: {**metrics.REGRESSION, **metrics.BINARY}[name] for name in names}


def median_gap(truth, scores, threshold):
    """A metric that has no fast method."""
    return np.median(scores[truth]) - np.median(scores[~truth])


def test_a_metric_without_a_fast_method_is_computed_from_repeated_rows():
    one, rows = SAMPLES[0], np.arange(10, 50)
    own = Metric(median_gap, True, metrics.each_class_occurs)
    ((values,),) = bootstrap.resample([one], [Part(rows, {"gap": own, **some("recall")})], 20, 5)
    weights = bootstrap.draw(COUNT, 20, np.random.SeedSequence(5).spawn(1)[0])
    for number in range(20):
        repeated = np.repeat(rows, weights[rows, number])
        truth, scores = one.truth[repeated], one.scores[repeated]
        expected = np.median(scores[truth]) - np.median(scores[~truth])
        assert values["gap"][number] == pytest.approx(expected, abs=1e-12)
    low, high = bootstrap.interval(values["gap"], 0.9)
    assert low < median_gap(one.truth[rows], one.scores[rows], 0.5) < high
    assert set(values) == {"gap", "recall"}


def test_a_resample_that_does_not_determine_a_metric_is_nan():
    one = Sample("binary", ["no", "yes"], np.array([True, False, False]), np.zeros(3), 0.5)
    own = Metric(median_gap, True, metrics.each_class_occurs)
    ((values,),) = bootstrap.resample([one], [Part(np.arange(3), {"gap": own})], 200, 1)
    assert np.isnan(values["gap"]).mean() == pytest.approx(0.37 + 0.63 * 0.14, abs=0.1)
    assert set(values["gap"][~np.isnan(values["gap"])]) == {0.0}


def test_a_function_of_the_same_name_does_not_get_the_fast_method():
    def accuracy(truth, scores, threshold):
        return 0.25

    part = [Part(np.arange(COUNT), {"accuracy": Metric(accuracy, True)})]
    ((values,),) = bootstrap.resample(SAMPLES[:1], part, 20, 1)
    assert set(values["accuracy"]) == {0.25}


@pytest.mark.parametrize("defined", [always, lambda *_: False], ids=["value", "defined"])
def test_an_edited_function_does_not_get_the_fast_method(monkeypatch, defined):
    """Its fast method is still registered, and gives what the function gave before."""

    def edited(truth, scores, threshold):
        return metrics.accuracy(truth, scores, threshold) - 1

    monkeypatch.setitem(resampled.FAST["binary"], edited, resampled.BinaryResample.accuracy)
    metric = Metric(edited, True, defined)
    ((values,),) = bootstrap.resample(
        SAMPLES[:1], [Part(np.arange(COUNT), {"accuracy": metric})], 20, 1
    )
    if defined is always:
        assert (values["accuracy"] < 0).all()
    else:
        assert np.isnan(values["accuracy"]).all()


@pytest.mark.parametrize("one", SAMPLES, ids=["binary", "ties", "multiclass", "regression"])
def test_undefined_metrics_have_no_interval_and_do_not_warn(one):
    known = metrics.metrics_of(one.task, one.labels)
    parts = [Part(np.arange(5, 5 + count), known) for count in (0, 1, 2)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (found,) = bootstrap.resample([one], parts, 50, seed=1)
    assert {bootstrap.interval(values, 0.9) for part in found for values in part.values()} == {None}


def test_a_table_without_rows_has_no_metric():
    nothing = Sample("binary", ["no", "yes"], np.empty(0, bool), np.empty(0), 0.5)
    (parts,) = bootstrap.resample([nothing], [Part(np.arange(0), some("accuracy"))], 3, seed=1)
    assert np.isnan(parts[0]["accuracy"]).tolist() == [True] * 3


def test_a_constant_model_ranks_as_chance_does():
    truth = np.array([True, False, False] * 20)
    constant = Sample("binary", ["no", "yes"], truth, np.full(COUNT, 0.3), 0.5)
    names = some("roc_auc", "average_precision", "recall")
    (parts,) = bootstrap.resample([constant], [Part(np.arange(COUNT), names)], 50, seed=1)
    assert set(parts[0]["roc_auc"]) == {0.5}
    assert parts[0]["average_precision"].mean() == pytest.approx(1 / 3, abs=0.05)
    assert set(parts[0]["recall"]) == {0}


@pytest.mark.parametrize("rare", [0, 1], ids=["all rows equal", "all but one"])
def test_a_target_that_hardly_varies_has_no_r2(rare):
    """In a third of the resamples the one other row is left out, and nothing varies."""
    truth = np.full(100, 0.1)
    truth[:rare] = 7.3
    one = Sample("regression", [], truth, truth + 0.01, None)
    (parts,) = bootstrap.resample([one], [Part(np.arange(100), some("r2"))], 200, seed=1)
    defined = parts[0]["r2"][~np.isnan(parts[0]["r2"])]
    assert len(defined) == pytest.approx(200 * 0.63 * rare, abs=20)
    assert ((defined <= 1) & (defined > 0.9)).all()
    assert bootstrap.interval(parts[0]["r2"], 0.9) is None


def test_r2_keeps_its_digits_far_from_zero():
    near = SAMPLES[3]
    far = Sample("regression", [], near.truth + 2.0**33, near.scores + 2.0**33, None)
    part = [Part(np.arange(COUNT), some("r2"))]
    one, other = bootstrap.resample([near, far], part, 20, seed=1)
    assert np.abs(one[0]["r2"] - other[0]["r2"]).max() < 1e-6


def test_an_infinite_loss_is_clipped_as_by_scikit_learn():
    one = Sample("binary", ["no", "yes"], np.array([True, False]), np.array([0.0, 0.0]), 0.5)
    (parts,) = bootstrap.resample([one], [Part(np.arange(1), some("log_loss"))], 20, seed=1)
    there = parts[0]["log_loss"][~np.isnan(parts[0]["log_loss"])]
    assert there == pytest.approx(sk.log_loss([True], [0.0], labels=[False, True]))


def test_scikit_learn_agrees_where_rows_can_be_weighted():
    one = SAMPLES[1]
    (parts,) = bootstrap.resample(
        [one], [Part(np.arange(COUNT), some("roc_auc", "brier"))], 3, seed=1
    )
    weights = bootstrap.draw(COUNT, 3, np.random.SeedSequence(1).spawn(1)[0])
    for number in range(3):
        weighted = {"sample_weight": weights[:, number]}
        expected = sk.roc_auc_score(one.truth, one.scores, **weighted)
        assert parts[0]["roc_auc"][number] == pytest.approx(expected, abs=1e-12)
        expected = sk.brier_score_loss(one.truth, one.scores, **weighted)
        assert parts[0]["brier"][number] == pytest.approx(expected, abs=1e-12)


def test_weights_are_poisson_of_mean_1():
    weights = bootstrap.draw(2000, 64, 1)
    assert weights.shape == (2000, 64)
    assert weights.mean() == pytest.approx(1, abs=0.01)
    assert weights.var() == pytest.approx(1, abs=0.02)
    assert (weights == 0).mean() == pytest.approx(np.exp(-1), abs=0.005)
    assert len(np.unique(weights[:, 0])) > 4
    assert not np.array_equal(weights[:, 0], weights[:, 1])


def test_counts_are_as_likely_as_poisson_says_to_five_digits():
    shares = np.bincount(bootstrap.COUNTS) / len(bootstrap.COUNTS)
    exact = poisson(1).cdf(np.arange(len(shares)))
    assert np.abs(np.cumsum(shares) - exact).max() < 1e-5


def test_the_seed_determines_draws_and_no_block_repeats_another():
    part = [Part(np.arange(COUNT), some("roc_auc"))]
    one, same, other = (
        bootstrap.resample(SAMPLES[:1], part, 200, seed)[0][0]["roc_auc"] for seed in (1, 1, 2)
    )
    assert len(one) == 200
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[:64], one[64:128])


@pytest.mark.parametrize(
    ("most", "count", "sizes"),
    [
        (2**27, 128, [64, 64]),
        (2**27, 130, [64, 64, 2]),
        (8 * COUNT * 3, 7, [3, 3, 1]),
        (8 * COUNT * 3 - 1, 4, [2, 2]),
        (1, 2, [1, 1]),
    ],
)
def test_a_table_of_many_rows_is_drawn_in_smaller_blocks(monkeypatch, most, count, sizes):
    drawn, draw = [], bootstrap.draw
    monkeypatch.setattr(bootstrap, "MOST_BYTES", most)
    monkeypatch.setattr(
        bootstrap, "draw", lambda rows, size, seed: drawn.append(size) or draw(rows, size, seed)
    )
    part = [Part(np.arange(COUNT), some("recall"))]
    (parts,) = bootstrap.resample(SAMPLES[:1], part, count, seed=1)
    assert sorted(drawn[1:], reverse=True) == sizes, "the first one checks the fast method"
    assert len(parts[0]["recall"]) == count


def test_the_same_draws_serve_both_models_of_a_pair():
    """A model compared with itself is never better nor worse, in any resample."""
    part = [Part(np.arange(COUNT), some("roc_auc", "log_loss"))]
    one, other = bootstrap.resample([SAMPLES[0], SAMPLES[0]], part, 50, seed=1)
    for name in ("roc_auc", "log_loss"):
        assert np.array_equal(one[0][name], other[0][name])


def test_an_interval_holds_the_value_as_often_as_it_says():
    """Of 100 samples of one coin, about 90 have the coin's share within their 90 % interval."""
    draw, held = np.random.default_rng(1), 0
    for seed in range(100):
        truth = draw.random(400) < 0.3
        one = Sample("binary", ["no", "yes"], truth, np.zeros(400), 0.5)
        (parts,) = bootstrap.resample([one], [Part(np.arange(400), some("error_rate"))], 200, seed)
        low, high = bootstrap.interval(parts[0]["error_rate"], 0.9)
        held += low <= 0.3 <= high
    assert 82 <= held <= 97


def test_an_interval_is_cut_at_its_quantiles():
    values = np.arange(101) / 100
    assert bootstrap.interval(values, 0.9) == [0.05, 0.95]
    assert bootstrap.interval(np.append(values, np.nan), 0.9) == [0.05, 0.95]


def test_an_interval_of_small_numbers_keeps_its_digits():
    """A target in metres may be off by nanometres, and a threshold may say so."""
    assert bootstrap.interval(np.full(9, 1.23456789e-7), 0.9) == [1.23457e-7] * 2
    assert bootstrap.interval(np.full(9, 12345.6789012), 0.9) == [12345.6789] * 2
    assert bootstrap.interval(np.full(9, -1e-15), 0.9) == [0, 0], "no difference, but for rounding"


def test_there_is_no_interval_where_a_metric_is_mostly_undefined():
    values = np.arange(100.0)
    values[:5] = np.nan
    assert bootstrap.interval(values, 0.9) is not None
    values[5] = np.nan
    assert bootstrap.interval(values, 0.9) is None
    assert bootstrap.interval(np.empty(0), 0.9) is None
    truth = np.array([True] + [False] * 30)
    one = Sample("binary", ["no", "yes"], truth, np.linspace(0, 1, 31), 0.5)
    (parts,) = bootstrap.resample([one], [Part(np.arange(31), some("roc_auc"))], 100, seed=1)
    assert bootstrap.interval(parts[0]["roc_auc"], 0.9) is None
