"""Renders commits of the template: the files of a project, outside of any repository."""

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
        folder: its files; older commits' hooks left a repository there, too.
        answers: all that were used, by question.
    """

    folder: Path
    answers: dict[str, Any]


def new_questions(template: Path, answers: Mapping[str, Any]) -> list[str]:
    """Return what a commit of the template asks that no answer is there for."""
    questions = json.loads((template / "cookiecutter.json").read_text(encoding="utf-8"))
    return [name for name in questions if not name.startswith("_") and name not in answers]


def render(template: Path, answers: Mapping[str, Any], output: Path, ask: bool) -> Rendered:
    """Render the commit that is checked out in `template`, a folder of its name, into `output`.

    Args:
        answers: by question; those to questions that this commit does not ask are left out.
        ask: whether somebody is there to answer what is new; else the defaults are taken.

    Raises:
        Refusal: it cannot be rendered, say because an answer is allowed no more.
    """
    if not (template / "cookiecutter.json").is_file():
        raise Refusal(f"commit {template.name} of the template has no cookiecutter.json")
    (output / "rendered").mkdir(parents=True)
    task = {"template": str(template), "answers": dict(answers), "output": str(output), "ask": ask}
    (output / "task.json").write_text(json.dumps(task), encoding="utf-8")
    # -P: no folder but those of the environment's packages is looked in for modules.
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
    """Return what a hook said, which is more than that it failed; else what cookiecutter did."""
    log = output / "log"
    said_by_hook = log.read_text(errors="replace").strip() if log.exists() else ""
    return complaint(said_by_hook or result.get("error", ""))


def _environment() -> dict[str, str]:
    """Return the environment for hooks, which shall make files and nothing else.

    Hooks of older commits do not know ML_TEMPLATE_FILES_ONLY: they make a repository, which stays
    outside of the project, and would fill DVC's cache, where they find a dvc.
    """
    kept = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    has = lambda name, folder: shutil.which(name, path=folder)  # noqa: E731
    needed = [folder for folder in folders if not has("dvc", folder) or has("git", folder)]
    return kept | {"PATH": os.pathsep.join(needed), "ML_TEMPLATE_FILES_ONLY": "yes"}
