"""What a Bento holds: the code that scores a row, the model, the schema and the settings."""

import ast
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipeline.core.errors import Refusal

ROOT = Path(__file__).parents[2]  # of the project
STORE = Path(".bentoml")  # the project's own store of Bentos
# Where the server's code begins: the process, the service, and what the service imports late.
ENTRIES = ("pipeline.serving.server", "pipeline.serving.service", "pipeline.serving.predictor")
TABLES = (".csv", ".json", ".yaml", ".yml", ".txt")  # what a derived feature may look up


def sources() -> list[Path]:
    """Return the files of code that the server needs: all that its modules import.

    Of recipe/, where a module of it is imported, the small tables in it are needed too.
    """
    todo, files = list(ENTRIES), set()
    while todo:
        for path in _files_of(todo.pop()):
            if path not in files:
                files.add(path)
                todo += imported(path)
    if any(path.is_relative_to(ROOT / "recipe") for path in files):
        files |= {path for path in (ROOT / "recipe").rglob("*") if path.suffix in TABLES}
    return sorted(files)


def imported(path: Path) -> Iterator[str]:
    """Yield the modules of this project that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from (name for name in names if name.split(".")[0] in ("pipeline", "recipe"))


def _files_of(module: str) -> list[Path]:
    """Return a module's file and those of the packages it lies in; none where it is no module."""
    parts = module.split(".")
    packages = [ROOT.joinpath(*parts[:count], "__init__.py") for count in range(1, len(parts) + 1)]
    file = ROOT.joinpath(*parts).with_suffix(".py")
    return [path for path in (*packages, file) if path.exists()]


def gather(context: Path, model: Path, schema: Path, requirements: Path, entry: Path) -> None:
    """Copy what the server needs into the empty folder `context`."""
    for source in sources():
        target = context / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for folder in ("models", "requirements"):
        (context / folder).mkdir()
    shutil.copyfile(model, context / "models" / "model.skops")
    shutil.copyfile(schema, context / "schema.yaml")
    shutil.copyfile(requirements, context / "requirements" / "serve.txt")
    shutil.copyfile(entry, context / "serve.py")


def build(context: Path, name: str, version: str, bento: Path) -> None:
    """Run `bentoml build` on `context` into the project's own store; copy the Bento to `bento`.

    Raises Refusal when BentoML cannot build it.
    """
    os.environ["BENTOML_HOME"] = str(STORE.resolve())
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"
    import bentoml

    shutil.rmtree(STORE / "bentos" / name / version, ignore_errors=True)
    try:
        built = bentoml.build(
            "serve:service",
            name=name,
            version=version,
            build_ctx=str(context),
            python={"requirements_txt": "requirements/serve.txt", "lock_packages": False},
        )
    except (bentoml.exceptions.BentoMLException, ImportError) as error:
        raise Refusal(f"bentoml build failed: {' '.join(str(error).split())}") from None
    shutil.rmtree(bento, ignore_errors=True)
    shutil.copytree(built.path, bento)
    # The only thing in a Bento that differs between two builds of the same content.
    manifest = bento / "bento.yaml"
    text = manifest.read_text(encoding="utf-8")
    fixed = re.sub(r"(?m)^creation_time: .*$", "creation_time: '1980-01-01T00:00:00+00:00'", text)
    manifest.write_text(fixed, encoding="utf-8")
