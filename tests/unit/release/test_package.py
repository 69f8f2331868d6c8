"""model -> Bento: what the server needs and nothing else; its version is its digest."""

import json
from pathlib import Path

import pytest

from mock_project import ROOT
from pipeline.core import custody
from pipeline.release import package

BENTO = Path("release/bento")


def record() -> dict:
    return json.loads(Path("release/bento.json").read_text())


@pytest.mark.slow
def test_the_served_settings_are_the_judged_ones(made):
    served = json.loads((BENTO / "src/service.json").read_text())
    assert served == {
        "name": "bakery",
        "model": custody.digest(Path("models/model.skops")),
        "decision_threshold": 0.5,
        "reads": ["weight", "guests", "size", "town", "wish"],
        "derived": [],
        "max_rows": 200,
        "max_body_mb": 1,
        "max_concurrency": 8,
        "request_seconds": 10,
        "log": {"share": 1.0, "max_mb": 1, "keep_mb": 3},
    }
    assert record()["model"] == served["model"]


@pytest.mark.slow
def test_equal_content_has_an_equal_version_and_equal_bytes(made, run):
    before, tag = custody.digest(BENTO), record()["bento"]
    assert run(package.main).code == 0
    assert (custody.digest(BENTO), record()["bento"]) == (before, tag)
    name, version = tag.split(":")
    assert (name, len(version)) == ("bakery", package.LONGEST_VERSION)


@pytest.mark.slow
def test_other_settings_have_another_version(made, run, change):
    tag = record()["bento"]
    change("package", max_rows=199)
    assert run(package.main).code == 0
    assert record()["bento"] != tag


def fail_a_gate():
    path = Path("reports/check_model.json")
    path.write_text(path.read_text().replace('"verdict": "passed"', '"verdict": "failed"'))


def change_the_model():
    with Path("models/model.skops").open("ab") as file:
        file.write(b"x")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (fail_a_gate, "reports/check_model.json: the gate `check_model` did not pass"),
        (change_the_model, "models/model.skops: its bytes changed after `train`"),
    ],
)
def test_a_model_that_did_not_pass_its_gates_is_not_packaged(made, run, spoil, sentence):
    spoil()
    ended = run(package.main)
    assert ended.code == 1
    assert sentence in ended.err
    assert record()["verdict"] == "failed"


INGESTED = {
    "parts": {"train": {"rows": 80}, "test": {"rows": 40, "target": {"no": 0.75, "yes": 0.25}}}
}


TRAINED, EVALUATED = {"rows": 80}, {"rows": 40, "classes": {"no": 30, "yes": 10}}


@pytest.mark.parametrize(
    ("trained", "evaluated", "sentence"),
    [
        ({"rows": 50}, EVALUATED, "`train` learned from 50 rows, but the training set has 80"),
        (TRAINED, {"rows": 39, "classes": {}}, "`evaluate` measured 39 rows, but the test set"),
        (
            TRAINED,
            {"rows": 40, "classes": {"no": 29, "yes": 11}},
            "40 rows (29 no, 11 yes), but the test set has 40 rows (30 no, 10 yes)",
        ),
    ],
)
def test_a_set_that_was_not_used_whole_is_a_reason(trained, evaluated, sentence):
    assert package.judge_rows(INGESTED, TRAINED, EVALUATED) == []
    (reason,) = package.judge_rows(INGESTED, trained, evaluated)
    assert sentence in reason


@pytest.mark.slow
def test_the_projects_lock_file_names_what_is_installed():
    assert package.judge_versions(ROOT / "requirements/serve.txt") == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("pandas==1.0 \\", "would get pandas==1.0, and the model was trained with 3."),
        ("no-such-flour==1.0", "would get no-such-flour==1.0, and the model was trained with none"),
    ],
)
def test_a_version_that_is_not_installed_is_a_reason(tmp_path, line, sentence):
    path = tmp_path / "serve.txt"
    elsewhere = "no-such-oven==2 ; sys_platform == 'win32'"
    path.write_text(f"{elsewhere}\n{line}\n    --hash=sha256:0\n# a comment\n")
    (reason,) = package.judge_versions(path)
    assert sentence in reason
