"""The release before the current one runs again."""

import json
from pathlib import Path

import pytest

from mock_releases import release_of
from pipeline.production import rollback
from pipeline.production.releases import history, write_history

DEPLOYMENT = Path("release/deployment.json")
ONE, TWO = release_of(1), release_of(2)


@pytest.fixture
def deployed(oven, fake):
    """Release 2 runs, release 1 did before."""
    for release in (ONE, TWO):
        oven.add(release)
    fake.add_service(TWO)
    write_history(DEPLOYMENT, [TWO, ONE])
    return oven


def test_the_former_release_runs_again_and_comes_first(deployed, fake, run):
    ended = run(rollback.main, "--deployment", DEPLOYMENT)
    assert ended.code == 0
    assert "rollback: from bakery:2 to bakery:1" in ended.out
    assert fake.served == {"bakery_server": "sha256:1"}
    assert [release["model"] for release in history(DEPLOYMENT)] == ["m1"]
    assert json.loads(Path("deploy/champion/champion.json").read_text())["bento"] == "bakery:1"
    assert Path("deploy/champion/model.skops").read_text() == "the model in sha256:1"


def test_without_a_former_release_rollback_is_refused(deployed, fake, run):
    write_history(DEPLOYMENT, [TWO])
    ended = run(rollback.main, "--deployment", DEPLOYMENT)
    assert (ended.code, fake.served) == (1, {"bakery_server": "sha256:2"})
    assert "there is no former release to go back to" in ended.err


def test_a_missing_image_is_named(deployed, fake, run):
    fake.change(images={"sha256:2": fake.state["images"]["sha256:2"]})
    ended = run(rollback.main, "--deployment", DEPLOYMENT)
    assert "the engine has no image sha256:1 any more (bakery:1)" in ended.err
    assert fake.served == {"bakery_server": "sha256:2"}


@pytest.mark.slow
def test_a_former_release_that_does_not_answer_changes_nothing(deployed, fake, run):
    del deployed.answers["sha256:1"]
    assert run(rollback.main, "--deployment", DEPLOYMENT).code == 1
    assert fake.served == {"bakery_server": "sha256:2"}
    assert [release["model"] for release in history(DEPLOYMENT)] == ["m2", "m1"]
