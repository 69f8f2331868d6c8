"""How well a single column, or a single word, predicts the target."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from pipeline.data.schema import Column, Schema
from pipeline.gates import leaks

TARGETS = {
    "binary": Column(type="category", role="target", levels=("no", "yes"), positive="yes"),
    "multiclass": Column(type="category", role="target", levels=("a", "b", "c")),
    "regression": Column(type="number", role="target"),
}
COUNT = 400


def schema_of(task: str, **features: str) -> Schema:
    """Return a schema with features of the types given, and a target of `task`."""
    columns = {name: Column(type=kind) for name, kind in features.items()}
    return Schema(columns={**columns, "target": TARGETS[task]})


def truth_of(task: str) -> np.ndarray:
    draw = np.random.default_rng(0)
    truths = {
        "binary": draw.random(COUNT) < 0.2,
        "multiclass": draw.integers(0, 3, COUNT),
        "regression": draw.normal(size=COUNT),
    }
    return truths[task]


def noise(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=COUNT)


@pytest.mark.slow
def test_strengths_equal_those_of_scikit_learn_and_scipy():
    values = np.stack([noise(), noise(2), np.round(noise(3))], axis=1)
    for task in TARGETS:
        truth, rules = truth_of(task), schema_of(task, x="number")
        found = leaks.strengths(values, truth, rules)
        for column, strength in zip(values.T, found, strict=True):
            if task == "regression":
                expected = abs(spearmanr(column, truth).statistic)
            else:
                classes = [truth] if task == "binary" else [truth == one for one in range(3)]
                areas = [roc_auc_score(one, column) for one in classes]
                expected = max(max(area, 1 - area) for area in areas)
            assert strength == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.parametrize("task", TARGETS)
def test_a_leak_is_found_in_a_column_of_any_type(task):
    truth = truth_of(task)
    known = pd.Series(np.round(np.asarray(truth, dtype="float64"), 1))
    rows = pd.DataFrame(
        {
            "code": "level " + known.astype("str"),
            "amount": known + noise() / 1e6,
            "note": [
                f"{'x' * int(10 + 3 * one)} {other}"
                for one, other in zip(known, noise(), strict=True)
            ],
        }
    )
    rules = schema_of(task, code="category", amount="number", note="text")
    found = dict(leaks.of_columns(rows, truth, rules))
    assert found["`code` alone"] > 0.95
    assert found["`amount` alone, in 50 bins,"] > 0.95
    assert found["the length of `note` alone"] > 0.75
    assert found["`note` alone"] < 0.7, "no text stands there twice"


@pytest.mark.slow
@pytest.mark.parametrize("task", TARGETS)
def test_a_noise_column_of_many_levels_predicts_nothing(task):
    for levels in (1, 2, 50, COUNT):
        codes = np.random.default_rng(3).integers(0, levels, COUNT)
        rows = pd.DataFrame({"code": pd.Series(codes).astype("str")})
        (_, strength) = leaks.of_columns(rows, truth_of(task), schema_of(task, code="category"))[0]
        assert strength < (0.2 if task == "regression" else 0.65)


@pytest.mark.slow
def test_missing_numbers_have_a_bin_of_their_own():
    truth = truth_of("binary")
    rows = pd.DataFrame({"amount": np.where(truth, np.nan, noise())})
    found = dict(leaks.of_columns(rows, truth, schema_of("binary", amount="number")))
    assert found["`amount` alone, in 50 bins,"] == 1.0


@pytest.mark.parametrize("task", TARGETS)
def test_the_word_that_predicts_best_is_found(task):
    truth = truth_of(task)
    positive = truth > 0 if task == "regression" else truth == 1
    texts = pd.Series(np.where(positive, "Alas, it rains", "it rains. It rains!"))
    word, strength = leaks.of_words(texts, truth, schema_of(task, note="text"))
    assert word == "the word 'alas'"
    expected = abs(spearmanr(positive, truth).statistic) if task == "regression" else 1.0
    assert strength == pytest.approx(expected)


def test_texts_without_a_word_predict_nothing():
    texts = pd.Series([""] * COUNT)
    assert leaks.of_words(texts, truth_of("binary"), schema_of("binary", t="text"))[1] == 0


@pytest.mark.slow
def test_words_are_counted_by_text():
    known, there = leaks.document_words(["No bird.", "a", "bird, BIRD"])
    assert known == ["bird", "no"]
    assert there.toarray().tolist() == [[1, 1], [0, 0], [2, 0]]
    assert leaks.document_words(["", "a b"])[1].shape == (2, 0)
