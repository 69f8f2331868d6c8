"""pytest as a gate: run a folder of tests, and give a verdict that is the same byte for byte.

The gate opens only if every test ran and passed: it is closed by no test collected, by a test that
was skipped, deselected or expected to fail, and by a broken fixture. `tests/gates.txt` lists tests
that must run and pass, so that a gate cannot get narrower unseen when one is deleted or renamed.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import GateClosed, Refusal

ROOT = Path(__file__).parents[2]
GATES = Path("tests/gates.txt")
EXAMPLE = "tests/data/test_frame.py::test_every_value_is_finite"
ABSENT = f"is listed in {GATES} and did not run; if it was deleted on purpose, delete its line too"
UNDONE = "did not run to its end"
ARTEFACTS = pytest.StashKey[dict[str, Any]]()


class Collector:
    """A pytest plugin that hands over the artefacts under test and notes how each test ended."""

    def __init__(self, artefacts: dict[str, Any]):
        self.artefacts = artefacts
        self.outcomes: dict[str, str] = {}

    def pytest_configure(self, config):
        config.stash[ARTEFACTS] = self.artefacts

    def pytest_collectreport(self, report):
        if not report.passed:
            self.outcomes[report.nodeid] = _reason(report)

    def pytest_deselected(self, items):
        for item in items:
            self.outcomes[item.nodeid] = "was left out, but a gate must run all its tests"

    def pytest_collection_finish(self, session):
        # A test may end the whole run and report success: pytest.exit(returncode=0).
        self.outcomes |= {item.nodeid: UNDONE for item in session.items}

    def pytest_runtest_logreport(self, report):
        passed_phase = report.when != "call" and report.passed
        if not passed_phase and self.outcomes[report.nodeid] in (UNDONE, "passed"):
            self.outcomes[report.nodeid] = "passed" if report.passed else _reason(report)


def judge(folder: Path, **artefacts: Any) -> dict[str, Any]:
    """Run the tests in `folder` on `artefacts`; return the names of those that passed.

    Raises GateClosed with a sentence for each that did not, or that is listed and did not run.
    """
    needed = [name for name in listed(ROOT / GATES) if Path(_file(name)).is_relative_to(folder)]
    if not needed:
        raise Refusal(f"{GATES} lists no test in {folder}; `git checkout {GATES}` brings it back")
    collector = Collector(artefacts)
    # Neither installed plugins nor the user's shell may change a verdict: with
    # PYTEST_ADDOPTS="-k leaks" most of the gate would not run.
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    options = ["-q", "--tb=short", "-p", "no:cacheprovider"]
    options += ["--disable-plugin-autoload", "--continue-on-collection-errors"]
    # It collects garbage ten times, which takes longer than the tests of many gates.
    options += ["-p", "no:unraisableexception"]
    code = pytest.main([*options, f"--rootdir={ROOT}", str(folder)], plugins=[collector])
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    outcomes = collector.outcomes
    if outcomes:
        outcomes = {**dict.fromkeys(_absent(needed, outcomes), ABSENT), **outcomes}
    passed = sorted(name for name, reason in outcomes.items() if reason == "passed")
    failed = {name: why for name, why in sorted(outcomes.items()) if why != "passed"}
    record = {"passed": passed, "failed": failed}
    if failed:
        raise GateClosed([f"{name}: {reason}" for name, reason in failed.items()], record)
    if code != pytest.ExitCode.OK or not passed:
        raise Refusal(f"the tests in {folder} could not be run ({code!r}); their output is above")
    return record


def listed(path: Path) -> list[str]:
    """Return the tests named in a list, one on each line, as `tests/data/test_x.py::test_y`.

    Empty lines and lines that begin with `#` are skipped. Raises Refusal for any other line, and
    when there is no list.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise Refusal(f"{GATES} is missing; `git checkout {GATES}` brings it back") from None
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    for name in names:
        if not re.fullmatch(r"[^:\[]+\.py(::\w+)+", name):
            raise Refusal(f"{GATES}: {name!r} names no test; they look like {EXAMPLE}")
    return names


def _absent(needed: list[str], outcomes: dict[str, str]) -> list[str]:
    """Return the `needed` tests without an outcome, whatever their parameters.

    Tests in a file that could not be read are left out: the file has an outcome of its own.
    """
    ran = {name.split("[")[0] for name in outcomes}
    return [name for name in needed if name not in ran and _file(name) not in ran]


def _file(name: str) -> str:
    return name.split("::")[0]


def _reason(report) -> str:
    """Return one line: the assertion's sentence, or why the test did not finish."""
    if report.skipped:
        return "was skipped, but a gate must run all its tests"
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = (crash.message if crash else str(report.longrepr)).strip().splitlines() or ["failed"]
    # pytest marks the lines on an import that failed or a missing fixture with E.
    marked = [line[1:].strip() for line in lines if line.startswith("E ") and not crash]
    return (marked[-1] if marked else lines[0]).removeprefix("AssertionError: ")
