"""Digests, and the chain of records from the raw rows to the deployment."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from pipeline.core import custody, params
from pipeline.core.errors import Refusal

LAST = Path("release/bento.json")
RECORDS = ("ingest", "featurize", "check_data", "train", "check_model", "evaluate")


@pytest.fixture
def folder(tmp_path):
    """Two files, one of them in a folder below."""
    (tmp_path / "bread" / "crust").mkdir(parents=True)
    (tmp_path / "bread" / "a").write_bytes(b"rye")
    (tmp_path / "bread" / "crust" / "b").write_bytes(b"salt")
    return tmp_path / "bread"


@pytest.mark.slow
def test_a_files_digest_is_its_sha256(folder, monkeypatch):
    expected = f"sha256:{hashlib.sha256(b'rye').hexdigest()}"
    assert custody.digest(folder / "a") == expected
    monkeypatch.setattr(custody, "BLOCK", 2)
    assert custody.digest(folder / "a") == expected, "read in blocks it is the same"
    assert custody.text_digest("rye") == expected


def change_byte(folder):
    (folder / "a").write_bytes(b"rya")


def rename(folder):
    (folder / "a").rename(folder / "c")


def move(folder):
    (folder / "a").rename(folder / "crust" / "a")


def add(folder):
    (folder / "empty").touch()


def remove(folder):
    (folder / "crust" / "b").unlink()


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [change_byte, rename, move, add, remove])
def test_a_folders_digest_changes_with_any_name_or_byte_in_it(folder, spoil):
    before = custody.digest(folder)
    spoil(folder)
    assert custody.digest(folder) != before


@pytest.mark.slow
def test_a_folders_digest_knows_no_place_and_no_bytecode(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "__pycache__").mkdir()
    (tmp_path / "elsewhere" / "__pycache__" / "a.pyc").touch()
    assert custody.digest(tmp_path / "elsewhere") == custody.digest(folder)


@pytest.mark.slow
def test_links_hold_inputs_and_outputs_that_are_there(folder):
    paths = {"a": folder / "a", "b": folder / "crust", "c": folder / "never", "d": folder / "a"}
    kinds = {"a": "input", "b": "output", "c": "output", "d": "figures"}
    assert custody.links(kinds, paths) == {
        "inputs": {paths["a"].as_posix(): custody.digest(paths["a"])},
        "outputs": {paths["b"].as_posix(): custody.digest(paths["b"])},
    }


@pytest.mark.slow
def test_an_untouched_chain_holds(made):
    assert custody.verify(LAST) == []


def flip(path: str) -> None:
    """Change one bit of the middle byte of a file."""
    content = bytearray(Path(path).read_bytes())
    content[len(content) // 2] ^= 1
    Path(path).write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("data/raw/orders.csv", "data/raw/orders.csv: its bytes changed after `ingest`"),
        ("schema.yaml", "schema.yaml: its bytes changed after `ingest`"),
        ("data/dataset/test.parquet", "data/dataset: its bytes changed after `ingest`"),
        ("data/features/train.parquet", "data/features: its bytes changed after `featurize`"),
        ("models/featurizer.skops", "models/featurizer.skops: its bytes changed after `featurize`"),
        ("models/model.skops", "models/model.skops: its bytes changed after `train`"),
        ("reports/plots/roc.csv", "reports/plots: its bytes changed after `evaluate`"),
    ],
)
def test_one_changed_byte_anywhere_breaks_the_chain_and_the_link_is_named(made, path, link):
    flip(path)
    assert link in custody.verify(LAST)


@pytest.mark.slow
@pytest.mark.parametrize("name", RECORDS)
def test_one_more_byte_in_a_record_breaks_the_chain(made, name):
    path = Path(f"reports/{name}.json")
    path.write_text(path.read_text() + " ")
    assert custody.verify(LAST) == [f"{path}: its bytes changed after `package`"]


@pytest.mark.slow
@pytest.mark.parametrize("name", RECORDS)
def test_a_verdict_other_than_passed_breaks_the_chain(made, name):
    path = Path(f"reports/{name}.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "verdict": "failed"}))
    assert f"{path}: the gate `{name}` did not pass" in custody.verify(LAST)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("section", "key", "value"),
    [("evaluate", "decision_threshold", 0.4), ("check_model", "rows", 9), ("ingest", "seed", 2)],
)
def test_a_parameter_changed_since_the_stage_read_it_breaks_the_chain(
    made, change, section, key, value
):
    change(section, **{key: value})
    assert f"params.yaml: `{section}.{key}` changed after `{section}`" in custody.verify(LAST)


@pytest.mark.slow
def test_another_sections_parameters_break_nothing(made, change):
    change("deploy", port=3001)
    assert custody.verify(LAST) == []


def test_a_file_that_is_gone_breaks_the_chain(made):
    Path("models/model.skops").unlink()
    assert "models/model.skops: is missing, and `train` used it" in custody.verify(LAST)


def test_a_stage_that_read_another_file_than_the_chain_holds_is_named(made):
    """A verdict on another model must not bless this one."""
    path = Path("reports/train.json")
    record = json.loads(path.read_text())
    record["outputs"]["models/model.skops"] = custody.text_digest("another model")
    path.write_text(json.dumps(record))
    wrong = "models/model.skops: `check_model` read another one than the chain holds now"
    assert wrong in custody.verify(LAST)


@pytest.mark.slow
def test_a_summary_names_each_file_verdict_and_the_parameters(made):
    found = custody.summary(LAST)
    assert found["verdicts"] == dict.fromkeys((*RECORDS, "package"), "passed")
    assert found["files"]["models/model.skops"] == custody.digest(Path("models/model.skops"))
    text = json.dumps(params.section("evaluate"), sort_keys=True)
    assert found["params"]["evaluate"] == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.mark.slow
@pytest.mark.parametrize("content", ["[]", "{}", '{"stage": "train"}'])
def test_a_file_that_is_no_record_is_a_refusal(made, content):
    LAST.write_text(content)
    with pytest.raises(Refusal, match=r"release/bento.json is not a stage's record"):
        custody.verify(LAST)


@pytest.mark.slow
def test_a_missing_record_is_a_refusal(made):
    LAST.unlink()
    with pytest.raises(Refusal, match=r"release/bento.json is missing"):
        custody.verify(LAST)
