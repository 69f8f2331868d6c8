"""Files copied out of an image, or of a volume, by a container that never starts."""

from pathlib import Path

from pipeline.release.engine import Engine

COPY_SECONDS = 600


def copy_out(machine: Engine, image: str, source: str, target: Path, *options: str) -> None:
    """Copy the folder `source` of `image` into `target`; `options` are those of `docker create`."""
    container = machine.run("create", *options, image)
    try:
        machine.run("cp", f"{container}:{source}/.", str(target), timeout=COPY_SECONDS)
    finally:
        machine.remove(container)
