"""Runs git in one folder, whatever repository the environment points to."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import Refusal

# Variables that point git to another repository (git rev-parse --local-env-vars).
LOCAL = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
}

# A user's hooks are meant for commits made by hand; the other settings keep the output readable.
SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.quotePath": "false",
    "advice.detachedHead": "false",
}


@dataclass(frozen=True)
class Git:
    """Runs git in `folder`; `environment` is added to what each call sees."""

    folder: Path
    environment: tuple[tuple[str, str], ...] = ()

    def run(self, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run git, with `text` on its standard input; the caller looks at the exit code.

        Raises:
            Refusal: there is no git.
        """
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        try:
            return subprocess.run(
                ["git", *options, *words],
                cwd=self.folder,
                input=text,
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                env=environment() | dict(self.environment),
            )
        except FileNotFoundError:
            raise Refusal("git is missing; install it (apt-get install git)") from None

    def __call__(self, *words: str, text: str = "") -> str:
        """Return what git prints, without the last line's end.

        Raises:
            Refusal: git failed; with the line in which git complains.
        """
        done = self.run(*words, text=text)
        if done.returncode:
            raise Refusal(f"git {words[0]} failed: {complaint(done.stderr)}")
        return done.stdout.removesuffix("\n")

    def succeeds(self, *words: str) -> bool:
        """Tell whether git exits with 0."""
        return self.run(*words).returncode == 0

    def listed(self, *words: str) -> list[str]:
        """Return what git prints with a NUL after each item (its option -z)."""
        return [item for item in self(*words).split("\0") if item]

    def files(self, tree: str) -> dict[str, str]:
        """Return the blob of each file in a tree or a commit, by path."""
        entries = (entry.split("\t", 1) for entry in self.listed("ls-tree", "-r", "-z", tree))
        return {path: meta.split()[2] for meta, path in entries}


def complaint(text: str) -> str:
    """Return the first line with an error; without one, the last line that is not empty.

    >>> complaint("Cloning...\\nfatal: no such thing\\nPlease make sure that it exists.")
    'no such thing'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    complaints = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    line = next(iter(complaints or lines[-1:]), "it does not say why")
    return line.removeprefix("fatal: ").removeprefix("error: ")


def environment() -> dict[str, str]:
    """Return the environment without the variables that git sets for its hooks and aliases."""
    kept = {name: value for name, value in os.environ.items() if name not in LOCAL}
    if not sys.stdin.isatty():
        kept["GIT_TERMINAL_PROMPT"] = "0"  # nobody can type a password
    return kept | {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}
