"""history: the releases that were deployed, the current one first."""

from pipeline.core.console import say
from pipeline.core.stage import Figures, run
from pipeline.production.releases import history


def main(deployment: Figures) -> None:
    """Print each release: when it was deployed, its Bento, its image, the commit of its code."""
    releases = history(deployment)
    if not releases:
        say("history: nothing has been deployed; `make validate deploy` does it")
    for number, release in enumerate(releases):
        mark = {0: "runs now", 1: "make rollback"}.get(number, "")
        code = str(release["revision"])[:12]
        say(
            f"history: {release['deployed_at']}  {release['bento']}  {release['image'][7:19]}  "
            f"{code}  {mark}".rstrip()
        )


if __name__ == "__main__":
    run(main)
