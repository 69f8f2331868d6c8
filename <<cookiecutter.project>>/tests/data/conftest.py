"""The artefacts under test: both parts as rows and as features, and what each feature is.

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
    """Both parts as typed rows, by part."""
    return {part: pd.read_parquet(artefacts["dataset"] / f"{part}.parquet") for part in PARTS}


@pytest.fixture(scope="session")
def features(artefacts):
    """Both parts as features, by part."""
    return {part: pd.read_parquet(artefacts["features"] / f"{part}.parquet") for part in PARTS}


@pytest.fixture(scope="session")
def featurizer(artefacts):
    return model_file.load(artefacts["featurizer"])


@pytest.fixture(params=PARTS)
def part(request):
    return request.param
