"""status: what runs in production, and whether it answers as it did when it was blessed."""

from pipeline.production import Production, history
from pipeline.stage import Figures, Refusal, run, say


def main(deployment: Figures) -> None:
    """Print the current release and the former ones; fail when production does not answer."""
    releases = history(deployment)
    if not releases:
        say("status: nothing is deployed; `make validate deploy` does it")
        return
    production, current = Production(), releases[0]
    say(f"status: {current['bento']} ({current['image'][:19]}), since {current['deployed_at']}")
    for former in releases[1:]:
        say(f"status: before: {former['bento']}, since {former['deployed_at']}")
    if reason := production.state():
        raise Refusal(f"production is down: {reason}; `make deploy` starts it again")
    production.prove(current)
    say(f"status: it answers at {production.address}/predict")


if __name__ == "__main__":
    run(main)
