"""Renders a commit of the template into a temporary folder."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.errors import Refusal
from pipeline.update.git import complaint, environment

RENDERER = Path(__file__).with_name("renderer.py")


@dataclass(frozen=True)
class Rendered:
    """A rendered commit.

    Attributes:
        folder: the rendered files. Hooks of older commits also created a repository there.
        answers: by question, including defaults.
    """

    folder: Path
    answers: dict[str, Any]


def new_questions(template: Path, answers: Mapping[str, Any]) -> list[str]:
    """Return the questions of the template that have no answer yet."""
    questions = json.loads((template / "cookiecutter.json").read_text(encoding="utf-8"))
    return [name for name in questions if not name.startswith("_") and name not in answers]


def render(template: Path, answers: Mapping[str, Any], output: Path, ask: bool) -> Rendered:
    """Render the commit that is checked out in `template`, a folder of its name, into `output`.

    Args:
        answers: by question; answers to questions that this commit does not ask are ignored.
        ask: ask for missing answers at the terminal; otherwise use the defaults.

    Raises:
        Refusal: rendering failed, for example because an answer is no longer allowed.
    """
    if not (template / "cookiecutter.json").is_file():
        raise Refusal(f"commit {template.name} of the template has no cookiecutter.json")
    (output / "rendered").mkdir(parents=True)
    task = {"template": str(template), "answers": dict(answers), "output": str(output), "ask": ask}
    (output / "task.json").write_text(json.dumps(task), encoding="utf-8")
    # -P: import only installed packages, not modules from the working directory.
    command = [sys.executable, "-P", str(RENDERER), str(output / "task.json")]
    streams = {} if ask else {"stdin": subprocess.DEVNULL, "capture_output": True}
    subprocess.run(command, cwd=template, env=_environment(), **streams)
    result = _result(output)
    if "project" not in result:
        raise Refusal(
            f"commit {template.name} of the template cannot be rendered: {_reason(output, result)}"
        )
    return Rendered(Path(result["project"]), result["answers"])


def _result(output: Path) -> dict[str, Any]:
    try:
        return json.loads((output / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _reason(output: Path, result: dict[str, Any]) -> str:
    """Return the error that a hook printed, or else cookiecutter's."""
    log = output / "log"
    printed = log.read_text(errors="replace").strip() if log.exists() else ""
    return complaint(printed or result.get("error", ""))


def _environment() -> dict[str, str]:
    """Return an environment in which hooks write files only.

    Hooks of older commits ignore ML_TEMPLATE_FILES_ONLY: they create a repository in the temporary
    folder, and would fill a DVC cache there if they found `dvc` on the PATH.
    """
    kept = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    has = lambda name, folder: shutil.which(name, path=folder)  # noqa: E731
    needed = [folder for folder in folders if not has("dvc", folder) or has("git", folder)]
    return kept | {"PATH": os.pathsep.join(needed), "ML_TEMPLATE_FILES_ONLY": "yes"}
