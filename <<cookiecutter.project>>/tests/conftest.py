"""What the gates' tests are given: the artefacts of the stage that runs them.

pipeline/ is imported by what needs it: each start of pytest reads this file, to the last worker.
"""

import os
import shutil
from pathlib import Path

import pytest

MEMORY, ROOM = Path("/dev/shm"), 2**30  # a folder in memory, and the bytes that must be free in it


def pytest_configure(config):
    """Let tests of the code write where it is fast.

    A stage runs its gate without plugins, and writes the real model, of any size, to a disk.
    """
    if not config.pluginmanager.hasplugin("xdist"):
        return
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


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
