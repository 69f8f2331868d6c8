"""Where a server is proved (`smoke.targets`): each is a sandbox around the same image or Bento.

`built` is what the image was made for: its own engine, or a process where no engine answered.
`docker` and `podman` are those engines: an image that another one built is handed over by save and
load, has to be the same one, and is removed afterwards. `process` is the Bento without an image.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from pipeline.core.console import say
from pipeline.core.errors import CouldNotTell, GateClosed, Refusal
from pipeline.core.signals import held_back
from pipeline.release import engine
from pipeline.release.engine import Engine, EngineError, Limits
from pipeline.release.sandbox import Container, Process

Target = Literal["built", "docker", "podman", "process"]
Begin = Callable[[], Container | Process]

KEY = "smoke.targets in params.yaml"
HANDED_OVER = Path(".cache/handed-over")  # here, so that the next run finds what a killed one left
COPY = "sandbox-copy"  # what an image that was handed over is called, followed by the checkout
CONFIGURED = ("Cmd", "Entrypoint", "Env", "Labels", "User", "WorkingDir")


def some(names: list[str]) -> list[str]:
    """Return `names`; a ValueError says why a list of them proves nothing, or one thing twice."""
    if not names:
        raise ValueError("a server that is started nowhere is not proved; name `built` at least")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"`{twice[0]}` is there twice; once is enough")
    return names


def engines(names: list[str], built: dict[str, Any]) -> dict[str, Engine | None]:
    """Return the engine of each target, None for a process, before anything is started.

    `built` is the record of `containerize`. Raises CouldNotTell for the first target whose engine
    does not answer or has not got the image, and Refusal where a container is demanded
    (SANDBOX=container) and no target is one.
    """
    found: dict[str, Engine | None] = {}
    for name in names:
        if name == "process" or (name == "built" and built["sandbox"] == "process"):
            found[name] = None
            continue
        if built["sandbox"] == "process":
            raise CouldNotTell(
                f"the target `{name}` ({KEY}) wants an image, and none was built, as no engine "
                "answered; start one and run `make validate`"
            )
        source = _answering(built["engine"], name)
        if source.image(built["image"]) is None:
            raise CouldNotTell(
                f"{source.command} has no image {built['image']}; run `dvc repro containerize`"
            )
        found[name] = source if name == "built" else _answering(name, name)
    if os.environ.get("SANDBOX") == "container" and not any(found.values()):
        raise Refusal(f"a container is wanted (SANDBOX=container), and no target is one: {KEY}")
    return found


def _answering(command: str, target: str) -> Engine:
    if found := engine.named(command):
        return found
    wanted = "built the image and" if command != target else "is wanted and"
    raise CouldNotTell(
        f"the target `{target}` ({KEY}): {command} {wanted} does not answer now; start it and run "
        "the same command again"
    )


def prove_each(
    places: dict[str, Engine | None],
    built: dict[str, Any],
    bento: Path,
    limits: Limits,
    prove: Callable[[Begin, str], dict[str, Any]],
) -> dict[str, Any]:
    """Prove the server on each target, also when one before it has failed.

    `prove(begin, target)` returns what it found, or raises GateClosed. Returns what it found on the
    first target, the most `tries`, and the verdict of each by its name. Raises GateClosed with the
    same for the first target that failed, and the reasons of all.
    """
    passed, failed, verdicts, reasons = [], [], {}, []
    for name, machine in places.items():
        with opened(name, machine, built, bento, limits) as (begin, facts):
            try:
                passed.append(prove(begin, name))
            except GateClosed as closed:
                failed.append(closed.record)
                on = f"on `{name}` ({KEY}): " if len(places) > 1 else ""
                reasons += [f"{on}{reason}" for reason in closed.reasons]
                verdicts[name] = {**facts, "verdict": "failed"}
            else:
                verdicts[name] = {**facts, "verdict": "passed"}
    tries = max(found["tries"] for found in passed + failed)
    record = {**(failed or passed)[0], "tries": tries, "targets": verdicts}
    if reasons:
        raise GateClosed(reasons, record)
    return record


@contextlib.contextmanager
def opened(
    name: str, machine: Engine | None, built: dict[str, Any], bento: Path, limits: Limits
) -> Iterator[tuple[Begin, dict[str, Any]]]:
    """Make ready a target; give what starts the server there, and what is to be told of it."""
    if machine is None:
        say("smoke: installing the Bento in a fresh environment")
        yield lambda: Process(bento), {"sandbox": "process"}
        return
    source = Engine(built["engine"])
    facts = {"sandbox": "container", "engine": machine.command}
    say(f"smoke: starting {built['bento']} ({built['image'][:19]}) by {machine.command}")
    if machine == source:
        yield lambda: Container(machine, built["image"], limits), facts
        return
    with handed_over(source, built["image"], machine) as copied:
        same = same_by(source.image(built["image"]), machine.image(copied))
        if same is None:
            raise CouldNotTell(
                f"the target `{name}` ({KEY}): it cannot be shown that {machine.command} was "
                f"handed the image that {source.command} built; neither id nor layers are the same"
            )
        yield lambda: Container(machine, copied, limits), {**facts, "same_by": same}


@contextlib.contextmanager
def handed_over(source: Engine, image: str, machine: Engine) -> Iterator[str]:
    """Give `machine` the `image` of `source`; yield its id there. What was not there goes again."""
    name = f"{COPY}:{engine.checkout()}"
    machine.untag(name)  # a run that was killed could not
    if found := machine.image(image):
        yield found["Id"]
        return
    try:
        _hand_over(source, image, machine, name)
        yield machine.image(name)["Id"]
    finally:
        shutil.rmtree(HANDED_OVER, ignore_errors=True)
        machine.untag(name)


def _hand_over(source: Engine, image: str, machine: Engine, name: str) -> None:
    archive = HANDED_OVER / "image.tar"
    archive.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.save(image, archive)
        with held_back():  # half loaded, it would have no name by which to remove it
            machine.run("tag", machine.load(archive), name)
    except EngineError as error:
        raise CouldNotTell(
            f"{machine.command} ({KEY}) cannot be handed the image: {error}"
        ) from None
    shutil.rmtree(HANDED_OVER)  # as large as the image, and of no more use


def same_by(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """Return by what the inspections of two engines show one and the same image, or None.

    An id is the digest of an image's configuration, which names the digest of each layer. Some
    engines have an id of another kind: there the layers and the configuration are looked at.
    """
    if _bare(one["Id"]) == _bare(other["Id"]):
        return "image id"
    layers = one.get("RootFS", {}).get("Layers")
    if layers and layers == other.get("RootFS", {}).get("Layers"):
        first, second = (
            [found["Config"].get(key) or None for key in CONFIGURED] for found in (one, other)
        )
        return "layers and configuration" if first == second else None
    return None


def _bare(digest: str) -> str:
    return digest.removeprefix("sha256:")
