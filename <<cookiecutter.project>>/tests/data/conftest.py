"""The artefacts under test: both sets as rows and as features, and the manifest of the features.

Run these tests by `make check_data`. They compute what they expect from the rows, by NumPy and
pandas; the featurizer is asked only where the question is whether it is the right one.
"""

import pandas as pd
import pytest

from pipeline.core import params
from pipeline.model import inputs as model_inputs
from pipeline.model import model_file
from pipeline.model.featurizer import read_manifest
from recipe import features as recipe_features

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


@pytest.fixture(scope="session")
def inputs(rules):
    """The columns that a featurizer is to read: those of schema.yaml, and the derived ones."""
    return model_inputs.declared(rules, params.load("featurize", recipe_features.Params))


@pytest.fixture(scope="session")
def read(rows, inputs):
    """Both sets as a featurizer is given them: typed rows with the derived columns."""
    return {part: inputs.table(rows[part]) for part in PARTS}


@pytest.fixture(params=PARTS)
def part(request):
    return request.param
