"""The artefacts under test: the model, the rows of both sets, and the features made of them.

Run these tests by `make check_model`.
"""

import numpy as np
import pandas as pd
import pytest

from pipeline.model import model_file
from pipeline.model.scorer import Scorer

PARTS = ("train", "test")


@pytest.fixture(scope="session")
def model(artefacts):
    return model_file.load(artefacts["model"])


@pytest.fixture(scope="session")
def scorer(model, rules):
    return Scorer(model, rules)


@pytest.fixture(scope="session")
def saved(model, rules, tmp_path_factory):
    """The scorer of the model once saved and loaded."""
    path = tmp_path_factory.mktemp("saved") / "model.skops"
    model_file.save(model, path)
    return Scorer(model_file.load(path), rules)


@pytest.fixture(scope="session")
def train(artefacts):
    return pd.read_parquet(artefacts["dataset"] / "train.parquet")


@pytest.fixture(scope="session")
def test(artefacts):
    return pd.read_parquet(artefacts["dataset"] / "test.parquet")


@pytest.fixture(scope="session")
def features(artefacts):
    """Both sets as features."""
    return {part: pd.read_parquet(artefacts["features"] / f"{part}.parquet") for part in PARTS}


@pytest.fixture(scope="session")
def rows(test, settings):
    """A sample of the test set, always the same."""
    return test.sample(min(settings.rows, len(test)), random_state=0).sort_index()


@pytest.fixture(scope="session")
def some(train, rules):
    """`some(count)`: places of `count` rows of the training set, as many of each class."""

    def some(count):
        if rules.task == "regression":
            return np.random.default_rng(0).permutation(len(train))[:count]
        labels = train[rules.target].to_numpy()
        each = count // len(rules.labels)
        return np.concatenate([np.flatnonzero(labels == label)[:each] for label in rules.labels])

    return some


@pytest.fixture(scope="session")
def estimate(rules):
    """`estimate(estimator, features)`: scores as a Scorer gives them, from features."""

    def estimate(estimator, features):
        values = features.to_numpy()
        if rules.task == "regression":
            return estimator.predict(values)
        found = pd.DataFrame(estimator.predict_proba(values), columns=estimator.classes_)
        found = found.reindex(columns=rules.labels, fill_value=0.0).to_numpy()
        return found[:, 1] if rules.task == "binary" else found

    return estimate


@pytest.fixture(scope="session")
def unit(train, rules):
    """The unit of differences of scores: of a number, the target's standard deviation."""
    return train[rules.target].std() if rules.task == "regression" else 1.0


@pytest.fixture(scope="session")
def apart(unit):
    """`apart(scores, others)`: the largest distance, in units."""
    return lambda scores, others: float(np.abs(scores - others).max()) / unit
