"""Commands of other programs, and what they complain of."""

import subprocess
import sys

import pytest

from pipeline.core import shell
from pipeline.core.errors import CouldNotTell, Refusal


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_what_a_command_prints_is_returned_without_its_last_line_end():
    assert shell.output(*python("print('rye')"), failure="no bread") == "rye"


def test_a_failed_command_is_told_by_its_last_complaint():
    code = "import sys; print('half'); sys.exit('Traceback\\nthe oven is cold')"
    with pytest.raises(Refusal, match=r"^no bread: the oven is cold$"):
        shell.output(*python(code), failure="no bread")


@pytest.mark.parametrize(
    ("stdout", "stderr", "line"),
    [("all burnt\n", " \n", "all burnt"), ("", "", "no reason given"), ("x", "a\nb\n\n", "b")],
)
def test_a_complaint_is_one_line_of_either_output(stdout, stderr, line):
    assert shell.complaint(subprocess.CompletedProcess([], 1, stdout, stderr)) == line


def test_a_program_that_is_not_installed_is_named():
    with pytest.raises(Refusal, match="`no-such-baker` is not installed"):
        shell.call("no-such-baker", "--version")


def test_a_command_that_takes_too_long_could_not_tell():
    with pytest.raises(CouldNotTell, match=r"-c took over 0\.2 s$"):
        shell.call(*python("import time; time.sleep(30)"), timeout=0.2)


def test_output_that_is_no_text_is_read_all_the_same():
    done = shell.call(*python("import sys; sys.stdout.buffer.write(b'\\xff ok')"))
    assert done.stdout.endswith("ok")


def test_git_returns_what_it_prints_or_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert shell.git("rev-parse", "HEAD") is None
    assert shell.git("init", "--quiet") == ""


def test_a_module_is_run_by_this_python():
    assert shell.module("pip", "list") == (sys.executable, "-m", "pip", "list")
