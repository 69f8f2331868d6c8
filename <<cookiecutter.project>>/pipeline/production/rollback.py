"""rollback: the release before the current one runs again."""

from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.stage import Input, run
from pipeline.production import rollout, settings, swarm_target
from pipeline.production.crown import crown
from pipeline.production.releases import history, write_history
from pipeline.production.settings import PRODUCTION


def main(deployment: Input) -> None:
    """Roll back to the former release."""
    releases = history(deployment)
    if len(releases) < 2:
        raise Refusal("there is no former release to go back to")
    target, former = swarm_target.current(), releases[1]
    if target.engine.image(former["image"]) is None:
        raise Refusal(f"the engine has no image {former['image']} any more ({former['bento']})")
    say(f"rollback: from {releases[0]['bento']} to {former['bento']}")
    rollout.roll_out(target, former, target.settings)
    write_history(deployment, releases[1:])
    if settings.environment() == PRODUCTION:
        crown(target.engine, former)
    say(f"rollback: {former['bento']} answers at {target.address}/predict")


if __name__ == "__main__":
    run(main)
