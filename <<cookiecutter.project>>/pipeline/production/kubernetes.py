"""kubernetes: blessing -> manifests: the blessed image, pinned by its digest, for kubectl."""

from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.project import Project
from pipeline.core.stage import Figures, Input, run
from pipeline.production import blessing as blessings
from pipeline.production import settings
from pipeline.production.manifests import Manifests
from pipeline.production.releases import release_of
from pipeline.release import engine


def main(blessing: Input, image: Input, bento: Input, manifests: Figures) -> None:
    """Push the blessed image and write the kustomization that runs it in ENV."""
    environment, project = settings.environment(), params.load("project", Project)
    target = Manifests(project.name, environment, manifests)
    if not project.registry:
        raise Refusal(
            "a cluster pulls its images: name a registry (project.registry in params.yaml)"
        )
    blessed = blessings.require_whole(blessing)
    machine = engine.find("container")
    blessings.require_deployable(machine, blessed, image, bento, environment)
    reference = blessings.publish(machine, blessed, project.registry)
    target.up(release_of(blessed, custody.digest(blessing), reference))
    say(f"kubernetes: {reference}")
    say(f"kubernetes: next: kubectl apply -k {manifests.parent}")
    say(f"kubernetes: then: kubectl rollout status {target.deployment}")


if __name__ == "__main__":
    run(main)
