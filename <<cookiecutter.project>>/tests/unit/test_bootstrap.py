"""How far chance may have moved a metric: the same metrics, weighted, and their intervals."""

import numpy as np
import pytest
from sklearn import metrics as sk

from pipeline import bootstrap, metrics
from pipeline.bootstrap import Part, Sample

COUNT = 60


def sample(task: str, labels=("no", "yes"), ties: bool = False) -> Sample:
    draw = np.random.default_rng(3)
    if task == "regression":
        truth = draw.normal(50, 5, COUNT)
        return Sample(task, [], truth, truth + draw.normal(0, 2, COUNT), None)
    if task == "multiclass":
        truth = draw.integers(0, len(labels), COUNT)
        scores = draw.random((COUNT, len(labels))) + np.eye(len(labels))[truth]
        return Sample(task, list(labels), truth, scores / scores.sum(axis=1, keepdims=True), None)
    truth = draw.random(COUNT) < 0.4
    scores = np.clip(draw.normal(0.35 + 0.25 * truth, 0.2), 0.01, 0.99)
    return Sample(task, list(labels), truth, scores.round(1) if ties else scores, 0.5)


SAMPLES = [
    sample("binary"),
    sample("binary", ties=True),
    sample("multiclass", labels=("a", "b", "c")),
    sample("regression"),
]


@pytest.mark.parametrize("one", SAMPLES, ids=["binary", "ties", "multiclass", "regression"])
@pytest.mark.parametrize("some", [slice(None), slice(10, 50)], ids=["whole", "slice"])
def test_a_resampled_metric_is_that_of_the_rows_repeated(one, some):
    """Weighting a row by 3 is the same as having it three times."""
    known = metrics.metrics_of(one.task, one.labels)
    rows = np.arange(COUNT)[some]
    (parts,) = bootstrap.resample([one], [Part(rows, list(known))], 7, seed=5)
    weights = bootstrap.draw(COUNT, 7, np.random.SeedSequence(5).spawn(1)[0])
    for number in range(7):
        repeated = np.repeat(rows, weights[rows, number])
        by_hand = metrics.measure(known, one.truth[repeated], one.scores[repeated], one.threshold)
        for name, value in by_hand.items():
            assert parts[0][name][number] == pytest.approx(value, abs=1e-9), name


def test_scikit_learn_agrees_where_rows_can_be_weighted():
    one = SAMPLES[1]
    (parts,) = bootstrap.resample([one], [Part(np.arange(COUNT), ["roc_auc", "brier"])], 3, seed=1)
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


def test_the_seed_decides_and_blocks_do_not_repeat_each_other():
    part = [Part(np.arange(COUNT), ["roc_auc"])]
    one, same, other = (
        bootstrap.resample(SAMPLES[:1], part, 200, seed)[0][0]["roc_auc"] for seed in (1, 1, 2)
    )
    assert len(one) == 200
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[:64], one[64:128])


def test_a_table_of_many_rows_is_drawn_in_smaller_blocks(monkeypatch):
    monkeypatch.setattr(bootstrap, "MOST_BYTES", 8 * COUNT * 3)
    (parts,) = bootstrap.resample(SAMPLES[:1], [Part(np.arange(COUNT), ["recall"])], 7, seed=1)
    assert len(parts[0]["recall"]) == 7


def test_the_same_draws_serve_both_models_of_a_pair():
    """A model compared with itself is never better nor worse, in any resample."""
    part = [Part(np.arange(COUNT), ["roc_auc", "log_loss"])]
    one, other = bootstrap.resample([SAMPLES[0], SAMPLES[0]], part, 50, seed=1)
    for name in ("roc_auc", "log_loss"):
        assert np.array_equal(one[0][name], other[0][name])


def test_an_interval_holds_the_value_as_often_as_it_says():
    """Of 100 samples of one coin, about 90 have the coin's share within their 90 % interval."""
    draw, held = np.random.default_rng(1), 0
    for seed in range(100):
        truth = draw.random(400) < 0.3
        one = Sample("binary", ["no", "yes"], truth, np.zeros(400), 0.5)
        (parts,) = bootstrap.resample([one], [Part(np.arange(400), ["error_rate"])], 200, seed)
        low, high = bootstrap.interval(parts[0]["error_rate"], 0.9)
        held += low <= 0.3 <= high
    assert 82 <= held <= 97


def test_an_interval_is_cut_at_its_quantiles():
    values = np.arange(101) / 100
    assert bootstrap.interval(values, 0.9) == [0.05, 0.95]
    assert bootstrap.interval(np.append(values, np.nan), 0.9) == [0.05, 0.95]


def test_there_is_no_interval_where_a_metric_is_mostly_undefined():
    values = np.append(np.arange(90.0), [np.nan] * 10)
    assert bootstrap.interval(values, 0.9) is None
    assert bootstrap.interval(np.empty(0), 0.9) is None
    truth = np.array([True] + [False] * 30)
    one = Sample("binary", ["no", "yes"], truth, np.linspace(0, 1, 31), 0.5)
    (parts,) = bootstrap.resample([one], [Part(np.arange(31), ["roc_auc"])], 100, seed=1)
    assert bootstrap.interval(parts[0]["roc_auc"], 0.9) is None
