"""The log of predictions, copied out of the volume into which the service writes it."""

from pathlib import Path

from pipeline.core.errors import Refusal
from pipeline.production.copying import copy_out
from pipeline.production.swarm_target import SwarmTarget

PREDICTIONS = "/predictions"  # where deploy/Dockerfile lets the service log


def collect(target: SwarmTarget, folder: Path) -> None:
    """Copy what the service has logged on this machine into `folder`.

    Raises Refusal when nothing is deployed.
    """
    if (release := target.running()) is None:
        raise Refusal("nothing is deployed; `make deploy` does it")
    folder.mkdir(parents=True, exist_ok=True)
    mount = f"--volume={target.swarm.volume}:{PREDICTIONS}"
    copy_out(target.engine, release["image"], PREDICTIONS, folder, mount)
