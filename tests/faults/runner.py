"""Breaks a copy of the blessed project by a fault, and sees how it ends."""

import contextlib
import hashlib
import random
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from baked import REPOSITORY, Project, Run, engine, remove_images
from faults.fault import RAW, Fault

MADE = ("data/dataset", "data/features", "models", "reports", "release", "deploy/champion")
TIMES = "reports/timings.json"  # of every stage that ran; no verdict
BUILT = ("containerize", "smoke")  # stages that give the engine an image, or start one


@dataclass(frozen=True)
class Outcome:
    """How a fault ended.

    Attributes:
        stopped_by: the stage that stopped it; "" when nothing did.
        sentences: the reasons that it gave.
        output: all that was printed.
        touched: files made or changed that belong to a later stage.
        refused: whether `make deploy` refused afterwards, and production is as it was.
    """

    stopped_by: str
    sentences: list[str]
    output: str
    touched: list[str]
    refused: bool


def run(fault: Fault, deployed: Project, folder: Path) -> Outcome:
    """Break a copy of `deployed` in `folder`, run the stages and then `make deploy`."""
    with copy_of(deployed, folder, own_images=fault.stage in BUILT) as project:
        fault.break_it(project)
        before, running = digests(project), production(project)
        done = run_stages(fault, project)
        stopped_by = stopping_stage(done.output, fault.stage) if done.status else ""
        after = digests(project)
        changed = {path for path, _ in before.items() ^ after.items()}
        touched = sorted(changed - made_until(project, stopped_by, changed))
        output, refused = done.output, False
        if stopped_by:
            again = done if fault.stage == "deploy" else project.make("deploy")
            as_before = (digests(project), production(project)) == (after, running)
            output, refused = output + again.output, again.status != 0 and as_before
        return Outcome(stopped_by, sentences(done.output, stopped_by), output, touched, refused)


def run_clean(seed: int, deployed: Project, folder: Path) -> Outcome:
    """Run the stages by another seed, on rows of which that seed leaves some out."""
    whole = seed % 5 == 0  # one of five goes all the way
    with copy_of(deployed, folder, own_images=whole) as project:
        params = (project.folder / "params.yaml").read_text()
        (project.folder / "params.yaml").write_text(params.replace("seed: 1", f"seed: {seed}"))
        head, *rows = (project.folder / RAW).read_text().splitlines(keepends=True)
        kept = [row for row in rows if random.Random(f"{seed} {row}").random() < 0.95]
        (project.folder / RAW).write_text("".join([head, *kept]))
        project.commit(f"Seed {seed}")
        done = project.make("validate" if whole else "evaluate")
        stopped_by = stopping_stage(done.output, "") if done.status else ""
        return Outcome(stopped_by, sentences(done.output, stopped_by), done.output, [], True)


@contextlib.contextmanager
def copy_of(deployed: Project, folder: Path, own_images: bool) -> Iterator[Project]:
    """A copy that is removed again; a name of its own keeps its images apart from the others'."""
    project, name = deployed.copy(folder), name_of(deployed)
    own = f"{name}-{folder.name}"
    try:
        if own_images:
            project.edit("params.yaml", f'name: "{name}"', f'name: "{own}"')
        yield project
    finally:
        if own_images:
            remove_images(own)
        else:  # a fault may have moved the tag
            blessing = deployed.json("release/blessing.json")
            engine("tag", blessing["image"], blessing["bento"])
        shutil.rmtree(folder)


def run_stages(fault: Fault, project: Project) -> Run:
    """Run what its user runs after such a change."""
    if fault.stage == "deploy":
        return project.make("deploy")
    if fault.stage == "test":
        return project.make("test")
    if fault.stage == "unit":  # of this repository, on the project's code
        words = ["-q", "--exitfirst", "-o", f"pythonpath='{project.folder}' tests tests/support"]
        words = [sys.executable, "-m", "pytest", *words, fault.message]
        return Project(REPOSITORY).run(*words)
    project.commit(fault.name)
    return project.make("validate")


def name_of(project: Project) -> str:
    (name,) = re.findall(r'^  name: "(.+?)"', (project.folder / "params.yaml").read_text(), re.M)
    return name


def production(project: Project) -> str:
    """Return the ids of the containers that serve, running or not."""
    name = f"{name_of(project)}_server"
    return engine("ps", "--all", "--quiet", "--no-trunc", "--filter", f"name={name}")


def stopping_stage(output: str, expected: str) -> str:
    """Return the stage that DVC says has failed; the one that was run where DVC was not asked."""
    failed = re.findall(r"failed to reproduce '(\w+)'", output)
    if failed:
        return failed[-1]
    return expected if expected in ("deploy", "test", "unit") else "validate"


def sentences(output: str, stage: str) -> list[str]:
    """Return the reasons that a stage gave."""
    mark = "FAILED |FAIL " if stage in ("test", "unit") else f"{stage}: "
    reasons = re.findall(rf"^(?:  - |{mark})(.+)$", output, re.MULTILINE)
    return [sentence for sentence in reasons if sentence != "stopped"]


def digests(project: Project) -> dict[str, str]:
    """Return the digest of each file that stages make."""
    return {
        file.relative_to(project.folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for folder in MADE
        for file in (project.folder / folder).rglob("*")
        if file.is_file() and file != project.folder / TIMES
    }


def made_until(project: Project, last: str, paths: set[str]) -> set[str]:
    """Return those of `paths` that `last` or a stage before it makes."""
    stages = YAML(typ="safe", pure=True).load((project.folder / "dvc.yaml").read_text())["stages"]
    order = list(stages)
    outs: list[str] = []
    for name in order[: order.index(last) + 1] if last in order else []:
        entries = [*stages[name].get("outs", []), *stages[name].get("metrics", [])]
        outs += [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]
    return {path for path in paths if any(f"{path}/".startswith(f"{out}/") for out in outs)}
