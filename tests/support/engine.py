"""The fake container engine, as tests see it: its state, and other programs for PATH.

`fake_engine.py` is the program itself.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import fake_engine
from fake_engine import EMPTY, RELEASE


class FakeEngine:
    """The test's side: the engine's state, and helpers that put things into it."""

    def __init__(self, folder, command: str = "docker"):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "state.json"
        self.path.write_text(json.dumps(EMPTY), encoding="utf-8")
        self.program = folder / command
        # -I -S: it starts in a tenth of the time, and nothing around it can change it; as a module
        # it is compiled once.
        code = (
            "import sys; sys.path.append(sys.argv[1]); import fake_engine as e; sys.exit(e.main())"
        )
        words = [sys.executable, "-I", "-S", "-c", code, str(Path(__file__).parent), str(self.path)]
        quoted = " ".join(f"'{word}'" for word in words)
        self.text = f'#!/bin/sh\nexec {quoted} "$@"\n'
        self.program.write_text(self.text, encoding="utf-8")
        self.program.chmod(0o755)

    @property
    def in_place(self) -> bool:
        """Whether the program is as it was made: no test wrote another one over it."""
        return self.program.read_text(encoding="utf-8") == self.text

    @property
    def state(self) -> dict:
        return json.loads(self.path.read_text(encoding="utf-8"))

    def change(self, **values) -> None:
        fake_engine.write(self.path, {**self.state, **values})

    def add_image(self, name: str, tag: str = "", **labels: str) -> None:
        images = self.state["images"]
        self.change(images={**images, name: {"tags": [tag] if tag else [], "labels": labels}})

    def add_container(self, name: str, image: str, **facts) -> None:
        healthy = {"running": True, "exit": 0, "oom": False, "labels": []}
        container = {"image": image, **healthy, **facts}
        self.change(containers={**self.state["containers"], name: container})

    @property
    def calls(self) -> list[str]:
        return [" ".join(words) for words in self.state["calls"]]

    def calls_of(self, word: str) -> list[str]:
        """Return the calls of one of the engine's commands."""
        return [call for call in self.calls if call.split()[0] == word]

    @property
    def served(self) -> dict[str, str]:
        """The image of each service that has replicas, by its name."""
        services = self.state["services"].items()
        return {name: service["image"] for name, service in services if service["replicas"]}

    def add_service(self, release: dict, replicas: int = 2) -> None:
        """Let the bakery's server run a release, behind a proxy."""
        labels = {RELEASE: json.dumps(release)}
        service = {"image": release["reference"], "replicas": replicas, "labels": labels}
        self.change(services={**self.state["services"], "bakery_server": service})
        self.add_container("bakery-proxy", "sha256:proxy")

    @property
    def running(self) -> dict[str, str]:
        """The image of each container that runs, by the container's name."""
        containers = self.state["containers"].items()
        return {name: container["image"] for name, container in containers if container["running"]}


def install(engine: FakeEngine, monkeypatch) -> None:
    """Put the engine's program on PATH."""
    monkeypatch.setenv("PATH", f"{engine.program.parent}{os.pathsep}{os.environ['PATH']}")


def spare_starts(engine: FakeEngine, monkeypatch) -> None:
    """Let `subprocess.run` answer as the engine's program would; any other program is started."""
    start = subprocess.run

    def run(command, **options) -> subprocess.CompletedProcess:
        if shutil.which(command[0]) != str(engine.program) or not engine.in_place:
            return start(command, **options)
        environment = options.get("env") or os.environ
        code, *printed = fake_engine.answer(engine.path, list(command[1:]), environment)
        if not options.get("text"):
            printed = [text.encode() for text in printed]
        return subprocess.CompletedProcess(command, code, *printed)

    monkeypatch.setattr(subprocess, "run", run)


def write_program(folder: Path, name: str, text: str) -> None:
    """Write a shell script; `folder` stands on PATH in the tests that call this."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


GIT = 'case "$1" in rev-parse) echo 0123abcd;; diff) exit 0;; esac'
