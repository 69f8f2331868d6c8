"""preflight: checks what DVC cannot see, before DVC runs anything.

A broken params.yaml and a missing raw table are reported in one sentence. DVC cannot see images:
the engine is asked, and a stale record dropped, so that DVC makes the image again. With
SANDBOX=container a missing engine is reported at once, before anything is trained.
"""

from pathlib import Path

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.files import read_json
from pipeline.core.stage import Figures, run
from pipeline.release import engine


def main(image: Figures) -> None:
    """Drop the record `image` if the engine does not have that image."""
    raw = Path(params.sections().get("ingest", {}).get("raw", ""))
    if not raw.is_file():
        raise Refusal(f"{raw} is missing (ingest.raw in params.yaml); `make pull` fetches it")
    machine = engine.find()
    if machine is None or not image.exists():
        return
    built = read_json(image)
    if built.get("sandbox") != "container":
        say("preflight: an engine answers now; the Bento will be blessed in a container")
        image.unlink()
    elif machine.image(built["image"]) is None:
        say(f"preflight: {machine.command} has no image {built['image'][:19]} any more")
        image.unlink()


if __name__ == "__main__":
    run(main)
