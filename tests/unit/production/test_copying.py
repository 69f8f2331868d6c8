"""Files out of an image."""

import pytest

from pipeline.production.copying import copy_out
from pipeline.release.engine import Engine, EngineError


def test_a_folder_is_copied_by_a_container_that_never_starts(fake, tmp_path):
    fake.add_image("sha256:1")
    fake.change(files={"a.txt": "crumble"})
    copy_out(Engine("docker"), "sha256:1", "/data", tmp_path / "copy", "--network=none")
    assert (tmp_path / "copy/a.txt").read_text() == "crumble"
    assert fake.calls_of("create") == ["create --network=none sha256:1"]
    assert fake.calls_of("run") == []
    assert fake.state["containers"] == {}


def test_the_container_is_removed_when_copying_fails(fake, tmp_path):
    fake.add_image("sha256:1")
    fake.change(fail={"cp": "no space left"})
    with pytest.raises(EngineError, match="no space left"):
        copy_out(Engine("docker"), "sha256:1", "/data", tmp_path)
    assert fake.state["containers"] == {}
