"""Projects that are rendered as a user does it, by the cookiecutter command, and go the journey."""

import fcntl
import json
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

import warm
from baked import (
    DEFAULTS,
    ENGINE,
    TEMPLATE,
    Project,
    clean_environment,
    engine,
    free_port,
    remove_all_of,
    run_cookiecutter,
)

BASE_IMAGE = "python:3.11-slim"
JOURNEY = "journey.name"  # the file that names the project


@dataclass(frozen=True)
class Bake:
    """What one run of cookiecutter did.

    Attributes:
        status: the exit status.
        output: what was printed, to both streams.
        project: where the project is, if one was made.
    """

    status: int
    output: str
    project: Path


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to use as PATH that holds git and nothing else."""
    folder = tmp_path_factory.mktemp("tools")
    git = shutil.which("git")
    assert git, "these tests need git"
    (folder / "git").symlink_to(git)
    return folder


@pytest.fixture
def environment(tools: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has configured nothing and installed nothing but git."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "PATH": str(tools),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture
def bake(environment: dict[str, str]) -> Callable[..., Bake]:
    """A function that renders the template.

    `bake({"ci": "gitlab"}, folder)` gives the answers on the command line;
    `bake(answers, folder, replayed=True)` gives them in a replay file, where cookiecutter takes
    them as they are; `PATH="…"` and the like change the environment.
    """

    def render(
        answers: Mapping[str, str],
        folder: Path,
        *options: str,
        replayed: bool = False,
        **changed: str,
    ) -> Bake:
        given = dict(answers)
        if replayed:
            given = {name: DEFAULTS[name] for name in ("project", "description")}
            given |= {"author": "", "registry": "", "ci": "github"} | dict(answers)
            file = Path(environment["HOME"]) / "answers.json"
            file.write_text(json.dumps({"cookiecutter": given}))
            arguments = ["--replay-file", str(file)]
        else:
            arguments = ["--no-input", *(f"{name}={answer}" for name, answer in given.items())]
        done = run_cookiecutter(folder, *options, *arguments, environment=environment | changed)
        project = folder / given.get("project", DEFAULTS["project"])
        return Bake(done.returncode, done.stdout, project)

    return render


@pytest.fixture(scope="session")
def path_with_uv(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which uv is found too, which sets a project up in a fraction of pip's time."""
    folder = tmp_path_factory.mktemp("uv")
    (folder / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    return f"{folder}{os.pathsep}{clean_environment()['PATH']}"


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def journey(request: pytest.FixtureRequest, shared: Path, path_with_uv: str) -> Project:
    """A project that went all the way to a blessing, in a path that holds a space.

    The worker that needs it first makes it; tests change copies of it only. The output of
    `make setup` and `make validate` is in `setup.log` and `validate.log` beside it.
    """
    folder, record = shared / "a folder", shared / JOURNEY
    with FileLock(shared / "journey.lock"):
        if not folder.exists():
            folder.mkdir()
            name = f"journey-{uuid.uuid4().hex[:8]}"
            record.write_text(name)
            needs_engine = any(item.get_closest_marker("engine") for item in request.session.items)
            make_journey(folder, name, path_with_uv, needs_engine)
            (folder / "made").touch()
    assert (folder / "made").exists(), f"the journey failed: see {folder}/*.log"
    return Project(folder / record.read_text())


def make_journey(folder: Path, name: str, path: str, needs_engine: bool) -> None:
    """Render a project and run it to its blessing, by a container where an engine is ready."""
    done = run_cookiecutter(
        folder, "--no-input", f"project={name}", environment=clean_environment()
    )
    assert done.returncode == 0, done.stdout
    project = Project(folder / name)
    project.edit("params.yaml", "port: 3000 ", f"port: {free_port()} ")
    project.commit("Choose a free port")
    container = needs_engine or (shutil.which(ENGINE) and engine("image", "ls", "-q", BASE_IMAGE))
    proved = ("validate", {}) if container else ("smoke", {"SANDBOX": "process"})
    for target, sandbox in (("setup", {}), proved):
        done = project.make(target, LANG="C", LC_ALL="C", PATH=path, **sandbox)
        log = "setup.log" if target == "setup" else "validate.log"
        (folder / log).write_text(done.output)
        assert done.status == 0, done.output
    project.commit("Run the pipeline")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what the journey made in the engine, once all workers have ended."""
    factory = session.config._tmp_path_factory
    if hasattr(session.config, "workerinput") or factory._basetemp is None:
        return
    record = factory.getbasetemp() / JOURNEY
    if record.exists() and shutil.which(ENGINE):
        remove_all_of(record.read_text())


@pytest.fixture(autouse=True)
def turn(request: pytest.FixtureRequest, shared: Path) -> Iterator[None]:
    """A test that is marked `alone` runs while no other worker runs a test."""
    how = fcntl.LOCK_EX if request.node.get_closest_marker("alone") else fcntl.LOCK_SH
    with (shared / "queue").open("w") as queue, (shared / "turn").open("w") as turn:
        fcntl.flock(queue, fcntl.LOCK_EX)  # or those who share would never let anyone be alone
        fcntl.flock(turn, how)
        fcntl.flock(queue, fcntl.LOCK_UN)
        yield


@pytest.fixture
def copy(journey: Project, tmp_path: Path) -> Project:
    """A copy of the blessed project, to do with as a test likes."""
    return journey.copy(tmp_path / "copy")


@pytest.fixture(scope="session")
def warm_venv(journey: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The journey's environment, with a Python that has imported its libraries (see warm/)."""
    venv = (journey.folder / ".venv").resolve()
    with warm.environment(venv, tmp_path_factory.mktemp("warm")) as stand_in:
        yield stand_in


@pytest.fixture
def warm_copy(copy: Project, warm_venv: Path) -> Project:
    """As `copy`, and its stages start at once; signals to them are not passed on."""
    copy.use(warm_venv)
    return copy


@pytest.fixture(scope="session")
def shipped() -> list[Path]:
    """The files that a project is made of, relative to the template's folder."""
    files = (Path(folder, file) for folder, _, names in os.walk(TEMPLATE) for file in names)
    relative = (file.relative_to(TEMPLATE) for file in files)
    # Caches appear where tools run in the template's folder; git ignores them.
    caches = {"__pycache__", ".pytest_cache", ".ruff_cache"}
    return sorted(file for file in relative if not caches & set(file.parts))
