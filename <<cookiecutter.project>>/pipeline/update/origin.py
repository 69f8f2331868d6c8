"""Which commit of the template this project has, and with which answers it was rendered.

`.template.json` records both. For a project that is older than that file, the template's history is
searched for the commit that shares most files with the project's first commit.
"""

import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from pipeline.core import machinery, params
from pipeline.core.errors import Refusal
from pipeline.update.git import Git
from pipeline.update.template import FOLDER, Template

MIN_SHARE = 0.5  # minimum share of the project's first files that the template's commit must have

CI_CONFIGS = {"gitlab": ".gitlab-ci.yml", "github": ".github/workflows/ci.yml"}

_FAR = re.compile(r"[\w.+@-]{2,}:")  # https:, git@host:, gh:; anything else is a folder


@dataclass(frozen=True)
class Origin:
    """The content of `.template.json`; None for what is not recorded."""

    address: str | None = None
    commit: str | None = None
    answers: dict[str, Any] | None = None


def read(project: Git) -> Origin:
    """Read the committed `.template.json`, if there is one.

    Raises:
        Refusal: it is not what the template wrote.
    """
    done = project.run("show", f"HEAD:{machinery.FILE}")
    if done.returncode:
        return Origin()
    try:
        content = json.loads(done.stdout)
        return Origin(str(content["template"]), content["commit"], dict(content["answers"]))
    except (ValueError, KeyError, TypeError):
        raise Refusal(
            f"{machinery.FILE} is not what the template wrote; bring it back from an earlier "
            f"commit: git log -- {machinery.FILE}"
        ) from None


def address(origin: Origin, named: str) -> str:
    """Return the template's address: the one that was named, else the recorded one.

    Raises:
        Refusal: there is neither.
    """
    if named and not _FAR.match(named):
        return str(Path(named).expanduser().resolve())
    if named or origin.address:
        return named or origin.address
    raise Refusal(
        f"there is no {machinery.FILE}, so name the template: make update TEMPLATE=URL-or-folder"
    )


def kept_address(origin: Origin, used: str) -> str:
    """Return the address to record: a folder on this machine does not replace a URL."""
    far = origin.address and _FAR.match(origin.address)
    return origin.address if far and not _FAR.match(used) else used


def base(project: Git, template: Template, origin: Origin, named: str) -> str:
    """Return the commit of the template that this project has.

    Raises:
        Refusal: none was named or recorded, and no commit is similar enough to the project.
    """
    if named:
        return template.commit(named)
    if origin.commit and template.has(origin.commit):
        return origin.commit
    if commit := nearest(template, project.files(rendered_commit(project))):
        return commit
    raise Refusal(
        f"no commit of {template.address} has the files that this project started with; name the "
        "commit that it was made from: make update FROM=commit"
    )


def rendered_commit(project: Git) -> str:
    """Return the project's commit that is most similar to what was rendered.

    That is the last one that changed `.template.json`, or else the one that added dvc.yaml.
    """
    if updated := project("log", "-1", "--format=%H", "--", machinery.FILE):
        return updated
    added = project("log", "--diff-filter=A", "--format=%H", "--", "dvc.yaml")
    return added.split("\n")[-1] or project("rev-parse", "HEAD")


def nearest(template: Template, files: dict[str, str]) -> str | None:
    """Return the template's commit that has most of `files`, byte for byte; None if it has too few.

    Of several such commits, return the newest. The few files that contain answers never match.

    Args:
        files: the blob of each path.
    """
    trees = _trees(template)
    wanted = Counter(files.items())
    shares = {
        commit: sum((wanted & Counter(template.git.files(tree).items())).values())
        for tree, commit in trees.items()
    }
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best and shares[best] >= MIN_SHARE * len(files) else None


def _trees(template: Template) -> dict[str, str]:
    """Return the newest commit for each distinct tree of the template's folder, newest first."""
    commits = template.git("rev-list", "--all", "--date-order").split()
    names = "".join(f"{commit}:{FOLDER}\n" for commit in commits)
    answers = template.git("cat-file", "--batch-check=%(objectname)", text=names).split("\n")
    trees: dict[str, str] = {}
    for commit, tree in zip(commits, answers, strict=True):
        if not tree.endswith("missing"):
            trees.setdefault(tree, commit)
    return trees


def answers(project: Git) -> dict[str, str]:
    """Return the answers that can be read from the rendered files; defaults apply to the others."""
    commit = rendered_commit(project)
    files = project.files(commit)
    about = _toml(_text(project, commit, "pyproject.toml")).get("project", {})
    section = _yaml(_text(project, commit, "params.yaml")).get("project", {})
    author = next((entry.get("name") for entry in about.get("authors", [])), None)
    shown = {
        "project": section.get("name") or about.get("name"),
        "registry": section.get("registry"),
        "description": about.get("description"),
        "author": author,
        "ci": next((ci for ci, path in CI_CONFIGS.items() if path in files), None),
    }
    return {question: answer for question, answer in shown.items() if answer is not None}


def _text(project: Git, commit: str, path: str) -> str:
    return project.run("show", f"{commit}:{path}").stdout


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _yaml(text: str) -> dict[str, Any]:
    try:
        content = params.parsed(text)
    except YAMLError:
        return {}
    return content if isinstance(content, dict) else {}
