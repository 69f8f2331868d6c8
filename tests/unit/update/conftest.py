"""A small template with two releases, and a project that was made from the first one."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.core import machinery
from pipeline.update import template as templates
from pipeline.update.git import Git
from pipeline.update.template import FOLDER, Template

DELIMITERS = {
    "variable_start_string": "<" + "<",
    "variable_end_string": ">" + ">",
    "block_start_string": "<" + "%",
    "block_end_string": "%" + ">",
    "comment_start_string": "<" + "#",
    "comment_end_string": "#" + ">",
}
QUESTIONS = {"project": "bread", "_jinja2_env_vars": DELIMITERS}
PROJECT = {
    "Makefile": "all:\n\tbake\n",
    "dvc.yaml": "stages: {}\n",
    "params.yaml": f'project: {{name: "{FOLDER}"}}\nbake:\n  degrees: 200  # hot\n  minutes: 40\n',
    "pipeline/knead.py": '"""Knead."""\n\nSALT = 2\nFLOUR = 500\n\n\ndef knead():\n    pass\n',
    "pipeline/taste.py": '"""Taste."""\n\nGOOD = "good"\n',
    "README.md": "# A bakery\n",
}
FIRST = {
    "cookiecutter.json": json.dumps(QUESTIONS),
    "CHANGELOG.md": "# Changelog\n\n## 1.0.0\n\n- Bread.\n",
    **{f"{FOLDER}/{path}": text for path, text in PROJECT.items()},
}
SECOND = {
    "CHANGELOG.md": "# Changelog\n\n## 1.1.0\n\n- The crust is kept.\n\n## 1.0.0\n\n- Bread.\n",
    f"{FOLDER}/pipeline/taste.py": '"""Taste."""\n\nGOOD = "very good"\n',
    f"{FOLDER}/pipeline/crust.py": '"""Crust."""\n',
}


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    """Write files by their path; None removes one."""
    for path, text in files.items():
        file = folder / path
        if text is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Repository:
    """A folder under git."""

    folder: Path

    @property
    def git(self) -> Git:
        return Git(self.folder)

    def commit(self, files: Mapping[str, str | None], message: str = "Change") -> str:
        """Write files, commit all, and return the commit."""
        write(self.folder, files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """A home in which git knows who commits, and nothing else of this machine's user."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    return home


def _lives(patch: pytest.MonkeyPatch, home: Path) -> None:
    patch.setenv("HOME", str(home))
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in os.environ:
        if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER")) or name == "GIT_CONFIG_GLOBAL":
            patch.delenv(name)


@pytest.fixture(autouse=True)
def _at_home(monkeypatch, home, tmp_path_factory):
    """Each test has a home of its own, for it may change git's settings."""
    _lives(monkeypatch, shutil.copytree(home, tmp_path_factory.mktemp("test") / "home"))


def _repository(folder: Path, files: Mapping[str, str]) -> Repository:
    folder.mkdir()
    repository = Repository(folder)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.commit(files, "First")
    return repository


@pytest.fixture
def make_repository(tmp_path) -> Callable[..., Repository]:
    """`make_repository(name, files)` makes a folder under git, and commits the files."""
    return lambda name, files: _repository(tmp_path / name, files)


@dataclass(frozen=True)
class Ready:
    """What all tests begin with: repositories that they copy, and the template's first release."""

    template: Path
    project: Path
    first: str


@pytest.fixture(scope="session")
def ready(home, tmp_path_factory) -> Ready:
    """The repositories, made once."""
    folder = tmp_path_factory.mktemp("ready")
    with pytest.MonkeyPatch.context() as patch:
        _lives(patch, home)
        template = _repository(folder / "template", FIRST)
        template.git("tag", "v1.0.0")
        template.commit(SECOND, "Second")
        template.git("tag", "v1.1.0")
        files = {path: text.replace(FOLDER, "rye") for path, text in PROJECT.items()}
        project = _repository(folder / "rye", files)
        first = template.git("rev-parse", "v1.0.0")
    return Ready(template.folder, project.folder, first)


@pytest.fixture
def template(ready, tmp_path) -> Repository:
    """The template: releases v1.0.0 and v1.1.0."""
    return Repository(shutil.copytree(ready.template, tmp_path / "template"))


@pytest.fixture
def source(template, tmp_path) -> Template:
    """The template as an update sees it: a clone."""
    return templates.clone(str(template.folder), tmp_path / "clone")


@pytest.fixture
def old_project(ready, tmp_path) -> Repository:
    """A project made from v1.0.0 that does not say so, for it is older than `.template.json`."""
    return Repository(shutil.copytree(ready.project, tmp_path / "rye"))


@pytest.fixture
def project(ready, template, old_project) -> Repository:
    """A project made from v1.0.0, which says so."""
    address, answers = str(template.folder), {"project": "rye"}
    record = machinery.record(address, ready.first, "1.0.0", answers, old_project.folder)
    old_project.commit({machinery.FILE: record}, "Say so")
    return old_project
