"""Docker Swarm: the stack of deploy/stack.yaml, brought up, inspected and taken down.

Swarm ships in every Docker Engine and runs replicas on one machine or several: it restarts those
that died, and replaces them one by one.
"""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core import custody
from pipeline.core.console import say
from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.core.waiting import wait_for
from pipeline.production.releases import Release
from pipeline.release import engine
from pipeline.release.engine import Engine, EngineError

STACK, WITH_TOKEN = Path("deploy/stack.yaml"), Path("deploy/token.yaml")
RELEASE = "org.ml-template.release"  # the service's label with its release's record
POLL_SECONDS = 0.5
DOWN_SECONDS = 90  # for the whole stack to be gone
LISTINGS = 10  # attempts to inspect all replicas before Swarm forgets one of them
DEAD = ("failed", "rejected", "shutdown", "complete", "orphaned", "remove")


@dataclass(frozen=True)
class Task:
    """A replica: the image it runs, its state in Swarm's words, and what went wrong with it."""

    image: str
    state: str
    error: str


class Swarm:
    """The stack `name` on the swarm to which `machine` belongs.

    Raises Refusal where the engine cannot have one.
    """

    def __init__(self, machine: Engine, name: str):
        if machine.command != "docker":
            raise Refusal(
                f"{machine.command} has no Swarm: deploy with Docker, or by `make kubernetes`"
            )
        self.engine, self.name = machine, name
        self.server, self.canary = f"{name}_server", f"{name}_canary"
        self.network, self.volume = f"{name}_inside", f"{name}_predictions"

    def join(self) -> None:
        """Make the engine a swarm of one, if it belongs to none."""
        info = json.loads(self.engine.run("info", "--format", "{{json .Swarm}}"))
        state = info.get("LocalNodeState")
        if state == "active":
            if not info.get("ControlAvailable"):
                raise Refusal("this engine is a worker of its swarm; deploy from a manager")
            return
        if state != "inactive":
            raise CouldNotTell(f"the engine's swarm is {state}; see `docker info`")
        say("production: the engine becomes a swarm of one machine (docker swarm init)")
        local = self.engine.host() == engine.LOCAL
        options = ["--advertise-addr", engine.LOCAL, "--listen-addr", f"{engine.LOCAL}:2377"]
        self.engine.run("swarm", "init", *(options if local else []))

    def up(
        self,
        release: Release,
        replicas: int,
        canary: Release | None,
        ready_seconds: float,
        token: Path | None,
    ) -> None:
        """Ask for `replicas` of `release`, and for one replica of `canary`, if there is one."""
        tried = canary or release  # the canary's service needs an image even without replicas
        variables = {
            "IMAGE": release["reference"],
            "REPLICAS": str(replicas),
            "RELEASE": json.dumps(release, sort_keys=True),
            "MEMORY": release["limits"]["memory"],
            "CPUS": str(release["limits"]["cpus"]),
            "CANARY_IMAGE": tried["reference"],
            "CANARIES": "1" if canary else "0",
            "CANARY_MEMORY": tried["limits"]["memory"],
            "CANARY_CPUS": str(tried["limits"]["cpus"]),
            "READY_SECONDS": f"{ready_seconds:g}",
        }
        files = ["--compose-file", str(STACK)]
        if token:
            files += ["--compose-file", str(WITH_TOKEN)]
            # A secret cannot be changed, so each token is a secret of its own.
            digest = custody.text_digest(token.read_text(encoding="utf-8"))[7:19]
            variables |= {
                "TOKEN_NAME": f"{self.name}-token-{digest}",
                "TOKEN": str(token.resolve()),
            }
        options = ["--resolve-image", "never", "--with-registry-auth"]
        environment = {**os.environ, **variables}
        self.engine.run("stack", "deploy", *options, *files, self.name, environment=environment)

    def release(self) -> Release | None:
        """Return the record of the release that the server is to run, or None."""
        service = self._service()
        return json.loads(service["Spec"]["Labels"][RELEASE]) if service else None

    def _service(self) -> dict[str, Any] | None:
        return self.engine.inspect("service", self.server)

    def replicas(self) -> int:
        """Return how many replicas of the server were asked for."""
        service = self._service()
        return service["Spec"]["Mode"]["Replicated"]["Replicas"] if service else 0

    def tasks(self, service: str) -> list[Task]:
        """Return the replicas of a service that run or will run, and those that failed."""
        return [
            Task(
                task["Spec"]["ContainerSpec"]["Image"],
                task["Status"]["State"],
                task["Status"].get("Err", ""),
            )
            for task in self._tasks(service)
            if task["DesiredState"] not in DEAD or task["Status"].get("Err")
        ]

    def ended(self, service: str) -> bool:
        """Return whether all replicas of a service have ended, those that are stopping too."""
        if self.engine.inspect("service", service) is None:
            return True
        return all(task["Status"]["State"] in DEAD for task in self._tasks(service))

    def _tasks(self, service: str, listings: int = LISTINGS) -> list[dict[str, Any]]:
        ids = self.engine.run("service", "ps", "--quiet", "--no-trunc", service).split()
        try:
            return json.loads(self.engine.run("inspect", "--type", "task", *ids)) if ids else []
        except EngineError as error:
            # Swarm forgets tasks that ended long ago, perhaps one of those just listed.
            if not (error.absent and listings > 1):
                raise
        return self._tasks(service, listings - 1)

    def settled(self, release: Release, replicas: int) -> bool:
        """Return whether the release has taken its place.

        Raises Refusal when Swarm has rolled it back.
        """
        status = (self._service() or {}).get("UpdateStatus") or {}
        state = status.get("State", "completed")
        if state.startswith("rollback") or state == "paused":
            raise Refusal(f"Swarm took it back ({status.get('Message') or state})")
        return state == "completed" and self.runs(release, replicas)

    def runs(self, release: Release, replicas: int) -> bool:
        """Return whether `replicas` of the release run, and none of another release."""
        running = [task for task in self.tasks(self.server) if task.state not in DEAD]
        ready = [t for t in running if t.state == "running" and t.image == release["reference"]]
        return len(running) == len(ready) == replicas

    def down_because(self, service: str) -> str | None:
        """Return why no replica of a service runs or can still start, or None."""
        if self.engine.inspect("service", service) is None:
            return "nothing is deployed"
        tasks = self.tasks(service)
        if any(task.state not in DEAD for task in tasks):
            return None
        errors = [task.error for task in tasks if task.error]
        return errors[0] if errors else "none of its replicas runs"

    def logs(self, service: str, lines: int = 5) -> list[str]:
        """Return the last lines that the replicas of a service printed."""
        try:
            command = ["service", "logs", "--raw", "--tail", str(lines), service]
            return self.engine.run(*command).splitlines()[-lines:]
        except EngineError:
            return []

    def remove(self) -> None:
        """Take the stack down and wait until all of it is gone; its volume stays."""
        if not wait_for(self._removed, DOWN_SECONDS, POLL_SECONDS):
            raise CouldNotTell(f"the stack {self.name} is not gone after {DOWN_SECONDS} s")

    def _removed(self) -> bool:
        """Ask for the stack's removal again; return whether it is gone."""
        # The engine complains as long as replicas that are stopping use the network.
        with contextlib.suppress(EngineError):
            self.engine.run("stack", "rm", self.name)
        return self.engine.inspect("network", self.network) is None
