"""Renders one commit of the template, in a process of its own: `python renderer.py task.json`.

Each commit brings modules that cookiecutter loads while it renders, and those of two commits have
the same names. This file imports nothing of the project: what it renders may be of any age.

The task names the `template` (a folder), the `answers`, the folder for the `output`, and whether
to `ask` what no answer is there for; the default is taken otherwise. `result.json` in the output
holds the `project` (a folder) and all `answers`, or an `error`.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from cookiecutter.exceptions import CookiecutterException
from cookiecutter.generate import generate_context
from cookiecutter.main import cookiecutter
from cookiecutter.prompt import (
    prompt_choice_for_config,
    read_user_variable,
    read_user_yes_no,
    render_variable,
)
from cookiecutter.utils import create_env_with_context


def ask(template: Path, answers: dict[str, Any]) -> dict[str, Any]:
    """Ask at the terminal what the template asks and the answers do not say; return that."""
    sys.path.append(str(template))  # where the template's extensions are
    context = generate_context(str(template / "cookiecutter.json"), extra_context=answers)
    questions, known = context["cookiecutter"], dict(answers)
    prompts = questions.get("__prompts__", {})
    environment = create_env_with_context(context)
    for name, default in questions.items():
        if name.startswith("_") or name in known or isinstance(default, dict):
            continue
        if isinstance(default, list):
            known[name] = prompt_choice_for_config(
                known, environment, name, default, False, prompts, ""
            )
        elif isinstance(default, bool):
            known[name] = read_user_yes_no(name, default, prompts)
        else:
            suggested = render_variable(environment, default, known)
            known[name] = read_user_variable(name, suggested, prompts)
    return {name: known[name] for name in known.keys() - answers.keys()}


def render(template: Path, answers: dict[str, Any], output: Path) -> dict[str, Any]:
    """Render by cookiecutter; return the project's folder and all answers, given and default."""
    # Cookiecutter keeps the answers of each run; those of a user's own runs stay as they are.
    config = output / "config.yaml"
    config.write_text(
        json.dumps({"replay_dir": str(output), "cookiecutters_dir": str(output / "clones")})
    )
    project = cookiecutter(
        str(template),
        no_input=True,
        extra_context=answers,
        output_dir=str(output / "rendered"),
        config_file=str(config),
    )
    replay = json.loads((output / f"{template.name}.json").read_text(encoding="utf-8"))
    all_answers = {
        name: answer for name, answer in replay["cookiecutter"].items() if not name.startswith("_")
    }
    return {"project": project, "answers": all_answers}


def main() -> None:
    """Do the task; what hooks print goes to `log` in the output."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    template, answers, output = Path(task["template"]), task["answers"], Path(task["output"])
    logging.disable()  # cookiecutter would write tracebacks
    try:
        if task["ask"]:
            answers |= ask(template, answers)
        with (output / "log").open("w") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        result = render(template, answers, output)
    except (CookiecutterException, ValueError, OSError) as error:
        result = {"error": str(error)}
    (output / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
