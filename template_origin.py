"""The address and commit of the template, for `.template.json` (see hooks/).

Cookiecutter loads `Origin` as a Jinja extension (`_extensions` in cookiecutter.json), which gives

* `cookiecutter|origin`: the template's address, its commit and its folder.

The folder is that of this file: the paths that cookiecutter passes to a hook may be relative to a
working directory that the hook does not know.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension

# The files that affect what is rendered; changes in others, such as tests, do not matter.
RENDERED = ("<<cookiecutter.project>>", "hooks", "cookiecutter.json", "CHANGELOG.md", "*.py")

_FAR = re.compile(r"[\w.+@-]{2,}:")  # https:, git@host:, gh: and abbreviations of a user's own
_PASSWORD = re.compile(r"(?<=^https://)[^/@]*@|(?<=^http://)[^/@]*@")


def git(folder: Path, *words: str) -> str | None:
    """Return what git prints in a folder, stripped; None if it fails or is not installed."""
    # Hooks and aliases of git set variables that point to another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # Rendering runs the template's code anyway, so its checkout may belong to another user.
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, env=environment, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return os.fsdecode(done.stdout).strip()


def commit(folder: Path) -> str | None:
    """Return the commit that is checked out in the folder.

    None if the folder is not the top of a checkout, or if files that affect the render have
    uncommitted changes.
    """
    top = git(folder, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != folder.resolve():
        return None
    changes = git(folder, "status", "--porcelain", "--", *(f":(glob){name}" for name in RENDERED))
    return git(folder, "rev-parse", "HEAD") if changes == "" else None


def address(folder: Path, typed: str) -> str:
    """Return the template's address: a URL without its password, or a folder.

    Args:
        folder: the template, in cookiecutter's clone if it came from a URL.
        typed: the argument of cookiecutter: a folder, a URL, or an abbreviation such as gh:.
    """
    if not _FAR.match(typed):
        return str(folder)
    return _PASSWORD.sub("", git(folder, "config", "remote.origin.url") or typed)


def origin(cookiecutter: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the template's `address`, its `commit` (or None) and its `folder`."""
    folder = Path(__file__).resolve().parent
    return {
        "address": address(folder, cookiecutter["_template"]),
        "commit": commit(folder),
        "folder": str(folder),
    }


class Origin(Extension):
    """Gives the template's Jinja environment the filter of this module."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters["origin"] = origin
