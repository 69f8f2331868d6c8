"""How a stage starts, fails and leaves its record."""

import datetime
import errno
import hashlib
import json
import os
import signal
from pathlib import Path

import pytest

from pipeline.core import console, timings
from pipeline.core.errors import CouldNotTell, GateClosed, Refusal
from pipeline.core.stage import IfThere, Input, Output, Report

HERE = Path(__file__).stem  # a stage's name is that of its module


def copy(source: Input, target: Output, report: Report) -> dict:
    """Copy a file and say how long it is; what it holds may be the error to raise."""
    text = source.read_text()
    if text in ERRORS:
        raise ERRORS[text]
    target.write_text(text)
    return {"length": len(text)}


def check(source: Input) -> None:
    """Copy nothing and leave no record."""


ERRORS = {
    "refuse": Refusal("the bread\nis stale"),
    "unsure": CouldNotTell("the oven does not answer"),
    "close": GateClosed(["too salty", "too flat"], {"salt": 3}),
    "interrupt": KeyboardInterrupt(),
    "full": OSError(errno.ENOSPC, "No space left on device", "bread.csv"),
    "locked": PermissionError(errno.EACCES, "Permission denied", "oven"),
    "readonly": OSError(errno.EROFS, "Read-only file system", "oven"),
    "other": IsADirectoryError(errno.EISDIR, "Is a directory", "oven"),
    "bare": OSError("the oven is cold"),
}
PATHS = ("--source", "in.txt", "--target", "out/copy.txt", "--report", "reports/copy.json")


@pytest.fixture
def source(tmp_path, monkeypatch):
    """The stage's input, in a project whose params.yaml has a section for it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pipeline.core.params.SECTIONS", (HERE,))
    Path("params.yaml").write_text(f"{HERE}: {{seed: 1}}\n")
    Path("in.txt").write_text("rye")
    return Path("in.txt")


def report() -> dict:
    return json.loads(Path("reports/copy.json").read_text())


@pytest.mark.slow
def test_a_record_names_stage_verdict_parameters_and_digests(source, run):
    assert run(copy, *PATHS).code == 0
    made, sha = report(), f"sha256:{hashlib.sha256(b'rye').hexdigest()}"
    assert (made["inputs"], made["outputs"]) == ({"in.txt": sha}, {"out/copy.txt": sha})
    assert (made["stage"], made["verdict"], made["length"]) == (HERE, "passed", 3)
    assert made["params"] == {"seed": 1}


@pytest.mark.slow
def test_a_record_is_the_same_byte_for_byte_each_time(source, run):
    run(copy, *PATHS)
    first = Path("reports/copy.json").read_bytes()
    run(copy, *PATHS)
    assert Path("reports/copy.json").read_bytes() == first


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("refuse", 1, "test_stage: the bread is stale"),
        ("unsure", 3, "test_stage: the oven does not answer"),
        ("close", 1, "  - too flat"),
        ("interrupt", 130, "interrupted; run the same command again"),
        ("full", 1, "the disk is full (bread.csv); free some space"),
        ("locked", 1, "no permission to write or read (oven)"),
        ("readonly", 1, "no permission to write or read (oven)"),
        ("other", 1, "Is a directory (oven)"),
        ("bare", 1, "the oven is cold"),
    ],
)
def test_an_error_is_one_sentence_and_its_exit_code(source, run, text, code, sentence):
    source.write_text(text)
    ended = run(copy, *PATHS)
    assert ended.code == code
    assert sentence in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.slow
def test_a_closed_gate_keeps_what_it_measured_and_why_it_closed(source, run):
    source.write_text("close")
    run(copy, *PATHS)
    made = report()
    assert (made["verdict"], made["salt"]) == ("failed", 3)
    assert made["reasons"] == ["too salty", "too flat"]
    assert made["outputs"] == {}, "an output that was never written has no digest"


@pytest.mark.slow
@pytest.mark.parametrize("text", ["refuse", "unsure", "interrupt"])
def test_a_former_verdict_does_not_survive_a_stop(source, run, text):
    run(copy, *PATHS)
    source.write_text(text)
    run(copy, *PATHS)
    assert not Path("reports/copy.json").exists()


def test_a_missing_input_is_named_before_anything_is_made(source, run):
    source.unlink()
    ended = run(copy, *PATHS)
    assert ended.code == 1
    assert "in.txt is missing; `dvc repro`" in ended.err
    assert not Path("out").exists()


def test_an_input_that_cannot_be_read_is_named(source, run, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may read everything
    assert "in.txt cannot be read; check its owner and mode" in run(copy, *PATHS).err


@pytest.mark.slow
def test_a_stage_without_a_report_reads_no_parameters(source, run):
    Path("params.yaml").unlink()
    assert run(check, "--source", source).code == 0


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--source",), ("--sour", "in.txt"), ("--other", "x")])
def test_a_command_line_with_other_options_is_refused(source, run, words):
    assert run(check, *(words or ("--nothing",))).code == 2


def test_sigterm_passes_through_the_finally_clauses(source, run, monkeypatch):
    def stopped(source: Input) -> None:
        """Be stopped half-way."""
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            Path("cleaned").touch()

    monkeypatch.setitem(globals(), "stopped", stopped)
    assert run(stopped, "--source", source).code == 130
    assert Path("cleaned").exists()


@pytest.mark.slow
def test_how_long_it_took_is_noted_beside_the_record_it_came_to(source, run):
    assert run(copy, *PATHS).code == 0
    record = Path("reports/copy.json").read_bytes()
    (noted,) = timings.timings().values()
    assert noted["record"] == f"sha256:{hashlib.sha256(record).hexdigest()}"
    assert 0 <= noted["seconds"] < 60
    datetime.datetime.fromisoformat(noted["ended_at"])
    source.write_text("close")
    assert run(copy, *PATHS).code == 1
    (again,) = timings.timings().values()
    assert again["record"] != noted["record"], "a closed gate took its time too"
    assert run(copy, *PATHS).code == 1
    assert b"seconds" not in Path("reports/copy.json").read_bytes()


def look(source: IfThere) -> None:
    """Say whether there is something."""
    console.say("there" if source.exists() else "not there")


@pytest.mark.slow
def test_what_is_read_where_it_is_there_may_be_absent_and_no_folder_is_made_for_it(source, run):
    ended = run(look, "--source", "nowhere/in.txt")
    assert (ended.code, ended.out) == (0, "not there\n")
    assert not Path("nowhere").exists()
