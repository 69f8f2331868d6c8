"""A project of mock orders, with the template's code and gates; its stages run in this process.

Nothing of the template's own data is read: only its code, the tests of its gates, and the options
that `dvc.yaml` and the Makefile give to each stage.
"""

import contextlib
import functools
import importlib
import importlib.metadata
import re
import shlex
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import pipeline
from orders import PARAMS, SCHEMA, orders_csv
from pipeline.core import files, stage
from pipeline.evaluation import champion
from pipeline.gates import verdict
from pipeline.release import bento as bentos

ROOT = Path(pipeline.__file__).parents[1]  # the template's folder
STORE = bentos.STORE
GATE_MODULES = {
    path.stem
    for gate in ("data", "model", "serving")
    for path in ROOT.glob(f"tests/{gate}/test_*.py")
}
JOURNEY = (
    "ingest",
    "featurize",
    "mocks",
    "check_data",
    "train",
    "check_model",
    "evaluate",
    "package",
)
ARTEFACTS = {
    "raw": Path("data/raw/orders.csv"),
    "dataset": Path("data/dataset"),
    "features": Path("data/features"),
    "featurizer": Path("models/featurizer.skops"),
    "model": Path("models/model.skops"),
    "schema": Path("schema.yaml"),
    "mocks": Path("tests/mocks.csv"),
}


REQUIREMENTS = f"""\
bentoml=={importlib.metadata.version("bentoml")} \\
    --hash=sha256:{"0" * 64} \\
    --hash=sha256:{"1" * 64}
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{"2" * 64}
"""


def make_project(folder: Path) -> Path:
    """Fill `folder` with what a user brings: parameters, schema, rows, and files of the project."""
    for name, rows in (("raw", orders_csv()), ("live", orders_csv(80, seed=8))):
        path = folder / "data" / name / "orders.csv"
        path.parent.mkdir(parents=True)
        path.write_text(rows, encoding="utf-8")
    (folder / "params.yaml").write_text(PARAMS, encoding="utf-8")
    (folder / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    (folder / "requirements").mkdir()
    (folder / "requirements/serve.txt").write_text(REQUIREMENTS, encoding="utf-8")
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    # Nobody's: this project's own one scores other rows.
    files.write_json(folder / champion.FOLDER / champion.NAME, champion.NOBODY)
    (folder / "tests").mkdir()  # with mocks of its own
    for name in ("conftest.py", "data", "model", "serving"):
        (folder / "tests" / name).symlink_to(ROOT / "tests" / name)
    shutil.copyfile(ROOT / verdict.GATES, folder / verdict.GATES)
    (folder / "tests/floor.txt").write_text("# nothing is asked for\n")
    return folder


def copy_of(project: Path, tmp_path: Path, monkeypatch) -> Path:
    """Copy a project into `tmp_path` and make the copy the working directory."""
    folder = tmp_path / "project"
    shutil.copytree(project, folder, symlinks=True, ignore=shutil.ignore_patterns(STORE.name))
    # BentoML keeps the first store of its process.
    monkeypatch.setattr(bentos, "STORE", project / STORE)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(verdict, "ROOT", folder)
    return folder


@functools.cache
def dvc_stages() -> dict:
    """Return the stages of the project's dvc.yaml."""
    return YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]


@functools.cache
def command_of(name: str) -> list[str]:
    """Return the options that dvc.yaml gives to stage `name`, or the Makefile to an action."""
    if name in dvc_stages():
        command = dvc_stages()[name]["cmd"].replace("${ingest.raw}", "data/raw/orders.csv")
    else:
        command = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    return shlex.split(re.split(rf"-m pipeline\.\w+\.{name} ", command)[1].split("\n", 1)[0])


@functools.cache
def module_of(name: str) -> str:
    """Return the module of a stage or an action, such as `pipeline.data.ingest`."""
    (path,) = (
        path
        for path in (ROOT / "pipeline").glob(f"*/{name}.py")
        if "__main__" in path.read_text(encoding="utf-8")
    )
    return f"pipeline.{path.parent.name}.{name}"


@dataclass(frozen=True)
class Ended:
    """How a stage ended: its exit code and what it printed."""

    code: int
    out: str = ""
    err: str = ""


def end_of(main: Callable, words: list[str]) -> int:
    """Run a stage's `main` as its command line would; return the exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [main.__module__, *words])
        with pytest.raises(SystemExit) as ended:
            stage.run(main)
    return ended.value.code


def run_stages(folder: Path, names: tuple[str, ...]) -> None:
    """Run stages in the project `folder`; each must pass."""
    with pytest.MonkeyPatch.context() as patch, undone():
        patch.chdir(folder)
        patch.setattr(verdict, "ROOT", folder)
        for name in names:
            main = importlib.import_module(module_of(name)).main
            assert end_of(main, command_of(name)) == 0, f"the mock project fails in {name}"


@contextlib.contextmanager
def undone():
    """Forget test modules imported meanwhile, and put sys.path and the SIGTERM handler back.

    Those that have the name of a gate's file are out of sight meanwhile.
    """
    path, handler = list(sys.path), signal.getsignal(signal.SIGTERM)
    hidden = {name: sys.modules.pop(name) for name in GATE_MODULES if name in sys.modules}
    before = frozenset(sys.modules)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
        sys.path[:] = path
        for name in sys.modules.keys() - before:
            if name.startswith("test_") or name in ("conftest", "serve"):
                del sys.modules[name]
        sys.modules.update(hidden)
