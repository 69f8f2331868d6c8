"""validate: what DVC cannot see, looked at before it runs anything.

A broken params.yaml and a missing raw table are named in one sentence. An image is not a file:
where the engine does not have the one that release/image.json names any more, or an engine answers
now and none did then, the record is dropped, so that DVC makes it anew. With SANDBOX=container it
says at once, before anything is trained, that no engine answers.
"""

from pathlib import Path

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.files import read_json
from pipeline.core.stage import Figures, run
from pipeline.release import engine


def main(image: Figures) -> None:
    """Drop the record `image` when the engine cannot stand behind it."""
    raw = Path(params.sections().get("ingest", {}).get("raw", ""))
    if not raw.is_file():
        raise Refusal(f"{raw} is missing (ingest.raw in params.yaml); `make pull` fetches it")
    machine = engine.find()
    if machine is None or not image.exists():
        return
    built = read_json(image)
    if built.get("sandbox") != "container":
        say("validate: an engine answers now; the Bento will be blessed in a container")
        image.unlink()
    elif machine.image(built["image"]) is None:
        say(f"validate: {machine.command} has no image {built['image'][:19]} any more")
        image.unlink()


if __name__ == "__main__":
    run(main)
