"""deploy: blessing -> deployment. Only the blessed image, and only while its chain is whole."""

from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.project import Project
from pipeline.core.stage import Input, Output, run
from pipeline.evaluation import champion
from pipeline.production import blessing as blessings
from pipeline.production import rollout, settings, swarm_target
from pipeline.production.crown import crown
from pipeline.production.releases import history, release_of, write_history
from pipeline.production.settings import PRODUCTION


def main(blessing: Input, image: Input, bento: Input, deployment: Output) -> None:
    """Let the blessed image take production's place, under watch."""
    environment = settings.environment()
    blessed = blessings.require_whole(blessing)
    target = swarm_target.current()
    blessings.require_deployable(target.engine, blessed, image, bento, environment)
    registry = params.load("project", Project).registry
    reference = blessings.publish(target.engine, blessed, registry)
    release = release_of(blessed, custody.digest(blessing), reference)
    releases = history(deployment)
    rollout.roll_out(target, release, target.settings)
    if not releases or releases[0]["image"] != release["image"]:
        releases = [release, *releases]
    write_history(deployment, releases)
    if environment == PRODUCTION:
        crown(target.engine, release)
    tell(release["bento"], target.address, environment)


def tell(bento: str, address: str, environment: str) -> None:
    """Say where the release answers, and what can be done next."""
    say(f"deploy: {bento} answers at {address}/predict")
    if environment == PRODUCTION:
        say(f"deploy: it is the champion now; commit {champion.FOLDER}/: CI compares with it")
    where = "" if environment == PRODUCTION else f" ENV={environment}"
    say(f"deploy: next: make status{where}, make replay monitor{where}, make rollback{where}")


if __name__ == "__main__":
    run(main)
