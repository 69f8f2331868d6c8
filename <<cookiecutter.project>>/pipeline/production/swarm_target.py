"""Docker Swarm behind a proxy, as a place to deploy to."""

import contextlib
import time
from collections.abc import Iterator

from pipeline.core import params
from pipeline.core.project import Project
from pipeline.core.waiting import wait_for
from pipeline.production import lock, settings, token
from pipeline.production import target as targets
from pipeline.production.proxy import TO_CANARY, Proxy
from pipeline.production.releases import Release
from pipeline.production.settings import PRODUCTION, Params
from pipeline.production.swarm import Swarm
from pipeline.production.target import Door, Traffic
from pipeline.release import engine
from pipeline.release.engine import Engine
from pipeline.release.sandbox import NotReady

STOP_SECONDS = 45  # for a replica to stop, see stop_grace_period in deploy/stack.yaml
POLL_SECONDS = 0.2


class SwarmTarget:
    """The stack `name` on the swarm to which `machine` belongs, with its proxy.

    Raises Refusal where the engine cannot have a swarm.
    """

    def __init__(self, machine: Engine, name: str, how: Params):
        self.engine, self.name, self.settings = machine, name, how
        self.swarm = Swarm(machine, name)
        self.proxy = Proxy(machine, name, how.proxy_image, how.port)
        self._until = 0.0  # when the replicas asked for last must run, by the monotonic clock

    @contextlib.contextmanager
    def turn(self, release: Release) -> Iterator[None]:
        """Hold the right to deploy; the engine is in a swarm, its port is free, the token there."""
        with lock.held(self.engine, self.name, release["image"]):
            self.swarm.join()
            if not self.proxy.running():
                self.proxy.require_free_port()
            token.file_of(self.settings)
            yield

    def up(self, release: Release | None, canary: Release | None = None) -> None:
        """Ask for the replicas of `release`, and for one of `canary`; see `target.Target`."""
        if canary:
            self._end_canary(release)
        replicas = self.settings.replicas if release else 0
        ready_seconds, file = self.settings.ready_seconds, token.file_of(self.settings)
        self.swarm.up(release or canary, replicas, canary, ready_seconds, file)
        self._until = time.monotonic() + replicas * (ready_seconds + STOP_SECONDS)
        if canary:
            self.proxy.up(self.swarm.network)

    def _end_canary(self, release: Release | None) -> None:
        """End the canary that an interrupted deployment left, so that the next one is a new one."""
        if self.swarm.ended(self.swarm.canary):
            return
        if release:
            self.up(release)
        else:
            self.swarm.remove()
        wait_for(lambda: self.swarm.ended(self.swarm.canary), STOP_SECONDS, POLL_SECONDS)

    def running(self) -> Release | None:
        """Return the release that the swarm is to run, by its own record."""
        return self.swarm.release()

    def settled(self, release: Release) -> bool:
        """Return whether all replicas run `release`; see `target.Target`."""
        if self.swarm.settled(release, self.settings.replicas):
            return True
        if time.monotonic() > self._until:
            errors = [task.error for task in self.swarm.tasks(self.swarm.server) if task.error]
            raise NotReady(f"its replicas were not ready in time {errors[:1] or ''}".strip())
        return False

    def undo(self, former: Release | None) -> None:
        """Run `former` again and wait for its replicas; without one, take everything down."""
        if former is None:
            self.remove()
            return
        self.up(former)
        replicas = self.settings.replicas
        wait_for(lambda: self.swarm.runs(former, replicas), targets.BACK_SECONDS, POLL_SECONDS)

    def logs(self) -> list[str]:
        """Return the last lines of the canary, or of the server where there is none."""
        return self.swarm.logs(self.swarm.canary) or self.swarm.logs(self.swarm.server)

    @property
    def address(self) -> str:
        """The URL at which the release answers."""
        return self.proxy.address

    def door(self, canary: bool = False) -> Door:
        """Return where the proxy answers, and the headers that it and the server need."""
        headers = token.headers(self.settings)
        return Door(self.address, {**headers, **TO_CANARY} if canary else headers)

    def down_because(self, canary: bool = False) -> str | None:
        """Return why the canary, or else the server or its proxy, does not run, or None."""
        if canary:
            return self.swarm.down_because(self.swarm.canary)
        if reason := self.swarm.down_because(self.swarm.server):
            return reason
        return None if self.proxy.running() else f"the proxy {self.proxy.name} does not run"

    def traffic(self) -> Traffic:
        """Return the numbers of requests of all clients, counted by the proxy."""
        return self.proxy.traffic()

    def replicas(self) -> tuple[int, int]:
        """Return how many replicas run, and how many were asked for."""
        tasks = self.swarm.tasks(self.swarm.server)
        return sum(task.state == "running" for task in tasks), self.swarm.replicas()

    def remove(self) -> None:
        """Take the stack and its proxy down; the log of predictions stays in its volume."""
        self.proxy.remove()
        self.swarm.remove()


def current() -> SwarmTarget:
    """Return where the environment that ENV names runs; its name tells it from the others."""
    environment = settings.environment()
    how = params.load("deploy", Params).of(environment)
    name = params.load("project", Project).name
    if environment != PRODUCTION:
        name += f"-{environment}"
    return SwarmTarget(engine.find("container"), name, how)
