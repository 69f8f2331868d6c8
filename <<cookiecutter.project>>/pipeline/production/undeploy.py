"""undeploy: stop production. Its log of predictions is kept."""

from pipeline.core.console import say
from pipeline.core.stage import Figures, run
from pipeline.production import swarm_target
from pipeline.production.collect import collect
from pipeline.production.releases import write_history


def main(deployment: Figures, log: Figures) -> None:
    """Fetch the log of predictions into `log`, then take production down."""
    target = swarm_target.current()
    if target.running() is None:
        say("undeploy: nothing is deployed")
    else:
        collect(target, log)
        target.remove()
        say(f"undeploy: {target.name} is gone; its predictions are in {log}")
    write_history(deployment, [])


if __name__ == "__main__":
    run(main)
