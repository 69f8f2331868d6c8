"""The image of a Bento: its labels, its base image, its wheels, and how it is built."""

import platform
import shutil
import sys
import tempfile
from pathlib import Path

from pipeline.core import custody, shell
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.files import whole
from pipeline.release import engine

CONTEXT = "org.ml-template.context"  # the label that names what an image was built from
BENTO = "org.ml-template.bento"
REVISION = "org.opencontainers.image.revision"
WHEELS = Path(".cache/wheels")
GLIBC = range(17, 40)  # minor versions of the manylinux tags that pip is given, newest glibc last


def base_image(machine: engine.Engine, name: str) -> dict:
    """Return the inspection of the base image; it is pulled if the engine does not have it."""
    image = machine.image(name)
    if image is None:
        say(f"containerize: pulling {name}")
        try:
            machine.run("pull", "--quiet", name, timeout=600)
        except engine.EngineError as error:
            raise Refusal(
                f"the base image {name} is not here and cannot be pulled ({error}); load it, or "
                "name another one in params.yaml (containerize.base_image)"
            ) from None
        image = machine.image(name)
    return image


def build(
    machine: engine.Engine,
    bento: Path,
    recipe: list[Path],
    tag: str,
    labels: dict[str, str],
    base: str,
) -> str:
    """Build the image from Bento, wheels and recipe (Dockerfile and root.py); return its id."""
    require_same_python(machine, base)
    wheels = download(bento / "src" / "requirements" / "serve.txt")
    say(f"containerize: building {tag} on {base}")
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder) / "context"
        shutil.copytree(bento, context / "bento")
        shutil.copytree(wheels, context / "wheels")
        for file in recipe:
            shutil.copyfile(file, context / file.name)
        return machine.build(context, tag, labels, base)


def require_same_python(machine: engine.Engine, base: str) -> None:
    """Refuse a base image with another Python version than the one that trained the model."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    there = machine.run("run", "--rm", "--network", "none", base, "python3", "-c", code)
    here = "{}.{}".format(*sys.version_info[:2])
    if there != here:
        raise Refusal(
            f"the base image {base} has Python {there}, and the model was trained by {here}; "
            "name another one in params.yaml (containerize.base_image)"
        )


def download(requirements: Path) -> Path:
    """Return a folder with the Linux wheels of `requirements`, fetched once and checked by hash."""
    folder = WHEELS / custody.digest(requirements).removeprefix("sha256:")[:16]
    if folder.exists():
        return folder
    say("containerize: fetching wheels")
    with whole(folder) as part:
        _fetch(requirements, part)
    return folder


def _fetch(requirements: Path, folder: Path) -> None:
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC]
    tags += [f"manylinux2014_{machine}", f"linux_{machine}"]
    words = ["download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    words += ["--disable-pip-version-check", "--dest", str(folder)]
    words += [word for tag in tags for word in ("--platform", tag)]
    done = shell.call(*shell.module("pip", *words, "--requirement", requirements))
    if done.returncode:
        # pip prints hints after its error.
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = errors[-1] if errors else shell.complaint(done)
        raise Refusal(f"the wheels of {requirements} cannot be fetched: {reason}")


def revision() -> str:
    """Return the commit of the code, with "+changes" when files differ from it."""
    commit = shell.git("rev-parse", "HEAD")
    if commit is None:
        raise Refusal("there is no git commit to name in the image; commit the project first")
    clean = shell.git("diff", "--quiet", "HEAD") is not None
    return commit if clean else f"{commit}+changes"
