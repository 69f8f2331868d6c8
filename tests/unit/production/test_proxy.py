"""The proxy before the replicas."""

import pytest

from pipeline.core.errors import Refusal
from pipeline.production.proxy import Proxy
from pipeline.release import engine


@pytest.fixture
def make(oven, fake):
    """`make(port)`: the proxy of the bakery's stack."""
    return lambda port=3000: Proxy(engine.find("container"), "bakery", "proxy:1", port)


@pytest.mark.slow
def test_it_runs_on_the_stacks_network_and_publishes_the_port(make, fake):
    made = make()
    assert not made.running()
    made.up("bakery_inside")
    assert made.running()
    (call,) = fake.calls_of("run")
    for word in ("--network=bakery_inside", "--env=STACK=bakery", ":3000:8080", "--read-only"):
        assert word in call
    assert "PROXY=proxy:1" in fake.calls_of("build")[0]


@pytest.mark.slow
def test_one_that_runs_with_the_same_settings_goes_on(make, fake):
    made = make()
    made.up("bakery_inside")
    state = fake.state
    image = state["containers"]["bakery-proxy"]["image"]
    fake.change(images={}, containers=state["containers"])
    made.up("bakery_inside")
    assert fake.state["containers"]["bakery-proxy"]["image"] == image
    assert len(fake.calls_of("run")) == 1


@pytest.mark.slow
def test_another_port_is_another_proxy(make, fake):
    make().up("bakery_inside")
    make(3001).up("bakery_inside")
    assert ":3001:8080" in fake.calls_of("run")[1]


@pytest.mark.slow
def test_its_address_is_the_engines_host(make, monkeypatch):
    assert make().address == "http://localhost:3000"
    monkeypatch.setenv("DOCKER_HOST", "")
    assert make().address == "http://127.0.0.1:3000"


def test_an_image_that_cannot_be_had_is_named_with_its_parameter(make, fake):
    fake.change(fail={"build": "pull access denied"})
    with pytest.raises(
        Refusal, match=r"made of proxy:1 \(.*pull access denied.*deploy.proxy_image"
    ):
        make().up("bakery_inside")
    assert fake.calls_of("run") == []


@pytest.mark.slow
def test_removing_it_twice_does_no_harm(make, fake):
    made = make()
    made.up("bakery_inside")
    made.remove()
    made.remove()
    assert not made.running()
