"""A model on disk: deterministic, and loaded without running code from it."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from skops import io as skops_io

from pipeline.core.errors import Refusal
from pipeline.model import model_file


@pytest.fixture
def path(tmp_path, model) -> Path:
    model_file.save(model, tmp_path / "models" / "model.skops")
    return tmp_path / "models" / "model.skops"


@pytest.mark.slow
def test_saving_twice_gives_the_same_bytes(path, model, tmp_path):
    model_file.save(model, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    model_file.save(model_file.load(path), tmp_path / "one")
    model_file.save(model_file.load(path), tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.slow
def test_a_loaded_model_scores_to_the_last_bit_as_before(path, model, typed, rules):
    rows = typed[rules.features]
    assert np.array_equal(model_file.load(path).predict_proba(rows), model.predict_proba(rows))


@pytest.mark.slow
def test_the_file_holds_no_address_no_date_and_no_half(path):
    with zipfile.ZipFile(path) as archive:
        assert {info.date_time for info in archive.infolist()} == {model_file.EPOCH}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_DEFLATED}
        schema = archive.read("schema.json").decode()
    assert "_stop_words_id" not in schema
    assert max(ids(json.loads(schema))) < 10_000, "ids count from 1"
    assert [file.name for file in path.parent.iterdir()] == ["model.skops"]


def ids(node) -> list[int]:
    """Return every id in a skops schema."""
    if isinstance(node, list):
        return [found for item in node for found in ids(item)]
    if not isinstance(node, dict):
        return []
    own = [node["__id__"]] if "__id__" in node else []
    return own + [found for item in node.values() for found in ids(item)]


class Oven:
    """A type that nobody reviewed."""


def test_a_type_that_is_not_trusted_is_not_built(tmp_path):
    skops_io.dump(Oven(), tmp_path / "oven")
    with pytest.raises(
        Refusal, match=r"a type that pipeline/model/model_file.py does not trust: .*Oven"
    ):
        model_file.load(tmp_path / "oven")


@pytest.mark.slow
def test_a_model_of_another_scikit_learn_is_refused(path, monkeypatch):
    monkeypatch.setattr("sklearn.base.__version__", "0.1")
    with pytest.raises(Refusal, match=r"0\.1"):
        model_file.load(path)


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04 cut"])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    (tmp_path / "model.skops").write_bytes(content)
    with pytest.raises(Refusal, match="is not a model that can be read"):
        model_file.load(tmp_path / "model.skops")


def test_an_archive_without_a_model_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as archive:
        archive.writestr("schema.json", "{}")
    with pytest.raises(Refusal, match="is not a model that can be read"):
        model_file.load(tmp_path / "model.skops")


@pytest.mark.slow
@pytest.mark.parametrize("where", [0.1, 0.4, 0.5, 0.6, 0.9])
def test_a_changed_byte_is_refused_in_a_sentence(path, where):
    content = bytearray(path.read_bytes())
    content[int(len(content) * where)] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(Refusal, match=r"model.skops"):
        model_file.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Refusal, match=r"model.skops is missing; `dvc repro train` makes it"):
        model_file.load(tmp_path / "model.skops")
