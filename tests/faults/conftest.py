"""Runs what the tests ask for, some at a time, and prints what stopped which fault."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from baked import Project
from faults import runner
from faults.fault import Fault

AT_ONCE = len(os.sched_getaffinity(0)) + 1  # one waits for a container, mostly
TABLE = Path(__file__).parents[2] / "build/faults.md"
HEAD = ("fault", "stopped by", "message")

left_out: list[pytest.Item] = []
rows: list[tuple[str, str, str]] = []  # of the table, in the order in which the tests end


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="the faults that are alike others too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the faults that are alike others, unless all are asked for."""
    if config.getoption("--all", default=False):
        return
    left_out.extend(item for item in items if is_alike(item))
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def is_alike(item: pytest.Item) -> bool:
    """Whether it is the test of a fault that is alike another one."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return getattr(params.get("fault"), "alike", False)


@pytest.fixture(scope="session")
def deployed(
    journey: Project, warm_venv: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """A project whose model is in production, and blessed anew beside that champion."""
    project = journey.copy(tmp_path_factory.mktemp("deployed") / "project")
    project.use(warm_venv)
    try:
        for target in ("deploy", "validate"):
            done = project.make(target)
            assert done.status == 0, done.output
            project.commit(f"Run make {target}")
        yield project
    finally:
        project.make("undeploy")


@pytest.fixture(scope="session")
def outcomes(
    deployed: Project, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[object, Future[runner.Outcome]]]:
    """The outcome of each fault, and of a clean run by each seed, that the tests ask for."""
    asking = [item for item in request.session.items if "outcomes" in item.fixturenames]
    params = [item.callspec.params for item in asking]
    asked = [given[name] for given in params for name in ("fault", "seed") if name in given]
    folder = tmp_path_factory.mktemp("faults")

    def run(task: Fault | int) -> runner.Outcome:
        how = runner.run if isinstance(task, Fault) else runner.run_clean
        return how(task, deployed, folder / str(asked.index(task)))

    def run_alone(task: Fault) -> runner.Outcome:
        wait(together.values())
        return run(task)

    lonely = [task for task in asked if getattr(task, "alone", False)]
    with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(1) as one:
        together = {task: pool.submit(run, task) for task in asked if task not in lonely}
        try:
            yield together | {task: one.submit(run_alone, task) for task in lonely}
        finally:
            pool.shutdown(cancel_futures=True)
            one.shutdown(cancel_futures=True)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the row of the table that a test has recorded."""
    if report.when == "call":
        rows.extend(value for name, value in report.user_properties if name == "row")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what stopped which fault, in the journey's order, and write it to build/faults.md."""
    if not rows:
        return
    TABLE.parent.mkdir(exist_ok=True)
    lines = [[cell.replace("|", "\\|") for cell in row] for row in (HEAD, ["---"] * 3, *rows)]
    TABLE.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines))
    wide, stages = (max(len(row[column]) for row in rows) for column in (0, 1))
    terminalreporter.section("faults")
    for name, stage, said in (HEAD, *rows):
        terminalreporter.write_line(f"{name:{wide}}  {stage:{stages}}  {said}")
    if left_out:
        terminalreporter.write_line("")
        terminalreporter.write_line(
            f"{len(left_out)} faults that are alike these were left out: make faults ALL=yes"
        )
