"""Releases: what is needed to run a blessed image again, and which ones were deployed."""

import datetime
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from pipeline.core.files import read_json, write_json

KEPT = 10  # former releases remembered for `make rollback`


class Release(TypedDict):
    """One entry of deployment.json: an image with what it was blessed for.

    `image` is its id, `reference` the name by which the machines that run it find it; `model` and
    `blessing` are digests, `golden` is a row and its prediction; `files` holds the digest of each
    file of the chain, by path.
    """

    bento: str
    image: str
    reference: str
    model: str
    golden: dict[str, Any]
    revision: str | None
    blessing: str
    limits: dict[str, Any]
    files: dict[str, str]
    deployed_at: NotRequired[str]


def release_of(
    blessing: dict[str, Any], blessing_digest: str, reference: str | None = None
) -> Release:
    """Return the release of a blessed image; `reference` is by default the image's id."""
    return {
        **{key: blessing[key] for key in ("bento", "image", "model", "golden", "revision")},
        "reference": reference or blessing["image"],
        "blessing": blessing_digest,
        "limits": {key: blessing["params"][key] for key in ("memory", "cpus")},
        "files": blessing["chain"]["files"],
    }


def history(deployment: Path) -> list[Release]:
    """Return the releases deployed so far, the current one first; empty when there is none."""
    return read_json(deployment)["releases"] if deployment.exists() else []


def write_history(deployment: Path, releases: list[Release]) -> None:
    """Write the releases, the current one first, with the time at which it was deployed."""
    if releases:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        releases = [{**releases[0], "deployed_at": now}, *releases[1 : KEPT + 1]]
    write_json(deployment, {"releases": releases})
