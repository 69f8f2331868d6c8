"""validate: look whether the engine still has the image that release/image.json names.

An image is not a file, so DVC cannot see that it is gone. Where it is, or where an engine answers
now and none did then, the record is dropped and DVC makes it anew. With SANDBOX=container it says
at once, before anything is trained, that no engine answers.
"""

from pipeline import engine
from pipeline.stage import Figures, read_json, run, say


def main(image: Figures) -> None:
    """Drop the record `image` when the engine cannot stand behind it."""
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
