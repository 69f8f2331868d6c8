"""How an image is built: its base, its wheels, and the commit that it names."""

import sys
from pathlib import Path

import pytest

from engine import write_program
from pipeline.core import custody
from pipeline.core.errors import Refusal
from pipeline.release import engine, images


def test_a_base_image_that_is_not_there_is_pulled(fake):
    image = images.base_image(engine.find(), "python:new")
    assert image["Id"] == "sha256:python:new"
    assert fake.calls_of("pull") == ["pull --quiet python:new"]


def test_a_base_image_that_cannot_be_had_is_a_refusal(fake):
    fake.change(fail={"pull": "no network"})
    with pytest.raises(Refusal, match=r"python:new is not here and cannot be pulled \(.*no netw"):
        images.base_image(engine.find(), "python:new")


def test_a_base_image_with_another_python_is_refused(fake):
    fake.change(python="2.7")
    with pytest.raises(Refusal, match=r"python:old has Python 2.7, and the model was trained by"):
        images.require_same_python(engine.find(), "python:old")


@pytest.fixture
def pip(tmp_path, monkeypatch):
    """A fake Python whose `pip download` is the given shell script; `$WHEELS` is where to."""
    monkeypatch.chdir(tmp_path)

    def pip(script: str) -> None:
        find = 'for word; do test "$last" = --dest && WHEELS="$word"; last="$word"; done'
        write_program(tmp_path / "bin", "python", f'{find}\nmkdir -p "$WHEELS"\n{script}')
        monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))

    Path("serve.txt").write_text("flour==1\n")
    return pip


@pytest.mark.slow
def test_wheels_are_fetched_once(pip):
    pip('touch "$WHEELS/flour.whl"; echo once >> calls')
    for _ in range(2):
        folder = images.download(Path("serve.txt"))
        assert [path.name for path in folder.iterdir()] == ["flour.whl"]
    assert Path("calls").read_text() == "once\n"


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo note >&2; echo 'ERROR: no flour' >&2; exit 1", "cannot be fetched: ERROR: no flour"),
        ("exit 1", "cannot be fetched: no reason given"),
    ],
)
def test_wheels_that_failed_are_fetched_again(pip, script, sentence):
    pip(script)
    with pytest.raises(Refusal, match=sentence):
        images.download(Path("serve.txt"))
    pip('touch "$WHEELS/flour.whl"')
    assert images.download(Path("serve.txt")).name == custody.digest(Path("serve.txt"))[7:23]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("git", "commit"),
    [
        ('test "$1" = diff || echo abc', "abc"),
        ('test "$1" = diff && exit 1; echo abc', "abc+changes"),
    ],
)
def test_the_revision_is_the_commit_and_marks_changes(nothing_on_path, git, commit):
    write_program(nothing_on_path, "git", git)
    assert images.revision() == commit


def test_without_git_or_a_commit_there_is_no_revision(nothing_on_path):
    with pytest.raises(Refusal, match="`git` is not installed"):
        images.revision()
    write_program(nothing_on_path, "git", "exit 128")
    with pytest.raises(Refusal, match="no git commit to name in the image; commit the project"):
        images.revision()
