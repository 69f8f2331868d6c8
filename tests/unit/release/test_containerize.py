"""Bento -> image: built only when the engine does not have it."""

import json
from pathlib import Path

import pytest

from engine import write_program
from pipeline.core import custody
from pipeline.release import containerize, images

REPORT = Path("release/image.json")


def record() -> dict:
    return json.loads(REPORT.read_text())


def test_the_record_names_image_base_and_commit(blessed, fake):
    built = record()
    image = fake.state["images"][built["image"]]
    assert built["bento"] in image["tags"]
    assert image["labels"][images.BENTO] == custody.digest(Path("release/bento"))
    assert (built["base"], built["sandbox"]) == ("sha256:base", "container")
    assert built["revision"] == image["labels"][images.REVISION] == "0123abcd"


def test_an_image_that_is_there_is_not_built_again(blessed, fake, run):
    before = record()
    held = fake.state["images"]
    held[before["image"]]["tags"] = []
    fake.change(images=held)
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
def test_an_image_that_runs_as_root_is_refused(blessed, fake, run, user):
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


@pytest.mark.slow
def test_the_context_is_bento_wheels_and_recipe(blessed):
    context = json.loads(Path("engine.json").read_text())["context"]
    assert set(context) == {"Dockerfile", "root.py", "bento", "wheels"}
