"""Refuses to render where that cannot end well, before a file is written.

The answers were checked when they were asked for (template_answers.py); those of a replay file
were not, so they are checked here. A refusal is one sentence that says what to do.
"""

import json
import shutil
import sys
from pathlib import Path

# JSON never holds three quotes in a row, so no answer can end this literal.
REFUSALS = json.loads(r"""<<cookiecutter|refusals|tojson>>""")


def machine_refusals() -> list[str]:
    """Say what is missing on this machine."""
    if shutil.which("git"):
        return []
    return ["git is missing: install it (apt-get install git), because DVC and CI work on commits."]


def folder_refusals(folder: Path) -> list[str]:
    """Say that the folder is taken, so that nothing in it is overwritten."""
    if not any(folder.iterdir()):
        return []
    return [f"{folder} already holds files, which were left alone: choose another name or move it."]


if __name__ == "__main__":
    sentences = REFUSALS + machine_refusals() + folder_refusals(Path.cwd())
    if sentences:
        sys.exit("\n".join(sentences))
