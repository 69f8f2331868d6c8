"""rollback: the release before the current one runs again."""

from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.stage import Input, run
from pipeline.production.releases import history, write_history
from pipeline.production.rollout import Production


def main(deployment: Input) -> None:
    """Switch production to the former release."""
    releases = history(deployment)
    if len(releases) < 2:
        raise Refusal("there is no former release to go back to")
    production, former = Production(), releases[1]
    if production.engine.image(former["image"]) is None:
        raise Refusal(f"the engine has no image {former['image']} any more ({former['bento']})")
    say(f"rollback: from {releases[0]['bento']} to {former['bento']}")
    production.switch(former)
    write_history(deployment, releases[1:])
    production.crown(former)
    say(f"rollback: {former['bento']} answers at {production.address}/predict")


if __name__ == "__main__":
    run(main)
