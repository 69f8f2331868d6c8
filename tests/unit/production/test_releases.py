"""Releases, and the history of those that were deployed."""

import json

import pytest

from mock_releases import release_of
from pipeline.core.errors import Refusal
from pipeline.production import releases


def test_a_release_holds_what_running_its_image_again_needs():
    blessing = {
        "bento": "bakery:1", "image": "sha256:1", "model": "m1", "golden": {"row": {}},
        "revision": "0123abcd", "params": {"memory": "1g", "cpus": 2.0, "tries": 1},
        "chain": {"files": {"data/dataset": "sha256:2"}}, "verdict": "passed",
    }  # fmt: skip
    release = releases.release_of(blessing, "sha256:blessing")
    assert set(release) == releases.Release.__required_keys__
    assert release["reference"] == "sha256:1", "by default this machine's own image"
    assert release["limits"] == {"memory": "1g", "cpus": 2.0}
    assert release["files"] == {"data/dataset": "sha256:2"}
    pushed = releases.release_of(blessing, "sha256:blessing", "registry/bakery@sha256:3")
    assert (pushed["image"], pushed["reference"]) == ("sha256:1", "registry/bakery@sha256:3")


@pytest.mark.slow
def test_the_history_is_short_and_its_first_release_has_a_time(tmp_path):
    path = tmp_path / "deployment.json"
    assert releases.history(path) == []
    releases.write_history(path, [release_of(number) for number in range(20)])
    history = releases.history(path)
    assert [release["model"] for release in history] == [f"m{n}" for n in range(11)]
    assert history[0]["deployed_at"].endswith("+00:00")
    releases.write_history(path, [])
    assert json.loads(path.read_text()) == {"releases": []}


def test_an_unreadable_history_is_named(tmp_path):
    (tmp_path / "deployment.json").write_text("{")
    with pytest.raises(Refusal, match=r"deployment\.json is not JSON"):
        releases.history(tmp_path / "deployment.json")
