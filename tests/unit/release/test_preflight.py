"""Look whether the engine still has the image that the record names."""

from pathlib import Path

import pytest

from pipeline.core.files import write_json
from pipeline.release import preflight

IMAGE = Path("release/image.json")


@pytest.fixture
def record(project):
    """Write release/image.json."""
    return lambda **content: write_json(IMAGE, content)


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ({"sandbox": "container", "image": "sha256:1"}, True),
        ({"sandbox": "container", "image": "sha256:gone"}, False),
        ({"sandbox": "process"}, False),
    ],
)
def test_a_record_stays_while_the_engine_can_stand_behind_it(record, fake, run, content, kept):
    fake.add_image("sha256:1")
    record(**content)
    assert run(preflight.main, "--image", IMAGE).code == 0
    assert IMAGE.exists() == kept


def test_without_an_engine_a_record_of_a_process_stays(record, nothing_on_path, run):
    record(sandbox="process")
    assert run(preflight.main, "--image", IMAGE).code == 0
    assert IMAGE.exists()


@pytest.mark.slow
def test_where_a_container_is_demanded_a_missing_engine_is_told_at_once(
    project, nothing_on_path, run, monkeypatch
):
    monkeypatch.setenv("SANDBOX", "container")
    ended = run(preflight.main, "--image", IMAGE)
    assert ended.code == 3
    assert "no container engine answers" in ended.err


@pytest.mark.slow
def test_without_a_record_there_is_nothing_to_drop(project, fake, run):
    assert run(preflight.main, "--image", IMAGE).code == 0
    assert fake.calls == ["version"]
