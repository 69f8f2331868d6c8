"""What every place to deploy to can do."""

import inspect

import pytest

from pipeline.production import target as targets
from pipeline.production.manifests import Manifests
from pipeline.production.swarm_target import SwarmTarget


def parameters(method) -> list[str]:
    return list(inspect.signature(method).parameters)


@pytest.mark.parametrize(
    ("place", "protocol"),
    [(SwarmTarget, targets.WatchedTarget), (SwarmTarget, targets.Target),
     (Manifests, targets.Target)],
)  # fmt: skip
def test_a_place_has_the_methods_of_its_protocol(place, protocol):
    methods = [name for name, _ in inspect.getmembers(protocol, inspect.isfunction)]
    methods = [name for name in methods if not name.startswith("_")]
    assert len(methods) == (9 if protocol is targets.WatchedTarget else 5)
    for name in methods:
        own = getattr(inspect.unwrap(getattr(place, name)), "__wrapped__", getattr(place, name))
        assert parameters(own) == parameters(getattr(protocol, name)), name


def test_manifests_cannot_be_watched():
    assert not issubclass(Manifests, targets.WatchedTarget)
