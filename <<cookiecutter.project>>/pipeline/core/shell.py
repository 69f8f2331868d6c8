"""Commands of other programs (git, dvc, pip, uv), and what they complain of, in one line."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pipeline.core.errors import CouldNotTell, Refusal

Done = subprocess.CompletedProcess[str]


def call(
    *words: str | Path,
    timeout: float | None = None,
    environment: Mapping[str, str] | None = None,
    apart: bool = False,
) -> Done:
    """Run a command to its end and return its exit code and both outputs; no shell is involved.

    `timeout` is in seconds; `environment` replaces the process's own; `apart`: a Ctrl-C in the
    terminal does not reach the command. Raises Refusal when the program is not installed and
    CouldNotTell when it takes too long.
    """
    command = [str(word) for word in words]
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
            env=environment,
            start_new_session=apart,
        )
    except FileNotFoundError:
        raise Refusal(f"`{command[0]}` is not installed, or not on the PATH") from None
    except subprocess.TimeoutExpired:
        raise CouldNotTell(f"{' '.join(command[:2])} took over {timeout:g} s") from None


def output(*words: str | Path, failure: str) -> str:
    """Return what a command prints; a Refusal says `failure` and the command's last complaint."""
    done = call(*words)
    if done.returncode:
        raise Refusal(f"{failure}: {complaint(done)}")
    return done.stdout.strip()


def complaint(done: Done) -> str:
    """Return the last line of what a failed command printed as its errors, or printed at all.

    >>> complaint(subprocess.CompletedProcess([], 1, "", "Traceback:\\nno space left\\n"))
    'no space left'
    """
    text = done.stderr.strip() or done.stdout.strip() or "no reason given"
    return text.splitlines()[-1].strip()


def git(*words: str) -> str | None:
    """Return what git prints, or None when it fails. Raises Refusal when it is not installed."""
    done = call("git", *words)
    return done.stdout.strip() if done.returncode == 0 else None


def module(name: str, *words: str | Path) -> tuple[str | Path, ...]:
    """Return the command that runs a module of this Python: dvc, pip."""
    return (sys.executable, "-m", name, *words)
