"""Whether the machinery is as it was rendered, and of which version."""

import hashlib
import json

import pytest

from pipeline.core import machinery
from pipeline.core.machinery import State


@pytest.fixture
def project(tmp_path):
    """A project as it was rendered."""
    for path in ("Makefile", "dvc.yaml", "pipeline/core/a.py", "recipe/features.py", "README.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    text = machinery.record("gh:org/it", "c0ffee", "1.4.0", {"project": "rye"}, tmp_path)
    (tmp_path / machinery.FILE).write_text(text)
    return tmp_path


def test_the_record_names_template_commit_version_answers_and_digests(project):
    answers = {"project": "rye", "_template": "gh:org/it", "__checked": ""}
    text = machinery.record("gh:org/it", None, "1.4.0", answers, project)
    digests = {
        path: f"sha256:{hashlib.sha256(path.encode()).hexdigest()}"
        for path in ("Makefile", "dvc.yaml", "pipeline/core/a.py")
    }
    assert json.loads(text) == {
        "template": "gh:org/it",
        "commit": None,
        "version": "1.4.0",
        "answers": {"project": "rye"},
        "machinery": digests,
    }


def test_the_record_is_the_same_whatever_the_order_of_answers(project):
    texts = {
        machinery.record("it", "c0ffee", "1.4.0", answers, project)
        for answers in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"})
    }
    assert len(texts) == 1


def test_machinery_as_rendered_is_unchanged(project):
    (project / "recipe/features.py").write_text("what is the user's is no machinery")
    (project / "pipeline/__pycache__").mkdir()
    (project / "pipeline/__pycache__/a.pyc").touch()
    assert machinery.state(project).sentence() == "machinery 1.4.0, unchanged"


def test_changed_added_and_removed_files_are_named(project):
    (project / "Makefile").unlink()
    (project / "dvc.yaml").write_text("stages: {}")
    (project / "pipeline/mine.py").touch()
    assert machinery.state(project) == State(
        "1.4.0", changed=("dvc.yaml",), added=("pipeline/mine.py",), removed=("Makefile",)
    )
    assert machinery.state(project).sentence() == (
        "machinery 1.4.0, but for changed: dvc.yaml; added: pipeline/mine.py; removed: Makefile"
    )


def test_many_changed_files_are_counted():
    sentence = State("1.4.0", changed=tuple("abcdefg")).sentence()
    assert sentence == "machinery 1.4.0, but for changed: a, b, c, d, e and 2 more"


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"machinery": 1, "version": "1"}'])
def test_without_a_readable_record_the_version_is_unknown(project, text):
    (project / machinery.FILE).unlink()
    if text is not None:
        (project / machinery.FILE).write_text(text)
    assert machinery.state(project) == State(None)
    assert machinery.state(project).sentence().startswith("machinery of an unknown version")


@pytest.mark.parametrize(
    ("changelog", "commit", "version"),
    [
        ("# Changelog\n\n## 1.2.0 (2027-01-31)\n\n- New.\n\n## 1.1.0\n", "c0ffee77", "1.2.0"),
        ("# Changelog\n\n## Unreleased\n\n- New.\n\n## 1.2.0\n", "c0ffee77", "1.2.0+c0ffee7"),
        ("# Changelog\n\n## Unreleased\n\n## 1.2.0\n", None, "1.2.0+changed"),
        ("# Changelog\n\n## Unreleased\n", "c0ffee77", "0+c0ffee7"),
        ("", "c0ffee77", "0+c0ffee7"),
    ],
)
def test_the_version_is_the_changelogs_newest_heading(changelog, commit, version):
    assert machinery.version(changelog, commit) == version
