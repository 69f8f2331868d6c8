"""Stop production; its log of predictions is kept."""

from pathlib import Path

import pytest

from mock_releases import release_of
from pipeline.production import undeploy
from pipeline.production.releases import history, write_history

DEPLOYMENT, LOG = Path("release/deployment.json"), Path("data/live/log")
WORDS = ("--deployment", DEPLOYMENT, "--log", LOG)


def test_production_is_gone_and_its_predictions_are_kept(oven, fake, run):
    write_history(DEPLOYMENT, [release_of(1)])
    oven.add(release_of(1))
    fake.add_service(release_of(1))
    fake.add_container("another", "sha256:1")
    fake.change(files={"predictions-2024-05-01.jsonl": "{}\n"})
    ended = run(undeploy.main, *WORDS)
    assert ended.code == 0
    assert set(fake.state["containers"]) == {"another"}
    assert fake.served == {}
    assert (LOG / "predictions-2024-05-01.jsonl").exists()
    assert history(DEPLOYMENT) == []


def test_undeploying_twice_is_harmless(oven, fake, run):
    for _ in range(2):
        ended = run(undeploy.main, *WORDS)
        assert ended.code == 0
        assert "undeploy: nothing is deployed" in ended.out


@pytest.mark.slow
def test_production_stays_when_its_log_cannot_be_copied(oven, fake, run):
    oven.add(release_of(1))
    fake.add_service(release_of(1))
    fake.change(fail={"cp": "no space left"})
    ended = run(undeploy.main, *WORDS)
    assert ended.code == 1
    assert "docker cp failed: Error: no space left" in ended.err
    assert fake.served == {"bakery_server": "sha256:1"}
