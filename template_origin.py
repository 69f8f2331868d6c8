"""Where the template that is being rendered came from, for `.template.json` (see hooks/).

Cookiecutter loads `Origin` as a Jinja extension (`_extensions` in cookiecutter.json), which gives

* `cookiecutter|origin`: the template's address, its commit and its folder.

The folder is that of this file: what cookiecutter itself tells a hook may be relative to a working
directory that the hook does not know.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension

# What a render is made of. Changes elsewhere, in tests say, leave it as it is.
RENDERED = ("<<cookiecutter.project>>", "hooks", "cookiecutter.json", "CHANGELOG.md", "*.py")

_FAR = re.compile(r"[\w.+@-]{2,}:")  # https:, git@host:, gh: and what users call their own hosts
_PASSWORD = re.compile(r"(?<=^https://)[^/@]*@|(?<=^http://)[^/@]*@")


def git(folder: Path, *words: str) -> str | None:
    """Return what git prints in a folder, stripped; None where it fails or is missing."""
    # Git's hooks and aliases point their children at another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # Whoever renders a template runs its code, so it may as well be another user's checkout.
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, env=environment, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return os.fsdecode(done.stdout).strip()


def commit(folder: Path) -> str | None:
    """Return the commit that is checked out in the folder.

    None where the folder is not the top of a checkout, or what is rendered holds changes that are
    in no commit: then no commit says what was rendered.
    """
    top = git(folder, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != folder.resolve():
        return None
    changes = git(folder, "status", "--porcelain", "--", *(f":(glob){name}" for name in RENDERED))
    return git(folder, "rev-parse", "HEAD") if changes == "" else None


def address(folder: Path, typed: str) -> str:
    """Return where the template can be had again: a URL without its password, or a folder.

    Args:
        folder: where the template is now.
        typed: what cookiecutter was called with. What is far away was cloned by cookiecutter from
            the address that an abbreviation such as gh: stands for.
    """
    if not _FAR.match(typed):
        return str(folder)
    return _PASSWORD.sub("", git(folder, "remote", "get-url", "origin") or typed)


def origin(cookiecutter: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the template's `address`, its `commit` (or None) and the `folder` it is in."""
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
