"""undeploy: stop production. Its log of predictions is kept."""

from pipeline.core.console import say
from pipeline.core.stage import Figures, run
from pipeline.production.releases import write_history
from pipeline.production.rollout import Production


def main(deployment: Figures, log: Figures) -> None:
    """Fetch the log of predictions into `log`, then take production down."""
    production = Production()
    if production.running() is None:
        say("undeploy: nothing is deployed")
    else:
        production.collect(log)
        production.remove()
        say(f"undeploy: {production.name} is gone; its predictions are in {log}")
    write_history(deployment, [])


if __name__ == "__main__":
    run(main)
