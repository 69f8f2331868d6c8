"""The machinery's code, on mock orders of a bakery; the template's own data is not read."""

import calls_untraced  # noqa: F401, I001 - first: it takes the tracer off what is imported after it

import pytest

from collection import (  # noqa: F401
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_make_collect_report,
)
from fixtures import (  # noqa: F401
    artefacts,
    blessed,
    blessed_journey,
    change,
    environment_is_neutral,
    fake,
    fake_program,
    features,
    featurizer,
    journey,
    libraries_are_quick,
    live,
    made,
    model,
    nothing_on_path,
    oven,
    process_is_restored,
    project,
    rules,
    run,
    scorer,
    serve,
    settings,
    table,
    typed,
)
from pipeline.gates import verdict
from pipeline.html import figures
from pipeline.report import column_plots


@pytest.fixture(scope="session", autouse=True)
def draw():
    """Figures are made, but not drawn: it takes longest. Returns what would draw one."""
    with pytest.MonkeyPatch.context() as patch:
        real = figures.svg
        patch.setattr(figures, "svg", lambda figure: "<svg></svg>")
        yield real


@pytest.fixture
def drawn(draw, monkeypatch):
    """Figures are drawn: for tests that look at them."""
    monkeypatch.setattr(figures, "svg", draw)


@pytest.fixture
def columns_are_not_drawn(monkeypatch):
    """The report's small pictures, of which there are many, are not even made."""
    for name in ("values", "rates"):
        monkeypatch.setattr(column_plots, name, lambda *given: "<svg></svg>")


@pytest.fixture(scope="session")
def judge():
    """Say that the gates' tests passed: it is tests/gates that runs them."""

    def judge(folder, **_):
        listed = verdict.listed(verdict.ROOT / verdict.GATES)
        return {"passed": [name for name in listed if name.startswith(f"{folder}/")], "failed": {}}

    return judge
