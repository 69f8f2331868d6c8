"""Kubernetes as a place to deploy to, as far as manifests go: kubectl applies them.

The manifests say what the cluster is to run. What it does run, only the cluster knows.
"""

import json
from pathlib import Path
from typing import Any, NoReturn

from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.core.files import write_json
from pipeline.production.releases import Release
from pipeline.production.settings import PRODUCTION
from pipeline.release import sandbox

OVERLAYS = Path("deploy/kubernetes/overlays")


class Manifests:
    """The kustomization `file`, which runs the project `name` in an environment.

    Raises Refusal for an environment that has no overlay.
    """

    def __init__(self, name: str, environment: str, file: Path):
        self.name, self.overlay, self.file = name, overlay_of(environment), file
        suffix = "" if environment == PRODUCTION else f"-{environment}"
        self.deployment = f"deployment/{name}-server{suffix}"

    def up(self, release: Release | None, canary: Release | None = None) -> None:
        """Write the kustomization that runs `release`."""
        if release is None or canary is not None:
            raise CouldNotTell("manifests run one release, and no canary beside it")
        content = kustomization(self.name, self.overlay, release["reference"], release["limits"])
        write_json(self.file, content)  # JSON is YAML: kubectl reads it

    def running(self) -> NoReturn:
        """Raise CouldNotTell: manifests do not know what runs."""
        self._ask_cluster("what runs", f"kubectl get {self.deployment} -o wide")

    def settled(self, release: Release) -> NoReturn:
        """Raise CouldNotTell: manifests do not know what runs."""
        self._ask_cluster("whether it has settled", f"kubectl rollout status {self.deployment}")

    def undo(self, former: Release | None) -> NoReturn:
        """Raise CouldNotTell: manifests change nothing in a cluster."""
        self._ask_cluster("what ran before", f"kubectl rollout undo {self.deployment}")

    def logs(self) -> NoReturn:
        """Raise CouldNotTell: manifests do not know what was printed."""
        self._ask_cluster("what was printed", f"kubectl logs {self.deployment}")

    def _ask_cluster(self, what: str, command: str) -> NoReturn:
        raise CouldNotTell(f"only the cluster knows {what}; ask it: {command}")


def overlay_of(environment: str) -> Path:
    """Return the folder of an environment; raises Refusal when there is none of that name."""
    known = sorted(path.name for path in OVERLAYS.iterdir())
    if environment not in known:
        raise Refusal(f"ENV must be one of {', '.join(known)}, not {environment!r}")
    return OVERLAYS / environment


def kustomization(
    name: str, overlay: Path, reference: str, limits: dict[str, Any]
) -> dict[str, Any]:
    """Return the kustomization: the overlay with the image, its limits and the project's name."""
    image, digest = reference.split("@")
    memory = f"{sandbox.in_bytes(limits['memory']) // 2**20}Mi"
    resources = "/spec/template/spec/containers/0/resources"
    patch = [
        {"op": "replace", "path": f"{resources}/limits/memory", "value": memory},
        {"op": "replace", "path": f"{resources}/requests/memory", "value": memory},
        {"op": "replace", "path": f"{resources}/limits/cpu", "value": f"{limits['cpus']:g}"},
    ]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namePrefix": f"{name}-",
        "resources": [f"../../{overlay.as_posix()}"],
        "images": [{"name": "server", "newName": image, "digest": digest}],
        "patches": [{"target": {"kind": "Deployment"}, "patch": json.dumps(patch)}],
    }
