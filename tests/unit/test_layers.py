"""A folder of code imports from lower layers only, and nothing imports a module that runs."""

import ast
import graphlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from mock_project import ROOT

LAYERS = [
    {"core", "html"},
    {"data"},
    {"recipe"},
    {"model"},
    {"mocks", "serving"},
    {"gates", "evaluation"},
    {"release"},
    {"production"},
    {"report", "adopt", "update"},
]
LEVEL = {folder: number for number, layer in enumerate(LAYERS) for folder in layer}
HEAVY = {"pandas", "sklearn", "bentoml", "scipy"}


def modules(root: Path) -> dict[str, Path]:
    """Return the file of each module of pipeline/ and recipe/, by its dotted name."""
    files = [*root.glob("pipeline/*/[!_]*.py"), *root.glob("recipe/[!_]*.py")]
    return {".".join(path.relative_to(root).with_suffix("").parts): path for path in sorted(files)}


def imported(path: Path, top_only: bool = False) -> Iterator[str]:
    """Yield the dotted names that a file imports; those inside functions too, unless `top_only`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_only else ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def folder_of(module: str) -> str:
    """Return `data` for pipeline.data.ingest, and `recipe` for recipe.metrics."""
    parts = module.split(".")
    return parts[1] if parts[0] == "pipeline" else parts[0]


def faults(root: Path) -> list[str]:
    """Return a sentence for each import that breaks the layers of the code in `root`."""
    files, reasons = modules(root), []
    runs = {name for name, path in files.items() if "__main__" in path.read_text(encoding="utf-8")}
    inside: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for name, path in files.items():
        folder, own = folder_of(name), {one for one in imported(path) if one in files} - {name}
        inside[folder][name] = {one for one in own if folder_of(one) == folder}
        for other in sorted(own):
            if other in runs:
                reasons.append(f"{name} imports {other}, which runs")
            if folder_of(other) != folder and LEVEL[folder_of(other)] >= LEVEL[folder]:
                reasons.append(f"{name} imports {other}, which is not in a lower layer")
            if folder == "recipe" and folder_of(other) not in ("core", "data", "recipe"):
                reasons.append(f"{name} imports {other}, and recipe takes core and data alone")
        if folder in ("core", "html"):
            heavy = {one.split(".")[0] for one in imported(path, top_only=True)} & HEAVY
            reasons += [f"{name} imports {one} at its top" for one in sorted(heavy)]
    for folder, graph in sorted(inside.items()):
        try:
            list(graphlib.TopologicalSorter(graph).static_order())
        except graphlib.CycleError as error:
            reasons.append(f"a circle in {folder}: {' -> '.join(error.args[1])}")
    return reasons


def test_code_imports_from_lower_layers_only():
    assert faults(ROOT) == []


def test_every_folder_has_a_layer():
    folders = {path.parent.name for path in (ROOT / "pipeline").glob("*/__init__.py")}
    assert folders <= set(LEVEL)


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_an_import_from_a_higher_layer_is_named(tmp_path):
    root = write(
        tmp_path,
        {
            "pipeline/data/rows.py": "def late():\n    from pipeline.model import scorer\n",
            "pipeline/model/scorer.py": "",
        },
    )
    assert faults(root) == [
        "pipeline.data.rows imports pipeline.model.scorer, which is not in a lower layer"
    ]


def test_a_circle_inside_a_folder_is_named(tmp_path):
    root = write(
        tmp_path,
        {
            "pipeline/core/files.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from pipeline.core import params\n",
            "pipeline/core/params.py": "from pipeline.core.files import read\n",
        },
    )
    (reason,) = faults(root)
    assert reason.startswith("a circle in core: ")


def test_importing_a_module_that_runs_is_named(tmp_path):
    root = write(
        tmp_path,
        {
            "pipeline/data/ingest.py": 'if __name__ == "__main__":\n    pass\n',
            "pipeline/model/train.py": "from pipeline.data.ingest import split\n",
        },
    )
    assert faults(root) == ["pipeline.model.train imports pipeline.data.ingest, which runs"]


def test_a_heavy_import_at_the_top_of_core_is_named(tmp_path):
    root = write(tmp_path, {"pipeline/core/files.py": "import pandas as pd\n"})
    assert faults(root) == ["pipeline.core.files imports pandas at its top"]
