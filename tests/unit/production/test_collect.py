"""The log of predictions is copied out of its volume."""

from pathlib import Path

import pytest

from mock_releases import release_of
from pipeline.core.errors import Refusal
from pipeline.production import swarm_target
from pipeline.production.collect import collect

LOG = Path("data/live/log")


@pytest.mark.slow
def test_the_log_is_copied_out_of_the_volume(oven, fake):
    oven.add(release_of(1))
    fake.add_service(release_of(1))
    fake.change(files={"predictions-2024-05-01-a-0001.jsonl": "{}\n"})
    collect(swarm_target.current(), LOG)
    assert [path.name for path in LOG.iterdir()] == ["predictions-2024-05-01-a-0001.jsonl"]
    assert "--volume=bakery_predictions:/predictions" in fake.calls_of("create")[-1]
    assert set(fake.state["containers"]) == {"bakery-proxy"}, "the helper container is removed"


def test_without_a_deployment_there_is_no_log(oven):
    with pytest.raises(Refusal, match="nothing is deployed; `make deploy` does it"):
        collect(swarm_target.current(), LOG)
