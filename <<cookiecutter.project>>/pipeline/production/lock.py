"""The right to deploy, which one process at a time has: a container that never starts."""

import contextlib
import os
import socket
from collections.abc import Iterator

from pipeline.core.errors import CouldNotTell
from pipeline.release.engine import Engine, EngineError

OWNER = "org.ml-template.owner"  # the label that names the process: host/pid


@contextlib.contextmanager
def held(machine: Engine, stack: str, image: str) -> Iterator[None]:
    """Hold the right to deploy the stack; one that a dead process of this machine left is taken.

    `image` is any image that the engine has. Raises CouldNotTell while another process holds it.
    """
    container = f"{stack}-deploying"
    _take(machine, stack, container, image)
    try:
        yield
    finally:
        machine.remove(container)


def _take(machine: Engine, stack: str, container: str, image: str) -> None:
    own = f"{socket.gethostname()}/{os.getpid()}"
    create = ["create", "--name", container, "--label", f"{OWNER}={own}", image]
    try:
        machine.run(*create)
    except EngineError as error:
        held_by = machine.container(container)
        if held_by is None:
            raise
        owner = held_by["Config"]["Labels"].get(OWNER, "unknown")
        if not is_dead(owner):
            raise CouldNotTell(
                f"another deployment of {stack} is under way (process {owner}); wait until "
                f"it has ended. If it has: {machine.command} rm {container}"
            ) from error
        machine.remove(container)
        machine.run(*create)


def is_dead(owner: str) -> bool:
    """Return whether `owner` (host/pid) was a process of this machine and has ended."""
    host, _, pid = owner.partition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it runs, and belongs to another user
        return False
    return False
