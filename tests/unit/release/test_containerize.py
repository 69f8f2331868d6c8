"""Bento -> image: built only when the engine does not have it."""

import json
from pathlib import Path

import pytest

from engine import write_program
from pipeline.core import custody
from pipeline.core.errors import Refusal
from pipeline.release import containerize, engine

REPORT = Path("release/image.json")


def record() -> dict:
    return json.loads(REPORT.read_text())


def test_the_record_names_image_base_and_commit(blessed, fake):
    found = record()
    image = fake.state["images"][found["image"]]
    assert found["bento"] in image["tags"]
    assert image["labels"][containerize.BENTO] == custody.digest(Path("release/bento"))
    assert (found["base"], found["sandbox"]) == ("sha256:base", "container")
    assert found["revision"] == image["labels"][containerize.REVISION] == "0123abcd"


@pytest.mark.slow
def test_the_context_is_bento_wheels_and_recipe(blessed):
    context = json.loads(Path("engine.json").read_text())["context"]
    assert set(context) == {"Dockerfile", "root.py", "bento", "wheels"}


def test_an_image_that_is_there_is_not_built_again(blessed, fake, run):
    before = record()
    images = fake.state["images"]
    images[before["image"]]["tags"] = []
    fake.change(images=images)
    assert run(containerize.main).code == 0
    assert fake.calls_of("build") == []
    assert record() == before
    assert before["bento"] in fake.state["images"][before["image"]]["tags"], "it is tagged again"


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", ["release/bento/src/serve.py", "deploy/Dockerfile", "deploy/root.py"]
)
def test_another_bento_or_recipe_is_another_image(blessed, fake, run, path):
    Path(path).write_text(Path(path).read_text() + "\n")
    assert run(containerize.main).code == 0
    assert len(fake.calls_of("build")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("user", ["", "0", "root", "root:root"])
def test_an_image_whose_server_would_be_root_is_refused(blessed, fake, run, user):
    fake.change(user=user)
    ended = run(containerize.main)
    assert ended.code == 1
    assert "deploy/Dockerfile: the server would be root; name another USER" in ended.err
    assert record()["verdict"] == "failed"


def test_without_an_engine_the_record_says_so(made, nothing_on_path, run):
    write_program(nothing_on_path, "git", 'test "$1" = diff || echo 0123abcd')
    ended = run(containerize.main)
    assert ended.code == 0
    assert "no container engine; the Bento will be started as a process" in ended.out
    assert (record()["sandbox"], record()["revision"]) == ("process", "0123abcd")
    assert "image" not in record()


@pytest.mark.slow
def test_where_a_container_is_demanded_no_engine_is_could_not_tell(
    made, nothing_on_path, run, monkeypatch
):
    monkeypatch.setenv("SANDBOX", "container")
    ended = run(containerize.main)
    assert ended.code == 3
    assert "no container engine answers" in ended.err
    assert not REPORT.exists()


def test_a_base_image_that_is_not_there_is_pulled(fake):
    found = containerize.base_image(engine.find(), "python:new")
    assert found["Id"] == "sha256:python:new"
    assert fake.calls_of("pull") == ["pull --quiet python:new"]


def test_a_base_image_that_cannot_be_had_is_a_refusal(fake):
    fake.change(fail={"pull": "no network"})
    with pytest.raises(Refusal, match=r"python:new is not here and cannot be pulled \(.*no netw"):
        containerize.base_image(engine.find(), "python:new")


def test_a_base_image_with_another_python_is_refused(fake):
    fake.change(python="2.7")
    with pytest.raises(Refusal, match=r"python:old has Python 2.7, and the model was trained by"):
        containerize.require_same_python(engine.find(), "python:old")


@pytest.fixture
def pip(tmp_path, monkeypatch):
    """A fake Python whose `pip download` is the given shell script; `$WHEELS` is where to."""
    monkeypatch.chdir(tmp_path)

    def pip(script: str) -> None:
        find = 'for word; do test "$last" = --dest && WHEELS="$word"; last="$word"; done'
        write_program(tmp_path / "bin", "python", f'{find}\nmkdir -p "$WHEELS"\n{script}')
        monkeypatch.setattr(containerize.sys, "executable", str(tmp_path / "bin" / "python"))

    Path("serve.txt").write_text("flour==1\n")
    return pip


@pytest.mark.slow
def test_wheels_are_fetched_once(pip):
    pip('touch "$WHEELS/flour.whl"; echo once >> calls')
    for _ in range(2):
        folder = containerize.download(Path("serve.txt"))
        assert [path.name for path in folder.iterdir()] == ["flour.whl"]
    assert Path("calls").read_text() == "once\n"


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo note >&2; echo 'ERROR: no flour' >&2; exit 1", "cannot be fetched: ERROR: no flour"),
        ("exit 1", "cannot be fetched: pip gave no reason"),
    ],
)
def test_wheels_that_cannot_be_fetched_are_a_refusal_and_fetched_anew(pip, script, sentence):
    pip(script)
    with pytest.raises(Refusal, match=sentence):
        containerize.download(Path("serve.txt"))
    pip('touch "$WHEELS/flour.whl"')
    assert containerize.download(Path("serve.txt")).name == custody.digest(Path("serve.txt"))[7:23]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("git", "commit"),
    [
        ('test "$1" = diff || echo abc', "abc"),
        ('test "$1" = diff && exit 1; echo abc', "abc+changes"),
    ],
)
def test_the_revision_is_the_commit_and_whether_files_differ(nothing_on_path, git, commit):
    write_program(nothing_on_path, "git", git)
    assert containerize.revision() == commit


def test_without_git_or_a_commit_there_is_no_revision(nothing_on_path):
    with pytest.raises(Refusal, match="git is not installed"):
        containerize.revision()
    write_program(nothing_on_path, "git", "exit 128")
    with pytest.raises(Refusal, match="no git commit to name in the image; commit the project"):
        containerize.revision()
