"""Where a server is proved (`smoke.targets`): the same image, or Bento, is started at each place.

`built` is the engine that built the image, or a process if no engine answered. `docker` and
`podman` are those engines: an image that another engine built is handed over by save and load, has
to be the same image there, and is removed afterwards. `process` is the Bento without an image.

A place is a context manager that makes itself ready, and then starts the server as often as asked:

    with place:
        with place.server() as server:
            ...
"""

import os
import shutil
from pathlib import Path
from typing import Any, Protocol

from pipeline.core.console import say
from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.core.signals import held_back
from pipeline.release import engine
from pipeline.release.engine import Engine, EngineError, Limits
from pipeline.release.sandbox import Container, Process

KEY = "smoke.targets in params.yaml"
HANDED_OVER = Path(".cache/handed-over")  # here, so that the next run finds what a killed one left
COPY = "sandbox-copy"  # the name of a handed-over image, with the checkout as its tag
CONFIGURED = ("Cmd", "Entrypoint", "Env", "Labels", "User", "WorkingDir")


class Place(Protocol):
    """A place where the server is proved; `facts` describe it in the blessing."""

    name: str

    @property
    def facts(self) -> dict[str, str]: ...

    def __enter__(self) -> "Place": ...

    def __exit__(self, *error: object) -> None: ...

    def server(self) -> Container | Process: ...


class AsProcess:
    """The Bento as a process in an environment of its own, without an image."""

    def __init__(self, name: str, bento: Path):
        self.name, self.bento = name, bento
        self.facts = {"sandbox": "process"}

    def __enter__(self) -> "AsProcess":
        say("smoke: installing the Bento in a fresh environment")
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is left: each process removes its own environment."""

    def server(self) -> Process:
        return Process(self.bento)


class InContainer:
    """The image in a container of `machine`; one that `source` built is handed over first."""

    def __init__(
        self, name: str, machine: Engine, source: Engine, built: dict[str, Any], limits: Limits
    ):
        self.name, self.machine, self.source = name, machine, source
        self.built, self.limits = built, limits
        self.image: str = built["image"]
        self.facts = {"sandbox": "container", "engine": machine.command}
        self._copy = f"{COPY}:{engine.checkout()}"

    def __enter__(self) -> "InContainer":
        short = self.built["image"][:19]
        say(f"smoke: starting {self.built['bento']} ({short}) by {self.machine.command}")
        if self.machine != self.source:
            try:
                self._take_over()
            except BaseException:
                self._remove_copy()
                raise
        return self

    def __exit__(self, *error: object) -> None:
        if self.machine != self.source:
            self._remove_copy()

    def server(self) -> Container:
        return Container(self.machine, self.image, self.limits)

    def _take_over(self) -> None:
        """Take the image over from the engine that built it, and make sure that it is the same."""
        self.machine.untag(self._copy)  # a killed run could not remove it
        if self.machine.image(self.built["image"]) is None:
            self._load()
            self.image = self.machine.image(self._copy)["Id"]
        same = same_by(self.source.image(self.built["image"]), self.machine.image(self.image))
        if same is None:
            raise CouldNotTell(
                f"the target `{self.name}` ({KEY}): it cannot be shown that "
                f"{self.machine.command} was handed the image that {self.source.command} built; "
                "neither id nor layers are the same"
            )
        self.facts["same_by"] = same

    def _load(self) -> None:
        archive = HANDED_OVER / "image.tar"
        archive.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.source.save(self.built["image"], archive)
            with held_back():  # an interrupted load would leave an image without a name
                self.machine.run("tag", self.machine.load(archive), self._copy)
        except EngineError as error:
            raise CouldNotTell(
                f"{self.machine.command} ({KEY}) cannot be handed the image: {error}"
            ) from None
        shutil.rmtree(HANDED_OVER)  # as large as the image, and not needed any more

    def _remove_copy(self) -> None:
        shutil.rmtree(HANDED_OVER, ignore_errors=True)
        self.machine.untag(self._copy)


def places(names: list[str], built: dict[str, Any], bento: Path, limits: Limits) -> list[Place]:
    """Return the place of each name; nothing is started yet.

    `built` is the record of `containerize`. Raises CouldNotTell for the first place whose engine
    does not answer or does not have the image, and Refusal if a container is required
    (SANDBOX=container) and no place is one.
    """
    all_places: list[Place] = [_place(name, built, bento, limits) for name in names]
    is_container = [isinstance(place, InContainer) for place in all_places]
    if os.environ.get("SANDBOX") == "container" and not any(is_container):
        raise Refusal(f"a container is required (SANDBOX=container), and no target is one: {KEY}")
    return all_places


def _place(name: str, built: dict[str, Any], bento: Path, limits: Limits) -> Place:
    if name == "process" or (name == "built" and built["sandbox"] == "process"):
        return AsProcess(name, bento)
    if built["sandbox"] == "process":
        raise CouldNotTell(
            f"the target `{name}` ({KEY}) needs an image, and none was built because no engine "
            "answered; start one and run `make validate`"
        )
    source = _answering(built["engine"], name)
    if source.image(built["image"]) is None:
        raise CouldNotTell(
            f"{source.command} has no image {built['image']}; run `dvc repro containerize`"
        )
    machine = source if name == "built" else _answering(name, name)
    return InContainer(name, machine, source, built, limits)


def _answering(command: str, target: str) -> Engine:
    if machine := engine.named(command):
        return machine
    role = "built the image and" if command != target else "is required and"
    raise CouldNotTell(
        f"the target `{target}` ({KEY}): {command} {role} does not answer now; start it and run "
        "the same command again"
    )


def same_by(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """Return what shows that two engines' inspections are of the same image, or None.

    An id is the digest of an image's configuration, which names the digest of each layer. Some
    engines have ids of another kind: then the layers and the configuration are compared.
    """
    if _bare(one["Id"]) == _bare(other["Id"]):
        return "image id"
    layers = one.get("RootFS", {}).get("Layers")
    if layers and layers == other.get("RootFS", {}).get("Layers"):
        first, second = (
            [image["Config"].get(key) or None for key in CONFIGURED] for image in (one, other)
        )
        return "layers and configuration" if first == second else None
    return None


def _bare(digest: str) -> str:
    return digest.removeprefix("sha256:")
