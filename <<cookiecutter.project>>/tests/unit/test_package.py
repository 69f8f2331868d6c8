"""model -> Bento: what the server needs and nothing else; its version is its digest."""

import ast
import json
from pathlib import Path

import pytest
from conftest import ROOT

from pipeline import custody, package
from pipeline.stage import Refusal

BENTO = Path("release/bento")


def record() -> dict:
    return json.loads(Path("release/bento.json").read_text())


def test_a_bento_holds_what_the_server_needs_and_nothing_else(made):
    source = BENTO / "src"
    found = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    assert found == {
        *(f"pipeline/{name}.py" for name in package.MODULES),
        "models/model.skops",
        "requirements/serve.txt",
        "schema.yaml",
        "serve.py",
        "service.json",
        "bentofile.yaml",  # BentoML's own
    }


def test_the_served_settings_are_those_that_were_judged(made):
    served = json.loads((BENTO / "src/service.json").read_text())
    assert served == {
        "name": "bakery",
        "model": custody.digest(Path("models/model.skops")),
        "decision_threshold": 0.5,
        "max_rows": 200,
        "max_concurrency": 8,
        "request_seconds": 10,
    }
    assert record()["model"] == served["model"]


def test_the_same_content_has_the_same_version_and_the_same_bytes(made, run):
    before, tag = custody.digest(BENTO), record()["bento"]
    assert run(package.main).code == 0
    assert (custody.digest(BENTO), record()["bento"]) == (before, tag)
    name, version = tag.split(":")
    assert (name, len(version)) == ("bakery", package.LONGEST_VERSION)


def test_other_settings_have_another_version(made, run, change):
    tag = record()["bento"]
    change("package", max_rows=199)
    assert run(package.main).code == 0
    assert record()["bento"] != tag


def fail_a_gate():
    path = Path("reports/test_model.json")
    path.write_text(path.read_text().replace('"verdict": "passed"', '"verdict": "failed"'))


def change_the_model():
    with Path("models/model.skops").open("ab") as file:
        file.write(b"x")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (fail_a_gate, "reports/test_model.json: the gate `test_model` did not pass"),
        (change_the_model, "models/model.skops: its bytes changed after `train`"),
    ],
)
def test_a_model_whose_gates_did_not_pass_on_it_is_not_packaged(made, run, spoil, sentence):
    spoil()
    ended = run(package.main)
    assert ended.code == 1
    assert sentence in ended.err
    assert record()["verdict"] == "failed"


def test_a_bento_that_cannot_be_built_is_a_refusal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "context" / "requirements").mkdir(parents=True)
    (tmp_path / "context" / "requirements" / "serve.txt").touch()
    (tmp_path / "context" / "serve.py").write_text("import no_such_flour\n")
    with pytest.raises(Refusal, match=r"bentoml build failed: .*no_such_flour"):
        package.build(tmp_path / "context", "bakery", "abc", tmp_path / "bento")
    assert not (tmp_path / "bento").exists()


def test_the_modules_that_are_packaged_import_no_others():
    for name in package.MODULES:
        tree = ast.parse((ROOT / "pipeline" / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "pipeline":
                # A stage's record is written by `run`, which the service never calls.
                own = {alias.name for alias in node.names} - {"custody"}
                assert own <= set(package.MODULES), f"{name} imports {own}"
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline."):
                assert node.module.split(".")[1] in package.MODULES, f"{name}: {node.module}"
