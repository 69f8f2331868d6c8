"""Renders one commit of the template, in a process of its own: `python renderer.py task.json`.

Cookiecutter imports modules of the template (its extensions), and those of two commits have the
same names. This file imports nothing from the project.

The task has the keys `template` (a folder), `answers`, `output` (a folder) and `ask` (whether to
ask for missing answers). `result.json` in the output has `project` (a folder) and all `answers`, or
`error`.
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
    """Ask for the missing answers at the terminal; return only those."""
    sys.path.append(str(template))  # for the template's extensions
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
    """Render with cookiecutter; return the project's folder and all answers, including defaults."""
    # Cookiecutter saves the answers of each run: keep those of the user's own runs.
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
    """Run the task; write the output of hooks to `log`."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    template, answers, output = Path(task["template"]), task["answers"], Path(task["output"])
    logging.disable()  # cookiecutter logs tracebacks
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
