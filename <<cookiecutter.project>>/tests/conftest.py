"""Fixtures of the gates' tests: the artefacts of the stage that runs them.

The fixtures import pipeline/ themselves: the unit tests start with this file too.
"""

import pytest


@pytest.fixture(scope="session")
def artefacts(pytestconfig):
    """The stage's paths and settings, or a server's address (see pipeline/gates/verdict.py)."""
    from pipeline.gates.verdict import ARTEFACTS

    given = pytestconfig.stash.get(ARTEFACTS, None)
    if given is None:
        pytest.exit(
            "these tests are a gate; its stage runs them: make check_data, check_model, smoke"
        )
    return given


@pytest.fixture(scope="session")
def settings(artefacts):
    """The stage's section of params.yaml."""
    return artefacts["settings"]


@pytest.fixture(scope="session")
def rules(artefacts):
    """What a row is, by schema.yaml."""
    from pipeline.data import schema

    return schema.load(artefacts["schema"])


@pytest.fixture(scope="session")
def read_mocks(artefacts, rules):
    """The typed rows of tests/mocks.csv, and each rule that they break."""
    from pipeline.mocks import mock_rows

    return mock_rows.read(artefacts["mocks"], rules)


@pytest.fixture(scope="session")
def mocks(read_mocks):
    """tests/mocks.csv, typed, with the columns (kind) and (why)."""
    return read_mocks[0]
