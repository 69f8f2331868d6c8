"""The stage that judges a model's behaviour; that each fault closes it is shown in tests/gates."""

import json
from pathlib import Path

import pytest

from pipeline.gates import check_model, verdict

MODEL = Path("models/model.skops")


@pytest.mark.slow
def test_a_good_model_passes(made):
    record = json.loads(Path("reports/check_model.json").read_text())
    assert (record["verdict"], record["failed"]) == ("passed", {})
    modules = {name.split("::")[0] for name in record["passed"]}
    assert modules == {f"tests/model/{path.name}" for path in Path("tests/model").glob("test_*.py")}


@pytest.mark.slow
def test_the_stage_hands_over_its_section_of_params(made, run, monkeypatch):
    given = {}
    monkeypatch.setattr(verdict, "judge", lambda folder, **artefacts: given.update(artefacts))
    assert run(check_model.main).code == 0
    assert given["settings"].rows == 10
    assert given["model"] == MODEL
    assert given["features"] == Path("data/features")
