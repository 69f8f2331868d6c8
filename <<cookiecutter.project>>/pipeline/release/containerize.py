"""containerize: Bento -> image. Small, hardened, no compiler; the record names the image id.

The image is built only if the engine does not have it. Where no engine answers and none is required
(SANDBOX=auto), the record says that the Bento is to be started as a process.
"""

from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed
from pipeline.core.files import read_json
from pipeline.core.stage import Input, Report, run
from pipeline.release import engine, images
from pipeline.release.settings import ContainerizeParams

ROOT = ("", "0", "root")  # an image without a USER runs as root


def main(bento: Input, packaged: Input, dockerfile: Input, root: Input, report: Report) -> dict:
    """Build the image of `bento`, unless the engine already has it."""
    settings = params.load("containerize", ContainerizeParams)
    tag = read_json(packaged)["bento"]
    machine = engine.find()
    if machine is None:
        say("containerize: no container engine; the Bento will be started as a process")
        return {"sandbox": "process", "bento": tag, "revision": images.revision()}
    base = images.base_image(machine, settings.base_image)
    recipe = [dockerfile, root]
    parts = [*map(custody.digest, [bento, *recipe]), base["Id"], images.revision()]
    context = custody.text_digest("\n".join(parts))
    image_id = next(iter(machine.images_labelled(images.CONTEXT, context)), None)
    if image_id:
        machine.run("tag", image_id, tag)
        say(f"containerize: the engine already has the image of {tag}")
    else:
        labels = {
            images.CONTEXT: context,
            images.BENTO: custody.digest(bento),
            images.REVISION: images.revision(),
        }
        image_id = images.build(machine, bento, recipe, tag, labels, settings.base_image)
    image = machine.image(image_id)
    labels = image["Config"]["Labels"]
    record = {
        "sandbox": "container",
        "engine": machine.command,
        "bento": tag,
        "image": image["Id"],
        "base": base["Id"],
        "revision": labels[images.REVISION],
    }
    if image["Config"].get("User", "").split(":")[0] in ROOT:
        raise GateClosed([f"{dockerfile}: the server would be root; name another USER"], record)
    return record


if __name__ == "__main__":
    run(main)
