"""What a Bento holds."""

import ast
from pathlib import Path

import pytest

from mock_project import ROOT
from pipeline.core.errors import Refusal
from pipeline.release import bento as bentos

BENTO = Path("release/bento")


@pytest.mark.slow
def test_a_bento_holds_only_what_the_server_needs(made):
    source = BENTO / "src"
    files = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    assert files == {
        *(str(path.relative_to(ROOT)) for path in bentos.sources()),
        "models/model.skops",
        "requirements/serve.txt",
        "schema.yaml",
        "serve.py",
        "service.json",
        "bentofile.yaml",  # BentoML's own
    }


def test_a_bento_that_cannot_be_built_is_a_refusal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "context" / "requirements").mkdir(parents=True)
    (tmp_path / "context" / "requirements" / "serve.txt").touch()
    (tmp_path / "context" / "serve.py").write_text("import no_such_flour\n")
    with pytest.raises(Refusal, match=r"bentoml build failed: .*no_such_flour"):
        bentos.build(tmp_path / "context", "bakery", "abc", tmp_path / "bento")
    assert not (tmp_path / "bento").exists()


def test_a_bentos_code_is_what_the_server_imports():
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in bentos.sources()}
    for name in ("serving.server", "serving.predictor", "model.scorer", "data.schema"):
        assert f"pipeline.{name}" in modules
    areas = {
        name.split(".")[1]
        for name in modules
        if name.startswith("pipeline.") and name.count(".") > 1
    }
    assert areas == {"core", "data", "model", "serving"}, "the server needs no other area"


def test_every_import_of_a_bentos_code_is_in_it():
    files = set(bentos.sources())
    for path in files:
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                ("pipeline.", "recipe")
            ):
                parts = node.module.split(".")
                module = ROOT.joinpath(*parts).with_suffix(".py")
                inside = [ROOT.joinpath(*parts, f"{alias.name}.py") for alias in node.names]
                assert module in files or files.issuperset(inside), f"{path.name}: {node.module}"


def test_a_module_comes_with_its_packages(tmp_path, monkeypatch):
    monkeypatch.setattr(bentos, "ROOT", tmp_path)
    monkeypatch.setattr(bentos, "ENTRIES", ("pipeline.serving.server",))
    texts = {
        "pipeline/__init__.py": "",
        "pipeline/serving/__init__.py": "",
        "pipeline/serving/server.py": "def late():\n    from recipe import features\n",
        "recipe/features.py": "import json\n",
        "recipe/metrics.py": "",
        "recipe/airlines.csv": "name\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    files = {path.relative_to(tmp_path).as_posix() for path in bentos.sources()}
    assert files == texts.keys() - {"recipe/metrics.py"}
