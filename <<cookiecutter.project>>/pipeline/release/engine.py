"""docker or podman, by their command line; no logic of any stage."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.core import custody, shell
from pipeline.core.errors import CouldNotTell, Refusal

QUICK = 60  # seconds for a command that builds and waits for nothing
SLOW = 1800  # for one that moves a whole image
# Each engine, with a command that fails if it cannot work: podman has no server, and prints its
# version even if it may not start anything.
ENGINES = {"docker": "version", "podman": "info"}
KINDS = ("auto", "container", "process")
OOM_FILES = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
# The image has no shell and no cat; one of the files exists.
CAT = "import os, sys; [print(open(f).read()) for f in sys.argv[1:] if os.path.exists(f)]"
ASK = "import urllib.request as u; u.urlopen('http://127.0.0.1:3000/readyz', timeout=5)"
ABSENT = ("no such", "not known", "not found")  # how engines say that they do not have something
LOCAL = "127.0.0.1"
SERVICE_PORT = 3000  # as deploy/Dockerfile exposes it
HARDENED = (
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--pids-limit=256",
)


@dataclass(frozen=True)
class Limits:
    """What a container may use: memory as docker writes it ("512m"), CPUs as a number."""

    memory: str
    cpus: float


@dataclass(frozen=True)
class Engine:
    """A container engine that answers; `command` is the name of its program."""

    command: str

    def run(
        self,
        *words: str,
        timeout: float | None = QUICK,
        environment: dict[str, str] | None = None,
        apart: bool = False,
    ) -> str:
        """Return what the command prints; an EngineError holds the engine's last line if it fails.

        `timeout` is in seconds; `apart`: a Ctrl-C in the terminal does not reach the engine.
        """
        done = self._call(*words, timeout=timeout, environment=environment, apart=apart)
        if done.returncode:
            raise EngineError(f"{self.command} {words[0]} failed: {shell.complaint(done)}")
        return done.stdout.strip()

    def _call(
        self,
        *words: str,
        timeout: float | None = QUICK,
        environment: dict[str, str] | None = None,
        apart: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        return shell.call(
            self.command, *words, timeout=timeout, environment=environment, apart=apart
        )

    def image(self, name: str) -> dict[str, Any] | None:
        """Return the inspection of image `name` (a tag or an id), or None."""
        return self.inspect("image", name)

    def container(self, name: str) -> dict[str, Any] | None:
        """Return the inspection of container `name`, or None."""
        return self.inspect("container", name)

    def inspect(self, kind: str, name: str) -> dict[str, Any] | None:
        """Return the inspection of `name`, an image, container, service or network, or None."""
        try:
            return json.loads(self.run(kind, "inspect", name))[0]
        except EngineError as error:
            if error.absent:
                return None
            raise CouldNotTell(str(error)) from None  # not "absent": nobody knows

    def images_labelled(self, label: str, value: str) -> list[str]:
        """Return the ids of the images whose `label` is `value`, newest first."""
        filters = ["--filter", f"label={label}={value}"]
        ids = self.run("image", "ls", "--quiet", "--no-trunc", *filters).split()
        return list(dict.fromkeys(ids))

    def layers(self, name: str) -> list[tuple[int, str]]:
        """Return the bytes of each layer of an image and the command that made it, in order."""
        words = ["--human=false", "--no-trunc", "--format", "{{.Size}} {{.CreatedBy}}"]
        lines = [line.partition(" ") for line in self.run("history", *words, name).splitlines()]
        layers = [(int(size), command.strip()) for size, _, command in lines if size.isdigit()]
        return layers[::-1]

    def build(
        self, context: Path, tag: str, labels: dict[str, str], base: str, named: str = "BASE"
    ) -> str:
        """Build the Dockerfile in `context`, tag the image, return its id.

        `base` is the image that it begins with, by the build argument `named`.
        """
        words = ["build", "--quiet", "--build-arg", f"{named}={base}", "--tag", tag]
        for name, value in labels.items():
            words += ["--label", f"{name}={value}"]
        self.run(*words, str(context), timeout=None)
        return self.image(tag)["Id"]

    def save(self, image: str, archive: Path) -> None:
        """Write an image to the file `archive`; temporary files go to the same folder."""
        words = ["save", "--output", str(archive), image]
        self.run(*words, timeout=SLOW, environment=_beside(archive))

    def load(self, archive: Path) -> str:
        """Load the image that `save` wrote; return its id. Ctrl-C does not stop it half way."""
        words = ["load", "--input", str(archive)]
        printed = self.run(*words, timeout=SLOW, environment=_beside(archive), apart=True)
        return printed.split()[-1]  # docker: Loaded image ID: sha256:..., podman: Loaded image: ...

    def untag(self, name: str) -> None:
        """Remove a tag, and the image with it if it has no other tag; the tag may be absent."""
        if self.image(name):
            self.run("image", "rm", "--force", name)

    def start(self, image: str, name: str, limits: Limits, *options: str) -> None:
        """Start `image` in the background as container `name`, hardened and within `limits`."""
        words = ["run", "--detach", "--name", name, *HARDENED]
        words += ["--memory", limits.memory, "--memory-swap", limits.memory]
        words += ["--cpus", str(limits.cpus), *options, image]
        try:
            self.run(*words)
        except EngineError as error:
            self.remove(name)
            if "port is already allocated" in str(error) or "address already in use" in str(error):
                raise CouldNotTell(f"the port is taken by another program ({error})") from None
            raise

    def host(self) -> str:
        """Return the host on which published ports answer."""
        variable = "DOCKER_HOST" if self.command == "docker" else "CONTAINER_HOST"
        return urlsplit(os.environ.get(variable, "")).hostname or LOCAL

    def publish(self, port: int | str = "", inside: int = SERVICE_PORT) -> list[str]:
        """Return the options that publish the port `inside`; as any free one by default."""
        address = LOCAL if self.host() == LOCAL else "0.0.0.0"
        return ["--publish", f"{address}:{port}:{inside}"]

    def address(self, container: str) -> str:
        """Return the URL at which a container that publishes its port answers.

        Raises Refusal if it has none: an engine forgets the port of a container that has ended.
        """
        published = self.run("port", container, f"{SERVICE_PORT}/tcp").splitlines()
        if not published:
            raise Refusal(f"the container {container} publishes no port")
        return f"http://{self.host()}:{published[0].rsplit(':', 1)[1]}"

    def logs(self, container: str, lines: int = 40) -> str:
        """Return the last lines that a container printed."""
        done = self._call("logs", "--tail", str(lines), container)
        return done.stdout + done.stderr

    def memory_kills(self, container: str) -> int:
        """Return how many processes of a running container were killed for lack of memory."""
        done = self._call("exec", container, "python3", "-c", CAT, *OOM_FILES)
        return sum(int(count) for count in re.findall(r"^oom_kill (\d+)$", done.stdout, re.M))

    def reaches(self, container: str) -> bool:
        """Whether a program can be started in a container."""
        return self._call("exec", container, "python3", "-c", "").returncode == 0

    def peak_memory(self, container: str) -> int:
        """Return the peak memory of a running container's first process in bytes; 0 if unknown."""
        done = self._call("exec", container, "python3", "-c", CAT, "/proc/1/status")
        return sum(int(kib) * 1024 for kib in re.findall(r"^VmHWM:\s*(\d+) kB$", done.stdout, re.M))

    def is_ready(self, container: str) -> bool:
        """Whether the server in a container says from within that it is ready."""
        return self._call("exec", container, "python3", "-c", ASK).returncode == 0

    def remove(self, container: str) -> None:
        """Remove a container and its anonymous volumes, running or not, there or not."""
        self._call("rm", "--force", "--volumes", container)


class EngineError(Refusal):
    """The engine reported an error."""

    @property
    def absent(self) -> bool:
        """Whether the engine does not have the thing; each version words that differently."""
        return any(words in str(self).lower() for words in ABSENT)


def find(kind: str | None = None) -> Engine | None:
    """Return the engine that answers, or None if the Bento is to be started as a process.

    `kind` is auto, container or process; by default the environment's SANDBOX, else auto.
    Raises CouldNotTell if a container is required and no engine answers.
    """
    kind = kind or os.environ.get("SANDBOX") or "auto"
    if kind not in KINDS:
        raise Refusal(f"SANDBOX must be one of {', '.join(KINDS)}, not {kind!r}")
    if kind == "process":
        return None
    if machine := next(filter(None, map(named, ENGINES)), None):
        return machine
    if kind == "container":
        raise CouldNotTell(
            "no container engine answers; start Docker (or podman) and run the same command again"
        )
    return None


def named(command: str) -> Engine | None:
    """Return the engine whose program is `command`, or None when it does not answer."""
    if not shutil.which(command):
        return None
    try:
        words = [command, ENGINES[command]]
        done = subprocess.run(words, capture_output=True, timeout=QUICK, check=False)
    except subprocess.TimeoutExpired:
        return None
    return Engine(command) if done.returncode == 0 else None


def checkout() -> str:
    """Return a short name of this checkout, which its containers and images carry."""
    return custody.text_digest(str(Path.cwd()))[7:23]


def _beside(archive: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(archive.parent.resolve())}
