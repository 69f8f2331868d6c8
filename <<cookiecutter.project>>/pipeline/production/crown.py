"""The champion: the model in production, copied out of the image that runs there."""

import tempfile
from pathlib import Path

from pipeline.evaluation import champion
from pipeline.production.copying import copy_out
from pipeline.production.releases import Release
from pipeline.release.engine import Engine

SOURCE = "/bento/src"  # where deploy/Dockerfile puts the model and the schema


def crown(machine: Engine, release: Release) -> None:
    """Make the model of `release` the champion, with which new models are compared."""
    with tempfile.TemporaryDirectory() as folder:
        copy_out(machine, release["image"], SOURCE, Path(folder))
        champion.crown(Path(folder), release["bento"])
