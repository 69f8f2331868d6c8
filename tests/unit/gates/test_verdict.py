"""pytest as a gate: tried on folders of real little tests."""

import json
import sys
from pathlib import Path

import pytest

from pipeline.core.errors import GateClosed, Refusal
from pipeline.gates import verdict

PASSING = """
def test_bread_is_baked(artefacts):
    assert artefacts["bread"] == "rye"

def test_salt():
    assert True
"""
CONFTEST = """
import pytest
from pipeline.gates.verdict import ARTEFACTS

@pytest.fixture
def artefacts(pytestconfig):
    return pytestconfig.stash[ARTEFACTS]
"""
HEAD = "import pytest\n"


@pytest.fixture(autouse=True)
def _traced(monkeypatch):
    """Here it is the judge itself that coverage is about."""
    monkeypatch.setattr(pytest, "main", getattr(pytest.main, "__wrapped__", pytest.main))


@pytest.fixture
def root(tmp_path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def write(root, monkeypatch):
    """`write(name, text)` adds a file to a folder of tests of a project, and returns the folder."""
    monkeypatch.chdir(root)
    monkeypatch.setattr(verdict, "ROOT", root)
    folder = Path("gate")
    folder.mkdir()
    (folder / "conftest.py").write_text(CONFTEST)
    verdict.GATES.parent.mkdir()
    verdict.GATES.write_text("# Needed\n\ngate/test_bread.py::test_bread_is_baked\n")

    def write(name: str, text: str) -> Path:
        (folder / name).write_text(text)
        return folder

    return write


def judge(folder: Path) -> dict:
    return verdict.judge(folder, bread="rye")


@pytest.mark.slow
def test_tests_that_pass_open_the_gate_and_are_named(write):
    write("test_loaf.py", "def test_crust():\n    pass\n")
    assert judge(write("test_bread.py", PASSING)) == {
        "passed": [
            "gate/test_bread.py::test_bread_is_baked",
            "gate/test_bread.py::test_salt",
            "gate/test_loaf.py::test_crust",
        ],
        "failed": {},
    }


@pytest.mark.slow
def test_a_verdict_depends_on_the_gates_folder_alone(write, tmp_path):
    other = Path("other")
    other.mkdir()
    (other / "test_cake.py").write_text("def test_icing():\n    assert False\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    assert judge(write("test_bread.py", PASSING))["passed"] == [
        "gate/test_bread.py::test_bread_is_baked",
        "gate/test_bread.py::test_salt",
    ]
    assert not list(Path.cwd().rglob(".pytest_cache"))


@pytest.mark.slow
def test_the_root_does_not_depend_on_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert (verdict.ROOT / "pipeline/gates/verdict.py").samefile(verdict.__file__)


@pytest.mark.slow
def test_what_pytest_prints_is_short(write, capsys):
    with pytest.raises(GateClosed):
        judge(write("test_bread.py", FAULTS["no sentence"][0]))
    printed = capsys.readouterr().out
    assert "gate/test_bread.py:3: in test_a" in printed
    assert "test session starts" not in printed


FAULTS = {
    "assertion": (
        "def test_a():\n    assert 1 == 2, 'too salty: 2 g'\n",
        "test_a: too salty: 2 g",
    ),
    "no sentence": ("def test_a():\n    salt = 2\n    assert salt == 1\n", "test_a: assert 2 == 1"),
    "empty sentence": ("def test_a():\n    raise ValueError\n", "test_a: ValueError"),
    "error": ("def test_a():\n    1 / 0\n", "test_a: ZeroDivisionError: division by zero"),
    "pytest.fail": (HEAD + "def test_a():\n    pytest.fail('burnt', pytrace=False)\n", "burnt"),
    "skipped": (
        HEAD + "@pytest.mark.skip(reason='later')\ndef test_a():\n    pass\n",
        "test_a: was skipped, but a gate must run all its tests",
    ),
    "skipped within": (
        HEAD + "def test_a():\n    pytest.skip('later')\n",
        "test_a: was skipped, but a gate must run all its tests",
    ),
    "skipped file": (
        HEAD + "pytest.skip('later', allow_module_level=True)\n",
        "gate/test_fault.py: was skipped, but a gate must run all its tests",
    ),
    "expected to fail": (
        HEAD + "@pytest.mark.xfail\ndef test_a():\n    assert False\n",
        "test_a: was skipped, but a gate must run all its tests",
    ),
    "fixture": (
        HEAD + "@pytest.fixture\ndef oven():\n    raise OSError('cold')\n"
        "def test_a(oven):\n    pass\n",
        "test_a: OSError: cold",
    ),
    "teardown": (
        HEAD + "@pytest.fixture\ndef oven():\n    yield\n    raise OSError('on fire')\n"
        "def test_a(oven):\n    pass\n",
        "test_a: OSError: on fire",
    ),
    "test and teardown": (
        HEAD + "@pytest.fixture\ndef oven():\n    yield\n    raise OSError('on fire')\n"
        "def test_a(oven):\n    1 / 0\n",
        "test_a: ZeroDivisionError: division by zero",
    ),
    "wordless": (HEAD + "def test_a():\n    pytest.fail('', pytrace=False)\n", "test_a: Failed"),
    "the end of all": (
        HEAD + "def test_a():\n    pytest.exit('enough', returncode=0)\n",
        "test_fault.py::test_a: did not run to its end",
    ),
    "unknown fixture": ("def test_a(flour):\n    pass\n", "test_a: fixture 'flour' not found"),
    "syntax": ("def test_a(:\n", "gate/test_fault.py: SyntaxError: "),
    "import": ("import no_such_flour\n", "test_fault.py: ModuleNotFoundError: No module named"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FAULTS)
def test_a_test_that_did_not_pass_closes_the_gate(write, kind):
    text, reason = FAULTS[kind]
    write("test_fault.py", text)
    with pytest.raises(GateClosed) as closed:
        judge(write("test_bread.py", PASSING))
    assert len(closed.value.reasons) == 1
    assert reason in closed.value.reasons[0]
    assert "\n" not in closed.value.reasons[0]
    assert len(closed.value.record["passed"]) == 2, "the other tests were run all the same"


LOST = {
    "deleted": "def test_salt():\n    pass\n",
    "renamed": PASSING.replace("bread_is", "bread_was"),
    "without its file": "",
}


@pytest.mark.slow
@pytest.mark.parametrize("how", LOST)
def test_a_listed_test_that_is_gone_closes_the_gate(write, how):
    write("test_loaf.py", "def test_crust():\n    pass\n")
    with pytest.raises(GateClosed) as closed:
        judge(write("test_bread.py", LOST[how]))
    assert closed.value.reasons == [
        "gate/test_bread.py::test_bread_is_baked: is listed in tests/gates.txt and did not run; "
        "if it was deleted on purpose, delete its line too"
    ]
    assert "gate/test_loaf.py::test_crust" in closed.value.record["passed"]


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["skip", "xfail"])
def test_a_test_that_lost_its_parameters_did_not_run(write, root, setting):
    # pytest makes a test of them that does nothing, and calls it as this setting says.
    (root / "pytest.ini").write_text(f"[pytest]\nempty_parameter_set_mark = {setting}\n")
    text = "@pytest.mark.parametrize('n', [])\ndef test_bread_is_baked(n):\n    pass\n"
    with pytest.raises(
        GateClosed, match=r"test_bread_is_baked\[.*\]: was skipped, but a gate must"
    ):
        judge(write("test_bread.py", HEAD + text))


@pytest.mark.slow
def test_a_listed_test_may_have_parameters(write):
    text = "@pytest.mark.parametrize('n', [1, '[a::b]'])\ndef test_bread_is_baked(n):\n    pass\n"
    assert len(judge(write("test_bread.py", HEAD + text))["passed"]) == 2


def test_a_test_that_was_left_out_closes_the_gate(write):
    hook = "def pytest_collection_modifyitems(config, items):\n"
    hook += "    config.hook.pytest_deselected(items=[items.pop()])\n"
    write("conftest.py", CONFTEST + hook)
    with pytest.raises(
        GateClosed, match=r"^gate/test_bread.py::test_salt: was left out, but a gate must"
    ):
        judge(write("test_bread.py", PASSING))


@pytest.mark.slow
def test_an_unreadable_file_is_one_sentence(write):
    with pytest.raises(GateClosed) as closed:
        judge(write("test_bread.py", "import no_such_flour\n"))
    assert len(closed.value.reasons) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "tests/gates.txt is missing; `git checkout tests/gates.txt` brings it back"),
        (
            "# gate/test_bread.py::test_salt\n",
            "lists no test in gate; `git checkout tests/gates.txt` brings it back$",
        ),
        (
            "gates/test_bread.py::test_salt\n",
            "tests/gates.txt lists no test in gate; `git checkout",
        ),
        ("gate/test_bread.py\n", "^tests/gates.txt: 'gate/test_bread.py' names no test; they look"),
        ("gate/test_bread.py::test_a[1]\n", r"'gate/test_bread.py::test_a\[1\]' names no test"),
    ],
)
def test_without_a_list_the_gate_is_closed(write, text, sentence):
    verdict.GATES.unlink()
    if text is not None:
        verdict.GATES.write_text(text)
    with pytest.raises(Refusal, match=sentence):
        judge(write("test_bread.py", PASSING))


@pytest.mark.slow
def test_no_test_at_all_closes_the_gate(write):
    with pytest.raises(Refusal) as refused:
        judge(write("test_empty.py", ""))
    assert str(refused.value) == (
        "the tests in gate could not be run (<ExitCode.NO_TESTS_COLLECTED: 5>); "
        "their output is above"
    )


@pytest.mark.slow
def test_a_run_that_ends_badly_closes_the_gate(write):
    write(
        "conftest.py", CONFTEST + "def pytest_sessionfinish(session):\n    session.exitstatus = 3\n"
    )
    with pytest.raises(Refusal, match="the tests in gate could not be run"):
        judge(write("test_bread.py", PASSING))


def test_a_folder_that_is_not_there_closes_the_gate(write):
    verdict.GATES.write_text("nowhere/test_bread.py::test_salt\n")
    with pytest.raises(Refusal, match="the tests in nowhere could not be run"):
        judge(Path("nowhere"))


@pytest.mark.slow
def test_ctrl_c_goes_through(write):
    with pytest.raises(KeyboardInterrupt):
        judge(write("test_bread.py", "def test_a():\n    raise KeyboardInterrupt\n"))


@pytest.mark.slow
@pytest.mark.parametrize("text", [PASSING, FAULTS["assertion"][0]])
def test_a_verdict_is_the_same_byte_for_byte(write, text):
    folder = write("test_bread.py", text)
    assert record(folder) == record(folder)


def record(folder: Path) -> str:
    """Return the verdict on `folder` as it stands in a report."""
    try:
        return json.dumps(judge(folder))
    except GateClosed as closed:
        return json.dumps(closed.record)


@pytest.mark.slow
def test_judging_leaves_the_tracing_of_coverage_as_it_was(write):
    before = sys.gettrace(), sys.getprofile()
    judge(write("test_bread.py", PASSING))
    assert (sys.gettrace(), sys.getprofile()) == before


@pytest.mark.slow
def test_the_shells_options_and_plugins_do_not_change_a_verdict(write, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k salt")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    assert len(judge(write("test_bread.py", PASSING))["passed"]) == 2


LAX = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    report.outcome = "passed"
    return report
"""


@pytest.mark.slow
def test_installed_plugins_have_no_part_in_a_verdict(write, tmp_path, monkeypatch):
    installed = tmp_path / "lax-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: lax\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[pytest11]\nlax = lax_plugin\n")
    (tmp_path / "lax_plugin.py").write_text(LAX)
    monkeypatch.syspath_prepend(tmp_path)
    write("test_fault.py", FAULTS["error"][0])
    with pytest.raises(GateClosed, match="ZeroDivisionError"):
        judge(write("test_bread.py", PASSING))
