"""The artefacts under test: both sets as rows and as features, and the manifest of the features.

Run these tests by `make check_data`. They compute what they expect from the rows, by NumPy and
pandas; the featurizer is asked only where the question is whether it is the right one.
"""

import pandas as pd
import pytest

from pipeline.model import model_file
from pipeline.model.featurizer import read_manifest

PARTS = ("train", "test")


@pytest.fixture(scope="session")
def columns(artefacts):
    """The manifest: name, kind and source of each feature."""
    return read_manifest(artefacts["features"])


@pytest.fixture(scope="session")
def rows(artefacts):
    """Both sets as typed rows."""
    return {part: pd.read_parquet(artefacts["dataset"] / f"{part}.parquet") for part in PARTS}


@pytest.fixture(scope="session")
def features(artefacts):
    """Both sets as features."""
    return {part: pd.read_parquet(artefacts["features"] / f"{part}.parquet") for part in PARTS}


@pytest.fixture(scope="session")
def featurizer(artefacts):
    return model_file.load(artefacts["featurizer"])


@pytest.fixture(params=PARTS)
def part(request):
    return request.param
