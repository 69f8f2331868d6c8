"""What runs in production, and whether it answers."""

from pathlib import Path

import pytest

from mock_releases import release_of
from pipeline.production import status
from pipeline.production.releases import write_history

DEPLOYMENT = Path("release/deployment.json")
ONE, TWO = release_of(1), release_of(2)


@pytest.fixture
def deployed(oven, fake):
    """Release 2 runs, release 1 did before."""
    oven.add(TWO)
    fake.add_service(TWO)
    write_history(DEPLOYMENT, [TWO, {**ONE, "deployed_at": "2024-05-01T00:00:00+00:00"}])
    return oven


def test_the_running_release_is_named(deployed, run):
    ended = run(status.main, "--deployment", DEPLOYMENT)
    assert ended.code == 0
    assert "status: bakery:2 (sha256:2), since 20" in ended.out
    assert "status: 2 of 2 replicas answer at http://localhost:" in ended.out


def test_nothing_deployed_is_no_error_and_needs_no_engine(project, run, nothing_on_path):
    ended = run(status.main, "--deployment", DEPLOYMENT)
    assert ended.code == 0
    assert "nothing is deployed; `make validate deploy` does it" in ended.out


def test_the_machinery_is_told_whether_anything_is_deployed_or_not(project, run):
    Path(".template.json").write_text('{"version": "1.4.0", "machinery": {"Makefile": "sha256:0"}}')
    ended = run(status.main, "--deployment", DEPLOYMENT)
    assert ended.code == 0
    assert ended.out.startswith("status: machinery 1.4.0, but for ")


def test_production_that_is_down_is_an_error(deployed, fake, run):
    fake.change(services={})
    ended = run(status.main, "--deployment", DEPLOYMENT)
    assert ended.code == 1
    assert "production is down: nothing is deployed; `make deploy` starts it" in ended.err


@pytest.mark.slow
def test_another_answer_than_the_blessed_one_is_an_error(deployed, run):
    deployed.answers["sha256:2"]["model"] = "m7"
    ended = run(status.main, "--deployment", DEPLOYMENT)
    assert ended.code == 1
    assert "it serves the model m7, not m2" in ended.err


def test_another_release_than_the_deployed_one_is_an_error(deployed, fake, run):
    fake.add_service(ONE)
    ended = run(status.main, "--deployment", DEPLOYMENT)
    assert ended.code == 1
    assert "bakery:1 runs, and not what release/deployment.json names" in ended.err
