"""The report's part on custody."""

from pathlib import Path

import pytest

from mock_project import ROOT
from pipeline.report import custody as custody_section
from pipeline.report import stages as progress


def built():
    steps = progress.read(ROOT / "dvc.yaml")
    part = custody_section.build(steps, progress.of(steps, "smoke"))
    return {item.heading: item for item in part.items}


@pytest.mark.slow
def test_each_file_has_a_writer_readers_and_its_bytes(made):
    rows = {row[0]: row for row in built()["The chain of digests"].rows}
    assert rows["data/raw/orders.csv"][2] == "you"
    assert rows["data/dataset"][2:] == [
        "ingest",
        "featurize, check_data, train, check_model, evaluate",
        "same",
    ]
    assert rows["reports/evaluate.json"][2] == "evaluate"
    assert {row[-1] for row in rows.values()} == {"same"}
    assert "all digests up to `package` were recomputed" in built()["Is the chain whole?"].reading
    assert "What was blessed" not in built()


@pytest.mark.slow
def test_a_changed_byte_and_a_missing_file_are_named(made):
    with Path("models/model.skops").open("ab") as file:
        file.write(b"x")
    Path("tests/floor.txt").unlink()
    rows = {row[0]: row[-1] for row in built()["The chain of digests"].rows}
    assert rows["models/model.skops"] == "changed"
    assert rows["tests/floor.txt"] == "missing"
    state = built()["Is the chain whole?"]
    assert state.bad
    assert any("models/model.skops: its bytes changed" in reason for reason in state.paragraphs)


def test_a_missing_record_is_named(made):
    Path("reports/train.json").unlink()
    assert "reports/train.json is missing" in built()["Is the chain whole?"].paragraphs[0]


def test_a_blessing_names_image_model_and_commit(blessed):
    named = dict(built()["What was blessed"].rows)
    assert set(named) == {"image", "Bento", "model", "commit of the code"}
