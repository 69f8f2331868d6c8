"""Whether an image may be deployed."""

from pathlib import Path

import pytest

from engine import write_program
from pipeline.core.errors import GateClosed
from pipeline.core.files import read_json
from pipeline.production import blessing as blessings

BLESSING = Path("release/blessing.json")


def answer_dvc(tmp_path, monkeypatch, script: str) -> None:
    """Let `dvc status` be a shell script."""
    write_program(tmp_path / "bin", "python", script)
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))


@pytest.mark.slow
def test_a_whole_blessing_is_returned(blessed, tmp_path, monkeypatch):
    answer_dvc(tmp_path, monkeypatch, "echo '{}'")
    assert blessings.require_whole(BLESSING) == read_json(BLESSING)


def test_a_broken_chain_closes_the_gate(blessed, tmp_path, monkeypatch):
    answer_dvc(tmp_path, monkeypatch, "echo '{}'")
    with Path("models/model.skops").open("ab") as file:
        file.write(b"x")
    with pytest.raises(GateClosed, match=r"model\.skops: its bytes changed after `train`"):
        blessings.require_whole(BLESSING)


PASSED = {"stage": "smoke", "verdict": "passed", "sandbox": "container", "mode": "load_and_query"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"verdict": "failed"}, "the image was not blessed"),
        ({"stage": "evaluate"}, "the image was not blessed"),
        ({"sandbox": "process"}, "blessed as a process"),
        ({"mode": "load_only"}, "the server was started but not queried"),
    ],
)
def test_a_blessing_that_production_does_not_accept_is_named(change, sentence):
    assert blessings.judge_blessing(PASSED) == []
    (reason,) = blessings.judge_blessing({**PASSED, **change})
    assert sentence in reason


def test_another_image_than_the_blessed_one_is_refused():
    blessed = {"image": "sha256:1", "bento": "bakery:1"}
    assert blessings.judge_image(None, blessed, {"image": "sha256:2"}, "") == [
        "release/image.json names sha256:2, but sha256:1 was blessed"
    ]


def test_a_newer_table_does_not_change_the_pipeline(tmp_path, monkeypatch):
    pointer = """echo '{"data/live/a.csv.dvc": [{"changed outs": {"a.csv": "modified"}}]}'"""
    answer_dvc(tmp_path, monkeypatch, pointer)
    assert blessings.changed_code() == []
