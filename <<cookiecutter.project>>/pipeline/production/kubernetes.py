"""kubernetes: blessing -> manifests: the blessed image, pinned by its digest, for kubectl."""

import json
from pathlib import Path
from typing import Any

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.files import write_json
from pipeline.core.project import Project
from pipeline.core.stage import Figures, Input, run
from pipeline.production import blessing as blessings
from pipeline.production import settings
from pipeline.release import engine, sandbox

OVERLAYS = Path("deploy/kubernetes/overlays")


def main(blessing: Input, image: Input, bento: Input, manifests: Figures) -> None:
    """Push the blessed image and write the kustomization that runs it in ENV."""
    environment = settings.environment()
    overlay = overlay_of(environment)
    project = params.load("project", Project)
    if not project.registry:
        raise Refusal(
            "a cluster pulls its images: name a registry (project.registry in params.yaml)"
        )
    blessed = blessings.require_whole(blessing)
    machine = engine.find("container")
    blessings.require_deployable(machine, blessed, image, bento, environment)
    reference = blessings.publish(machine, blessed, project.registry)
    # JSON is YAML: kubectl reads it.
    write_json(manifests, kustomization(project.name, overlay, reference, blessed["params"]))
    say(f"kubernetes: {reference}")
    say(f"kubernetes: next: kubectl apply -k {manifests.parent}")


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


if __name__ == "__main__":
    run(main)
