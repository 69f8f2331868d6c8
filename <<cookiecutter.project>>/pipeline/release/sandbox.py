"""A server started as production would start it, and always stopped again.

`Container` starts the image; `Process` starts the Bento in a fresh virtual environment of its own,
where there is no container engine. Both are context managers with the same few methods.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx

from pipeline.core import shell
from pipeline.core.errors import Refusal
from pipeline.core.waiting import wait_for
from pipeline.release.engine import Engine, Limits, checkout

CHECKOUT = "org.ml-template.checkout"  # the label that names the checkout that started it
STOP_SECONDS = 30
POLL_SECONDS = 0.1
INHERITED = ("PATH", "LANG", "TMPDIR")  # all of the environment that a server as a process gets
SETTLE_SECONDS = 1  # for the engine to see that a container has ended, and why


class NotReady(Refusal):
    """The server did not answer in time, or stopped before it did."""


class Container:
    """The image in a container of its own, on a free port."""

    def __init__(self, engine: Engine, image: str, limits: Limits):
        self.engine, self.image, self.limits = engine, image, limits
        self.name = f"sandbox-{uuid.uuid4().hex[:12]}"

    def __enter__(self) -> "Container":
        self._sweep()
        label = f"--label={CHECKOUT}={checkout()}"
        options = [label, *self.engine.publish()]
        try:
            self.engine.start(self.image, self.name, self.limits, *options)
        except BaseException:  # an interrupt finds it half started
            self.engine.remove(self.name)
            raise
        return self

    def __exit__(self, *error) -> None:
        self.engine.remove(self.name)

    def _sweep(self) -> None:
        """Remove the containers that a killed run of this checkout left behind."""
        label = f"label={CHECKOUT}={checkout()}"
        for left in self.engine.run("ps", "--all", "--quiet", "--filter", label).split():
            self.engine.remove(left)

    @property
    def address(self) -> str:
        """The URL at which the server answers; NotReady if the container has already ended."""
        try:
            return self.engine.address(self.name)
        except Refusal:
            if reason := self.state():
                raise NotReady(f"the server did not start: {reason}") from None
            raise

    def state(self) -> str | None:
        """Return why the server is down, or None while it runs."""
        state = self._state()
        if state.get("Running"):
            return None
        if state.get("OOMKilled"):
            return self._too_much()
        return f"it stopped with exit code {state.get('ExitCode')}"

    def starved(self) -> str | None:
        """Return a sentence if a process was killed because it used too much memory."""
        if self.engine.memory_kills(self.name):
            return self._too_much()
        if self._is_ending():
            time.sleep(SETTLE_SECONDS)
        return self._too_much() if self._was_killed() else None

    def _was_killed(self) -> bool:
        return bool(self._state().get("OOMKilled"))

    def _is_ending(self) -> bool:
        """Whether the engine reports it as running although nothing can be started in it."""
        return bool(self._state().get("Running")) and not self.engine.reaches(self.name)

    def _state(self) -> dict:
        return (self.engine.container(self.name) or {}).get("State", {})

    def _too_much(self) -> str:
        return f"it used more than {self.limits.memory} of memory and was killed"

    def peak_memory_share(self) -> float | None:
        """Return the most memory that the server has held, as a share of its limit."""
        peak = self.engine.peak_memory(self.name)
        return peak / in_bytes(self.limits.memory) if peak else None

    def needs_network(self, seconds: float) -> str | None:
        """Return why the image does not get ready without a network, or None."""
        name = f"{self.name}-alone"
        label = f"--label={CHECKOUT}={checkout()}"
        try:
            self.engine.start(self.image, name, self.limits, label, "--network=none")
            if wait_for(lambda: self.engine.is_ready(name), seconds, POLL_SECONDS):
                return None
            return (
                f"without a network it was not ready after {seconds:g} s; in production it has none"
            )
        finally:
            self.engine.remove(name)

    def logs(self) -> str:
        return self.engine.logs(self.name)

    def stop(self) -> int:
        """Ask the server to stop (SIGTERM); return its exit code, 137 when it was killed."""
        self.engine.run("stop", "--time", str(STOP_SECONDS), self.name, timeout=STOP_SECONDS + 30)
        return self.engine.container(self.name)["State"]["ExitCode"]


class Process:
    """The Bento as a process in a fresh virtual environment; no limits are enforced."""

    def __init__(self, bento: Path):
        self.bento = bento.resolve()

    def __enter__(self) -> "Process":
        self.folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
        try:
            python = self._install()
            self._start(python)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *error) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.output.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _install(self) -> Path:
        environment, python = self.folder / "venv", self.folder / "venv" / "bin" / "python"
        requirements = ["--require-hashes", "-r", self.bento / "src/requirements/serve.txt"]
        if shutil.which("uv"):
            _quietly("uv", "venv", "--python", sys.executable, environment)
            to = ["--python", python, "--compile-bytecode"]
            _quietly("uv", "pip", "install", *to, *requirements)
        else:
            _quietly(sys.executable, "-m", "venv", environment)
            _quietly(python, "-m", "pip", "install", *requirements)
        return python

    def _start(self, python: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.output = (self.folder / "output").open("w+", encoding="utf-8", errors="replace")
        words = ["-m", "pipeline.serving.server", "--host", "127.0.0.1", "--port", port]
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        home = {"HOME": self.folder, "BENTOML_HOME": self.folder / "bentoml"}
        home |= {"PYTHONPATH": self.bento / "src"}
        own = {**home, "PREDICTIONS": self.folder / "predictions", "BENTOML_DO_NOT_TRACK": "True"}
        self.process = subprocess.Popen(
            [str(word) for word in (python, *words)],
            cwd=self.folder,
            env={**inherited, **{name: str(value) for name, value in own.items()}},
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def state(self) -> str | None:
        """Return why the server is down, or None while it runs."""
        code = self.process.poll()
        return None if code is None else f"it stopped with exit code {code}"

    def starved(self) -> None:
        """Return None: no limit is enforced on a process."""

    def peak_memory_share(self) -> None:
        """Return None: no limit is enforced on a process."""

    def needs_network(self, seconds: float) -> None:
        """Return None: a process cannot be cut off."""

    def logs(self) -> str:
        self.output.flush()
        text = (self.folder / "output").read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-40:])

    def stop(self) -> int:
        """Ask the server to stop (SIGTERM); return its exit code, 137 when it was killed."""
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return 137


def wait_ready(
    address: str,
    state: Callable[[], str | None],
    seconds: float,
    headers: dict[str, str] | None = None,
) -> float:
    """Wait until the server at `address` is ready; return how many seconds that took.

    `state()` returns why the server is down, or None; each request has the `headers`. Raises
    NotReady with the reason.
    """

    def is_ready() -> bool:
        if reason := state():
            raise NotReady(f"the server did not start: {reason}")
        with contextlib.suppress(httpx.HTTPError):
            return client.get("/readyz").status_code == 200
        return False

    begin = time.monotonic()
    # The server is on this machine: a proxy named in the environment cannot reach it.
    with httpx.Client(base_url=address, headers=headers, timeout=5, trust_env=False) as client:
        if wait_for(is_ready, seconds, POLL_SECONDS):
            return time.monotonic() - begin
    raise NotReady(f"the server was not ready after {seconds:g} s")


def in_bytes(memory: str) -> int:
    """Return an amount of memory as docker writes it ("512m", "1g") in bytes.

    Raises Refusal for anything else.
    """
    amount = re.fullmatch(r"(\d+)([bkmg]?)b?", memory.lower())
    if not amount:
        raise Refusal(f"smoke.memory in params.yaml: {memory!r} is no amount like 512m or 2g")
    return int(amount[1]) * 1024 ** "bkmg".index(amount[2] or "b")


def _quietly(*words: str | Path) -> None:
    shell.output(*words, failure="the sandbox's environment cannot be made")
