"""Git is called for one folder, whatever the environment says."""

import sys
import types

import pytest

from pipeline.core.errors import Refusal
from pipeline.update.git import complaint


def test_the_repository_that_the_environment_names_is_left_alone(
    project, make_repository, monkeypatch
):
    other = make_repository("other", {"a": "1"})
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    assert project.git("rev-parse", "--show-toplevel") == str(project.folder)


def test_a_failing_call_is_a_refusal_with_gits_last_line(project):
    with pytest.raises(Refusal, match=r"^git rev-parse failed: Needed a single revision$"):
        project.git("rev-parse", "--verify", "nothing")
    assert not project.git.succeeds("rev-parse", "--verify", "nothing")


def test_without_git_a_sentence_says_what_to_install(project, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal, match="git is missing; install it"):
        project.git("status")


def test_files_are_listed_by_their_blobs_whatever_their_names(make_repository):
    repository = make_repository("odd", {"a b/ü\n.txt": "same", "c": "same", "d": "other"})
    files = repository.git.files("HEAD")
    assert set(files) == {"a b/ü\n.txt", "c", "d"}
    assert files["c"] == files["a b/ü\n.txt"] != files["d"]


def test_what_git_complains_of_is_the_first_complaint():
    text = "Cloning\nerror: no such thing\nfatal: could not\nPlease make sure that it exists.\n"
    assert complaint(text) == "no such thing"
    assert complaint("One line.\nAnother.\n\n") == "Another."
    assert complaint("") == "it does not say why"


@pytest.mark.parametrize(("terminal", "prompt"), [(False, "0"), (True, "")])
def test_a_password_is_asked_for_at_a_terminal_only(project, monkeypatch, terminal, prompt):
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(isatty=lambda: terminal))
    monkeypatch.delenv("GIT_TERMINAL_PROMPT", raising=False)
    assert project.git("-c", "alias.asks=!echo $GIT_TERMINAL_PROMPT", "asks") == prompt
