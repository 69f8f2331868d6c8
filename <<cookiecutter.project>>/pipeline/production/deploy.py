"""deploy: blessing -> deployment. Only the blessed image, and only while its chain is whole."""

from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.project import Project
from pipeline.core.stage import Input, Output, run
from pipeline.evaluation import champion
from pipeline.production import blessing as blessings
from pipeline.production.releases import history, release_of, write_history
from pipeline.production.rollout import Production
from pipeline.production.settings import PRODUCTION


def main(blessing: Input, image: Input, bento: Input, deployment: Output) -> None:
    """Let the blessed image take production's place, under watch."""
    blessed = blessings.require_whole(blessing)
    production = Production()
    blessings.require_deployable(production.engine, blessed, image, bento, production.environment)
    registry = params.load("project", Project).registry
    reference = blessings.publish(production.engine, blessed, registry)
    release = release_of(blessed, custody.digest(blessing), reference)
    releases = history(deployment)
    production.switch(release)
    if not releases or releases[0]["image"] != release["image"]:
        releases = [release, *releases]
    write_history(deployment, releases)
    production.crown(release)
    tell(release["bento"], production)


def tell(bento: str, production: Production) -> None:
    """Say where the release answers, and what can be done next."""
    say(f"deploy: {bento} answers at {production.address}/predict")
    if production.environment == PRODUCTION:
        say(f"deploy: it is the champion now; commit {champion.FOLDER}/: CI compares with it")
    where = "" if production.environment == PRODUCTION else f" ENV={production.environment}"
    say(f"deploy: next: make status{where}, make replay monitor{where}, make rollback{where}")


if __name__ == "__main__":
    run(main)
