"""The code alone, on mock orders of a bakery; nothing of the project's own data is read."""

import pytest
from bakery import *  # noqa: F403 - its fixtures and hooks

from pipeline import column_plots, plots, verdict


@pytest.fixture
def drawn():
    """Figures are turned into SVG: for tests that look at it."""


@pytest.fixture(autouse=True)
def _as_drawn(request, monkeypatch):
    """Figures are made, but drawn only where a test asks for it: it takes longest."""
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr(plots, "svg", lambda figure: "<svg></svg>")


@pytest.fixture
def columns_are_not_drawn(monkeypatch):
    """The report's small pictures, of which there are many, are not even made."""
    for name in ("values", "rates"):
        monkeypatch.setattr(column_plots, name, lambda *given: "<svg></svg>")


@pytest.fixture(scope="session")
def judge():
    """Say that the gates' tests passed: it is tests/gates that runs them."""

    def judge(folder, **artefacts):
        listed = verdict.listed(verdict.ROOT / verdict.GATES)
        return {"passed": [name for name in listed if name.startswith(f"{folder}/")], "failed": {}}

    return judge
