"""Which commit of the template this project has, and by which answers it was rendered.

`.template.json` says it. A project that is older than that file has its first commit: the template
is looked through for the commit whose files are most like it.
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

MIN_SHARE = 0.5  # of the first commit's files that have to be a commit's, to take it for its origin

CI_CONFIGS = {"gitlab": ".gitlab-ci.yml", "github": ".github/workflows/ci.yml"}

_FAR = re.compile(r"[\w.+@-]{2,}:")  # https:, git@host:, gh:; anything else is a folder


@dataclass(frozen=True)
class Origin:
    """What `.template.json` says; None and no answers where it does not say."""

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
    """Return where to take the template from: what was named, else what the project says.

    Raises:
        Refusal: neither says.
    """
    if named and not _FAR.match(named):
        return str(Path(named).expanduser().resolve())
    if named or origin.address:
        return named or origin.address
    raise Refusal(
        f"there is no {machinery.FILE}, so name the template: make update TEMPLATE=URL-or-folder"
    )


def kept_address(origin: Origin, used: str) -> str:
    """Return the address for the next update: a folder of this machine replaces no URL."""
    far = origin.address and _FAR.match(origin.address)
    return origin.address if far and not _FAR.match(used) else used


def base(project: Git, template: Template, origin: Origin, named: str) -> str:
    """Return the commit of the template that this project has.

    Raises:
        Refusal: no commit is like the project's first one; asks for it.
    """
    if named:
        return template.commit(named)
    if origin.commit and template.has(origin.commit):
        return origin.commit
    if commit := nearest(template, project.files(rendered_commit(project))):
        return commit
    raise Refusal(
        f"no commit of {template.address} has the files that this project began with; say which "
        "one it was made from: make update FROM=commit"
    )


def rendered_commit(project: Git) -> str:
    """Return the project's commit whose files are nearest to what was rendered.

    That is the last one that changed `.template.json`; without one, the first that had dvc.yaml.
    """
    if updated := project("log", "-1", "--format=%H", "--", machinery.FILE):
        return updated
    added = project("log", "--diff-filter=A", "--format=%H", "--", "dvc.yaml")
    return added.split("\n")[-1] or project("rev-parse", "HEAD")


def nearest(template: Template, files: dict[str, str]) -> str | None:
    """Return the commit of which most files stand in `files`, byte for byte.

    Of commits that have equally many, the newest. Files that hold answers never match; they are so
    few that they do not matter.

    Args:
        files: blobs by path.
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
    """Return the answers that the rendered files show; the template's defaults serve for others."""
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
