"""How long each stage took."""

import errno

import pytest

from pipeline.core import timings


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)


def test_a_time_is_noted_beside_the_others():
    timings.note_time("ingest", 1.23456, "sha256:1")
    timings.note_time("train", 2.0, "sha256:2")
    assert list(timings.timings()) == ["ingest", "train"]
    assert timings.timings()["ingest"]["seconds"] == 1.235
    assert timings.timings()["train"]["record"] == "sha256:2"


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_times_that_cannot_be_read_are_begun_anew(text):
    timings.TIMINGS.parent.mkdir()
    timings.TIMINGS.write_text(text)
    assert timings.timings() == {}
    timings.note_time("ingest", 1.0, "sha256:1")
    assert list(timings.timings()) == ["ingest"]


def test_a_time_that_cannot_be_written_stops_nothing(monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(timings, "write_json", full)
    timings.note_time("ingest", 1.0, "sha256:1")
    assert timings.timings() == {}
