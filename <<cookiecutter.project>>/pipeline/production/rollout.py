"""Production: replicas of the blessed image behind a proxy, replaced without losing a request.

A new release first proves itself as a canary, which clients' requests do not reach; then it takes
the former one's place replica by replica, under watch. Whatever goes wrong, the former comes back.
`deploy`, `rollback`, `status` and `undeploy` act on it; `replay` and `monitor` find it here.
"""

import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.core.project import Project
from pipeline.evaluation import champion
from pipeline.production import settings
from pipeline.production.proxy import TO_CANARY, Proxy
from pipeline.production.settings import PRODUCTION, Params
from pipeline.production.swarm import Swarm
from pipeline.production.watch import Watch, judge_errors
from pipeline.release import engine
from pipeline.release.engine import EngineError
from pipeline.release.sandbox import NotReady, wait_ready

PREDICTIONS = "/predictions"  # where deploy/Dockerfile lets the service log
SOURCE = "/bento/src"  # where it has the model and the schema
BACK_SECONDS = 120  # for the former release to answer again
STOP_SECONDS = 45  # for a replica to end, see stop_grace_period in deploy/stack.yaml
POLL_SECONDS = 0.2
OWNER = "org.ml-template.owner"  # the label that tells who is deploying


class Production:
    """What this project serves on the engine that answers, in the environment that ENV names."""

    def __init__(self):
        self.environment = settings.environment()
        self.settings = params.load("deploy", Params).of(self.environment)
        self.name = params.load("project", Project).name
        if self.environment != PRODUCTION:
            self.name += f"-{self.environment}"
        self.engine = engine.find("container")
        self.swarm = Swarm(self.engine, self.name)
        self.proxy = Proxy(self.engine, self.name, self.settings.proxy_image, self.settings.port)

    @property
    def address(self) -> str:
        return self.proxy.address

    def state(self) -> str | None:
        """Return why production is down, or None while it runs."""
        if reason := self.swarm.down_because(self.swarm.server):
            return reason
        return None if self.proxy.running() else f"the proxy {self.proxy.name} does not run"

    def running(self) -> dict[str, Any] | None:
        """Return the release that runs, by the swarm's own word, or None."""
        return self.swarm.release()

    def counted(self) -> tuple[int, int]:
        """Return how many replicas run, and how many were asked for."""
        tasks = self.swarm.tasks(self.swarm.server)
        return sum(task.state == "running" for task in tasks), self.swarm.replicas()

    def switch(self, release: dict[str, Any]) -> None:
        """Run `release`; should it not prove itself, the former one goes on, or comes back.

        Raises Refusal when the new one failed, CouldNotTell when the port is not ours to take.
        """
        with self._turn(release["image"]):
            self.swarm.join()
            former = self.swarm.release()
            if not self.proxy.running():
                self._require_free_port()
            token = self._token_file()
            try:
                self._end_canary(former, token)
                self._prove_canary(former, release, token)
                self._replace(former, release, token)
            except BaseException as error:
                logs = self.swarm.logs(self.swarm.canary) or self.swarm.logs(self.swarm.server)
                back = self._bring_back(former, token)
                if not isinstance(error, Refusal):
                    raise
                said = f" (it printed: {logs[-1]})" if logs else ""
                raise type(error)(
                    f"{release['bento']} was not deployed: {error}{said}; {back}"
                ) from None

    def _end_canary(self, former, token) -> None:
        """End the canary that a broken-off deployment left: the next one's time is its own."""
        if self.swarm.ended(self.swarm.canary):
            return
        if former:
            self._up(former, self.settings.replicas, None, token)
        else:
            self.swarm.remove()
        _wait(lambda: self.swarm.ended(self.swarm.canary), STOP_SECONDS)

    def _prove_canary(self, former, release, token) -> None:
        """Start one replica of `release` beside production; it has to answer rightly and fast."""
        settings = self.settings
        replicas = settings.replicas if former else 0
        say(f"production: a canary of {release['bento']} has to prove itself")
        self._up(former or release, replicas, release, token)
        self.proxy.up(self.swarm.network)
        headers = {**self.headers, **TO_CANARY}
        wait_ready(
            self.address,
            lambda: self.swarm.down_because(self.swarm.canary),
            settings.ready_seconds,
            headers,
        )
        with contextlib.closing(Watch(self.address, headers, release)) as watch:
            for _ in range(settings.canary_requests):
                watch.ask()
            watch.judge_speed(settings.max_p95_ms)

    def _replace(self, former, release, token) -> None:
        """Let `release` take the place of the former, replica by replica, and watch it."""
        settings = self.settings
        say(f"production: {release['bento']} takes its place, one of {settings.replicas} at a time")
        self._up(release, settings.replicas, None, token)
        until = time.monotonic() + settings.replicas * (settings.ready_seconds + STOP_SECONDS)
        if not former:
            self._wait_settled(release, until)
            wait_ready(self.address, self.state, settings.ready_seconds)
        old = former["model"] if former else ""
        with contextlib.closing(Watch(self.address, self.headers, release, former=old)) as watch:
            before = watch.answered()
            while not self.swarm.settled(release, settings.replicas):
                self._require_time(until, release)
                watch.ask()
                time.sleep(POLL_SECONDS)
            watch.former, watch.taken = "", []
            say(f"production: it answers; it is watched for {settings.watch_seconds:g} s")
            for _ in watch.asking(settings.watch_seconds):
                pass
            watch.ask()
            watch.judge_speed(settings.max_p95_ms)
            judge_errors(before, watch.answered(), settings.max_error_share)

    def _up(self, release, replicas: int, canary, token: Path | None) -> None:
        self.swarm.up(release, replicas, canary, self.settings.ready_seconds, token)

    def _wait_settled(self, release, until: float) -> None:
        while not self.swarm.settled(release, self.settings.replicas):
            self._require_time(until, release)
            time.sleep(POLL_SECONDS)

    def _require_time(self, until: float, release) -> None:
        if time.monotonic() > until:
            errors = [task.error for task in self.swarm.tasks(self.swarm.server) if task.error]
            raise NotReady(f"its replicas were not ready in time {errors[:1] or ''}".strip())

    def _bring_back(self, former, token: Path | None) -> str:
        """Run what ran before; return how that went, in words."""
        if former is None:
            self.proxy.remove()
            self.swarm.remove()
            return "nothing was deployed before"
        self._up(former, self.settings.replicas, None, token)
        try:
            _wait(lambda: self.swarm.runs(former, self.settings.replicas), BACK_SECONDS)
            wait_ready(self.address, self.state, BACK_SECONDS)
        except Refusal as error:
            return f"the former release was asked for again but does not answer either ({error})"
        return "the former release answers"

    @contextlib.contextmanager
    def _turn(self, image: str) -> Iterator[None]:
        """Hold the deployer's turn, of which the engine has one: a container that never starts."""
        name, own = f"{self.name}-deploying", f"{socket.gethostname()}/{os.getpid()}"
        words = ["create", "--name", name, "--label", f"{OWNER}={own}", image]
        try:
            self.engine.run(*words)
        except EngineError as error:
            found = self.engine.container(name)
            if found is None:
                raise
            owner = found["Config"]["Labels"].get(OWNER, "unknown")
            if not _is_dead(owner):
                raise CouldNotTell(
                    f"another deployment of {self.name} is under way (process {owner}); wait until "
                    f"it has ended. If it has: {self.engine.command} rm {name}"
                ) from error
            self.engine.remove(name)
            self.engine.run(*words)
        try:
            yield
        finally:
            self.engine.remove(name)

    def _require_free_port(self) -> None:
        if self.engine.host() != engine.LOCAL:
            return  # the engine is on another machine and will say it itself
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((engine.LOCAL, self.settings.port))
            except OSError:
                raise CouldNotTell(
                    f"port {self.settings.port} is taken by another program; stop it, or choose "
                    "another port in params.yaml (deploy.port)"
                ) from None

    def _token_file(self) -> Path | None:
        """Return the file of the token that clients must send; refuse one that holds none."""
        if self.settings.token_file is None:
            return None
        file = Path(self.settings.token_file)
        if not file.is_file() or not file.read_text(encoding="utf-8").strip():
            raise Refusal(
                f"{file} holds no token (deploy.token_file in params.yaml; null: none is needed)"
            )
        return file

    @property
    def headers(self) -> dict[str, str]:
        """What a client has to send along with its rows."""
        if (file := self._token_file()) is None:
            return {}
        token = file.read_text(encoding="utf-8").strip().splitlines()[0].strip()
        return {"Authorization": f"Bearer {token}"}

    def prove(self, release: dict[str, Any]) -> None:
        """Ask the golden row; raises Refusal when the answer is not that of `release`."""
        with contextlib.closing(Watch(self.address, self.headers, release)) as watch:
            watch.ask()

    def crown(self, release: dict[str, Any]) -> None:
        """Make the model that now runs the champion: it is copied out of the image itself.

        Only production's model is one.
        """
        if self.environment != PRODUCTION:
            return
        with tempfile.TemporaryDirectory() as folder:
            self._copy_out(release["image"], SOURCE, Path(folder))
            champion.crown(Path(folder), release["bento"])

    def collect(self, folder: Path) -> None:
        """Copy what the service logged on this machine into `folder`."""
        if (release := self.swarm.release()) is None:
            raise Refusal("nothing is deployed; `make deploy` does it")
        folder.mkdir(parents=True, exist_ok=True)
        mount = f"--volume={self.swarm.volume}:{PREDICTIONS}"
        self._copy_out(release["image"], PREDICTIONS, folder, mount)

    def _copy_out(self, image: str, source: str, target: Path, *options: str) -> None:
        """Copy a folder out of a container of `image` that never starts."""
        made = self.engine.run("create", *options, image)
        try:
            self.engine.run("cp", f"{made}:{source}/.", str(target), timeout=600)
        finally:
            self.engine.remove(made)

    def remove(self) -> None:
        """Stop production; its log of predictions stays in its volume."""
        self.proxy.remove()
        self.swarm.remove()


def _wait(done: Callable[[], bool], seconds: float) -> None:
    """Wait until something is done, and no longer than so many seconds."""
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(POLL_SECONDS)


def _is_dead(owner: str) -> bool:
    """Whether `owner` (host/pid) was a process of this machine that is no more."""
    host, _, pid = owner.partition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
