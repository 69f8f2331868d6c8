"""What the gates' tests are given: the artefacts of the stage that runs them."""

import pytest

from pipeline import mock_rows
from pipeline import schema as schemas
from pipeline.verdict import ARTEFACTS


@pytest.fixture(scope="session")
def artefacts(pytestconfig):
    """The stage's paths and settings, or the address of a server (see pipeline/verdict.py)."""
    given = pytestconfig.stash.get(ARTEFACTS, None)
    if given is None:
        pytest.exit(
            "these tests are a gate; its stage runs them: make test_data, test_model, smoke"
        )
    return given


@pytest.fixture(scope="session")
def settings(artefacts):
    """The stage's section of params.yaml."""
    return artefacts["settings"]


@pytest.fixture(scope="session")
def rules(artefacts):
    """What a row is, by schema.yaml."""
    return schemas.load(artefacts["schema"])


@pytest.fixture(scope="session")
def read_mocks(artefacts, rules):
    """tests/mocks.csv, typed, and each rule that its rows break (see pipeline/mock_rows.py)."""
    return mock_rows.read(artefacts["mocks"], rules)


@pytest.fixture(scope="session")
def mocks(read_mocks):
    """tests/mocks.csv, typed, with the columns (kind) and (why)."""
    return read_mocks[0]
