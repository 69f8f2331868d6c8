"""Whether an image may be deployed: it is blessed, its chain is whole, its card is written."""

import json
from pathlib import Path
from typing import Any

from pipeline.core import custody, params, shell
from pipeline.core.console import say
from pipeline.core.errors import GateClosed, Refusal
from pipeline.core.files import read_json
from pipeline.evaluation import champion
from pipeline.production import card
from pipeline.production.settings import PRODUCTION
from pipeline.release import images
from pipeline.release.engine import Engine, EngineError


def require_whole(blessing: Path) -> dict[str, Any]:
    """Return the blessing; raises GateClosed when it did not pass or its chain is broken."""
    blessed = read_json(blessing)
    reasons = judge_blessing(blessed)
    if not reasons:
        # A model that is deployed again is the champion, and was judged against the one before it.
        again = champion.FOLDER if champion.is_champion(blessed["model"]) else None
        reasons = custody.verify(blessing, apart_from=again) or changed_code(apart_from=again)
    if reasons:
        raise GateClosed(reasons, {})
    return blessed


def require_deployable(
    machine: Engine, blessed: dict[str, Any], image: Path, bento: Path, environment: str
) -> None:
    """Raise GateClosed when the card lacks a text, or the engine has another image than blessed."""
    reasons = judge_card(environment) or judge_image(
        machine, blessed, read_json(image), custody.digest(bento)
    )
    if reasons:
        raise GateClosed(reasons, {})


def judge_blessing(blessed: dict[str, Any]) -> list[str]:
    """Return why production does not accept the blessing."""
    if blessed.get("stage") != "smoke" or blessed.get("verdict") != "passed":
        return ["release/blessing.json: the image was not blessed; run `make validate`"]
    if blessed.get("sandbox") != "container":
        return [
            "release/blessing.json: the Bento was blessed as a process, and production needs the "
            "blessing of a container; run `make validate` where a container engine answers"
        ]
    if blessed.get("mode") != "load_and_query":
        return [
            "release/blessing.json: the server was started but not queried; set smoke.mode to "
            "load_and_query in params.yaml and run `make validate`"
        ]
    return []


def judge_card(environment: str) -> list[str]:
    """Return which texts of the model card are missing; only production needs them."""
    if environment != PRODUCTION:
        return []
    return card.missing(params.load("card", card.Card))


def changed_code(apart_from: Path | None = None) -> list[str]:
    """Return what has changed since the stages ran, by `dvc status`: code, parameters, data."""
    done = shell.call(*shell.module("dvc", "status", "--json"))
    if done.returncode:
        complaint = shell.complaint(done)
        return [f"dvc cannot tell whether the pipeline is up to date: {complaint}"]
    reasons = []
    for stage, changes in json.loads(done.stdout).items():
        if stage.endswith(".dvc"):
            continue  # a pointer to a table, whose digest the chain holds
        for change in changes:
            names = sorted(name for group in change.values() for name in group)
            names = [name for name in names if name != str(apart_from)]
            if names:
                reasons.append(f"{', '.join(names)} changed after `{stage}`; run `make validate`")
    return reasons


def judge_image(
    machine: Engine, blessed: dict[str, Any], built: dict[str, Any], bento_digest: str
) -> list[str]:
    """Return why the engine's image is not the one that was blessed."""
    image, tag = blessed["image"], blessed["bento"]
    if built["image"] != image:
        return [f"release/image.json names {built['image']}, but {image} was blessed"]
    held = machine.image(image)
    if held is None:
        return [f"the engine has no image {image}, which was blessed; run `make validate`"]
    if held["Config"]["Labels"].get(images.BENTO) != bento_digest:
        return [f"the image {image} was not built from release/bento"]
    tagged = (machine.image(tag) or {}).get("Id")
    if tagged != image:
        return [f"the tag {tag} names {tagged or 'no image'} now, but {image} was blessed"]
    return []


def publish(machine: Engine, blessed: dict[str, Any], registry: str) -> str | None:
    """Push the blessed image to `registry`; return its name by digest, None without a registry."""
    if not registry:
        return None
    name = f"{registry}/{blessed['bento']}"
    say(f"deploy: pushing {name}")
    machine.run("tag", blessed["image"], name)
    try:
        machine.run("push", "--quiet", name, timeout=1800)
    except EngineError as error:
        raise Refusal(
            f"{error}; log in to the registry, or empty project.registry in params.yaml"
        ) from None
    digests = machine.image(blessed["image"]).get("RepoDigests") or []
    pushed = [digest for digest in digests if digest.startswith(f"{name.rsplit(':', 1)[0]}@")]
    if not pushed:
        raise Refusal(f"the engine knows no digest of {name}, which it has pushed")
    return pushed[0]
