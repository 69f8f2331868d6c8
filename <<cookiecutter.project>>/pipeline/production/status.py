"""status: what runs in production, and whether it answers as it did when it was blessed."""

from pathlib import Path

from pipeline.core import machinery
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.stage import Figures, run
from pipeline.production import swarm_target, watch
from pipeline.production.releases import history


def main(deployment: Figures) -> None:
    """Print what runs and whether it answers; fail unless it is what was deployed."""
    say(f"status: {machinery.state(Path()).sentence()}")
    releases = history(deployment)
    if not releases:
        say("status: nothing is deployed; `make validate deploy` does it")
        return
    target, current = swarm_target.current(), releases[0]
    say(f"status: {current['bento']} ({current['image'][:19]}), since {current['deployed_at']}")
    if reason := target.down_because():
        raise Refusal(f"production is down: {reason}; `make deploy` starts it again")
    running = target.running()
    if running["image"] != current["image"]:
        raise Refusal(
            f"{running['bento']} runs, and not what {deployment} names; a deployment may have been "
            "killed, or was made elsewhere: `make deploy`"
        )
    watch.prove(target.door(), current)
    up, wanted = target.replicas()
    say(f"status: {up} of {wanted} replicas answer at {target.address}/predict")


if __name__ == "__main__":
    run(main)
