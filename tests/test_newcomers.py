"""What newcomers run first: one in a new clone, one with no rights, no uv and no engine.

Both at the same time, since each of them waits for the network and for one core.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from baked import NOISE, REPOSITORY, Project, Run, clean_environment, run_cookiecutter

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Newcomers:
    """What became of each: the output of `make demo`; the user's runs, and the project."""

    demo: Future[Run]
    clone: Path
    ordinary: Future[list[Run]]
    project: Project


@pytest.fixture(scope="module")
def newcomers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomers]:
    clone = tmp_path_factory.mktemp("new") / "a clone"
    # A folder that anybody may enter; pytest's own are for their owner only.
    folder = Path("/tmp") / f"ordinary-{tmp_path_factory.getbasetemp().name}"
    project = Project(folder / "with a space/strike-triage")
    try:
        with ThreadPoolExecutor() as pool:
            demo = pool.submit(make_demo, clone)
            yield Newcomers(demo, clone, pool.submit(make_smoke, folder, project), project)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_demo(clone: Path) -> Run:
    """Run the README's first command in a new clone."""
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
    return Project(clone).make("demo", SANDBOX="process")


def make_smoke(folder: Path, project: Project) -> list[Run]:
    """Bake the project; set it up, run it to a blessing and deploy it as a user without rights."""
    done = run_cookiecutter(project.folder.parent, "--no-input", environment=clean_environment())
    assert done.returncode == 0, done.stdout
    as_user = ordinary_user(folder)
    commands = (["setup", "PYTHON=/usr/bin/python3"], ["smoke"], ["deploy"])
    return [project.run(*as_user, "make", *words) for words in commands]


def ordinary_user(folder: Path) -> list[str]:
    """Give the folder to a user without rights; return the words that run a command as that one."""
    system = ["env", f"HOME={folder}", "PATH=/usr/bin:/bin", "DOCKER_HOST=unix:///nowhere"]
    system += ["CONTAINER_HOST=unix:///nowhere"]
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        Project(folder).run("chown", "-R", "nobody", ".")
        return ["runuser", "-u", "nobody", "--", *system]
    return system


def test_make_demo_ends_with_a_blessed_model(newcomers):
    done = newcomers.demo.result()
    assert done.status == 0, done.output
    assert not [word for word in NOISE if word in done.output], done.output
    assert "Where to look next" in done.output
    made = Project(newcomers.clone / "build/strike-triage")
    assert made.json("release/blessing.json")["verdict"] == "passed"


def test_an_ordinary_user_without_uv_or_engine_gets_a_process_blessing(newcomers):
    setup, smoke, deploy = newcomers.ordinary.result()
    assert setup.status == 0, setup.output
    assert smoke.status == 0, smoke.output
    assert "blessed" in smoke.output
    blessing = newcomers.project.json("release/blessing.json")
    assert blessing["sandbox"] == "process"
    assert deploy.status != 0
    assert "production needs the blessing of a container" in deploy.output
