"""The code alone, on mock orders of a bakery; nothing of the project's own data is read."""

import pytest
from bakery import *  # noqa: F403 - its fixtures and hooks

from pipeline import verdict


@pytest.fixture(scope="session")
def judge():
    """Say that the gates' tests passed: it is tests/gates that runs them."""

    def judge(folder, **artefacts):
        listed = verdict.listed(verdict.ROOT / verdict.GATES)
        return {"passed": [name for name in listed if name.startswith(f"{folder}/")], "failed": {}}

    return judge
