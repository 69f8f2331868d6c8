"""undeploy: stop production. Its log of predictions is kept."""

from pipeline.production import Production, write_history
from pipeline.stage import Figures, run, say


def main(deployment: Figures, log: Figures) -> None:
    """Fetch the log of predictions into `log`, then remove the production container."""
    production = Production()
    if production.engine.container(production.name) is None:
        say("undeploy: nothing is deployed")
    else:
        production.collect(log)
        production.engine.run("stop", production.name, timeout=120)
        production.engine.remove(production.name)
        say(f"undeploy: {production.name} is gone; its predictions are in {log}")
    production.engine.remove(production.former)
    write_history(deployment, [])


if __name__ == "__main__":
    run(main)
