"""The artefacts under test: the model, and rows of the test part to score.

Run these tests by `make test_model`.
"""

import pandas as pd
import pytest

from pipeline import model_file
from pipeline.scorer import Scorer


@pytest.fixture(scope="session")
def model(artefacts):
    return model_file.load(artefacts["model"])


@pytest.fixture(scope="session")
def scorer(model, rules):
    return Scorer(model, rules)


@pytest.fixture(scope="session")
def train(artefacts):
    return pd.read_parquet(artefacts["dataset"] / "train.parquet")


@pytest.fixture(scope="session")
def test(artefacts):
    return pd.read_parquet(artefacts["dataset"] / "test.parquet")


@pytest.fixture(scope="session")
def rows(test, settings):
    """A sample of the test part, always the same."""
    return test.sample(min(settings.rows, len(test)), random_state=0).sort_index()
