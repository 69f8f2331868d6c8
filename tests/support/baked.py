"""Renders projects as a user does, by the cookiecutter command, and what users do in them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
TEMPLATE = REPOSITORY / "<<cookiecutter.project>>"
DEFAULTS = json.loads((REPOSITORY / "cookiecutter.json").read_text())
# The only files of a project that hold template syntax; all others are copied as they are.
TEMPLATED = ("README.md", "params.yaml", "pyproject.toml")

# Warnings, tracebacks and the like: what nobody should have to read.
NOISE = ("Traceback", "WARNING:", "Warning:", "DeprecationWarning", "FutureWarning")

ENGINE = "docker" if shutil.which("docker") else "podman"

ran: set[str] = set()  # the Make targets that were run so far


@dataclass(frozen=True)
class Run:
    """How a command ended, and what it printed to both streams."""

    status: int
    output: str


@dataclass(frozen=True)
class Project:
    """A project in `folder`."""

    folder: Path

    def run(self, *command: str, timeout: float = 900, **environment: str) -> Run:
        """Run a command in the project, as a user would in a terminal."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            env=clean_environment() | environment,
        )
        return Run(done.returncode, done.stdout)

    def make(self, *words: str, **environment: str) -> Run:
        """Run Make with targets and variables."""
        ran.update(words)
        return self.run("make", *words, **environment)

    def dvc(self, *words: str, **environment: str) -> Run:
        """Run the project's own dvc."""
        return self.run(".venv/bin/dvc", *words, **environment)

    def json(self, path: str) -> Any:
        """Read a JSON file of the project."""
        return json.loads((self.folder / path).read_text())

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands in a file exactly once."""
        file = self.folder / path
        text = file.read_text()
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new))

    def commit(self, message: str) -> None:
        """Commit all that changed."""
        identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
        for words in (
            ["add", "--all"],
            [*identity, "commit", "--quiet", "--allow-empty", "--message", message],
        ):
            done = self.run("git", *words)
            assert done.status == 0, done.output

    def copy(self, folder: Path) -> "Project":
        """Copy the project with what it made; the environment and the caches are shared."""
        leave = shutil.ignore_patterns(".venv", "handover.tar")
        shutil.copytree(
            self.folder, folder, symlinks=True, ignore=leave, copy_function=copied_or_linked
        )
        copied = Project(folder)
        copied.use(self.folder / ".venv")
        return copied

    def use(self, venv: Path) -> None:
        """Take another virtual environment, which fits: `make setup` has nothing to do."""
        (self.folder / ".venv").unlink(missing_ok=True)
        (self.folder / ".venv").symlink_to(venv.resolve())
        (venv / "ready").touch()  # a new clone's lock file is younger


def copied_or_linked(source: str, target: str) -> None:
    """Link what is named by its digest, which nobody writes in place; copy what is not."""
    if "/.dvc/cache/files/" in source or "/.cache/wheels/" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def run_cookiecutter(
    folder: Path, *arguments: str, environment: Mapping[str, str], typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run cookiecutter on this repository so that projects go into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "cookiecutter", str(REPOSITORY), "-o", str(folder), *arguments]
    return subprocess.run(
        command,
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=environment,
        timeout=120,
    )


def clean_environment() -> dict[str, str]:
    """The environment without the virtual environment in which these tests run."""
    own = os.environ.get("VIRTUAL_ENV") or str(REPOSITORY / ".venv")
    path = [part for part in os.environ["PATH"].split(os.pathsep) if not part.startswith(own)]
    dropped = ("VIRTUAL_ENV", "SANDBOX", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "GIT_DIR")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"PATH": os.pathsep.join(path)}


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(
    condition: Callable[[], bool], seconds: float = 60, message: str = "waited in vain"
) -> None:
    """Wait until a condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, message
        time.sleep(0.1)


def engine(*words: str) -> str:
    """Return what the container engine prints."""
    return subprocess.run([ENGINE, *words], capture_output=True, text=True).stdout.strip()


def remove_all_of(name: str) -> None:
    """Remove the containers, volumes and images that a project called `name` made."""
    for container in (f"{name}-proxy", f"{name}-deploying"):
        engine("rm", "--force", "--volumes", container)
    engine("stack", "rm", name)
    until = time.monotonic() + 60
    listed = ("ps", "--all", "--quiet", "--filter", f"name={name}_")
    while engine(*listed) and time.monotonic() < until:  # they end behind the command's back
        time.sleep(0.5)
    engine("volume", "rm", "--force", f"{name}_predictions")
    for repository in (name, f"{name}-proxy", f"{name}-staging-proxy"):
        remove_images(repository)
    engine("image", "prune", "--force", "--filter", "label=org.ml-template.stage=builder")


def remove_images(name: str) -> None:
    """Remove the images that a project called `name` made."""
    for image in engine("image", "ls", "--quiet", name).split():
        engine("image", "rm", "--force", image)
