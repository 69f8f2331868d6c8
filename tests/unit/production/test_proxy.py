"""The proxy in front of the replicas."""

import pytest

from pipeline.core.errors import Refusal
from pipeline.production.proxy import Proxy
from pipeline.production.target import Traffic
from pipeline.release import engine


@pytest.fixture
def make(oven, fake):
    """`make(port)`: the proxy of the bakery's stack."""
    return lambda port=3000: Proxy(engine.find("container"), "bakery", "proxy:1", port)


@pytest.mark.slow
def test_it_joins_the_stacks_network_and_publishes_the_port(make, fake):
    proxy = make()
    assert not proxy.running()
    proxy.up("bakery_inside")
    assert proxy.running()
    (call,) = fake.calls_of("run")
    for word in ("--network=bakery_inside", "--env=STACK=bakery", ":3000:8080", "--read-only"):
        assert word in call
    assert "PROXY=proxy:1" in fake.calls_of("build")[0]


@pytest.mark.slow
def test_a_proxy_with_the_same_settings_goes_on(make, fake):
    proxy = make()
    proxy.up("bakery_inside")
    state = fake.state
    image = state["containers"]["bakery-proxy"]["image"]
    fake.change(images={}, containers=state["containers"])
    proxy.up("bakery_inside")
    assert fake.state["containers"]["bakery-proxy"]["image"] == image
    assert len(fake.calls_of("run")) == 1


@pytest.mark.slow
def test_another_port_is_another_proxy(make, fake):
    make().up("bakery_inside")
    make(3001).up("bakery_inside")
    assert ":3001:8080" in fake.calls_of("run")[1]


@pytest.mark.slow
def test_its_address_has_the_engines_host(make, monkeypatch):
    assert make().address == "http://localhost:3000"
    monkeypatch.setenv("DOCKER_HOST", "")
    assert make().address == "http://127.0.0.1:3000"


def test_a_missing_image_is_named_with_its_parameter(make, fake):
    fake.change(fail={"build": "pull access denied"})
    with pytest.raises(
        Refusal, match=r"made of proxy:1 \(.*pull access denied.*deploy.proxy_image"
    ):
        make().up("bakery_inside")
    assert fake.calls_of("run") == []


@pytest.mark.slow
def test_removing_it_twice_is_harmless(make, fake):
    proxy = make()
    proxy.up("bakery_inside")
    proxy.remove()
    proxy.remove()
    assert not proxy.running()


METRICS = """\
# HELP haproxy_backend_http_responses_total Total number of HTTP responses.
# TYPE haproxy_backend_http_responses_total counter
haproxy_backend_http_responses_total{proxy="server",code="2xx"} 40
haproxy_backend_http_responses_total{proxy="canary",code="2xx"} 900
haproxy_backend_http_responses_total{proxy="server",code="5xx"} 2
# TYPE haproxy_backend_status gauge
haproxy_backend_status{proxy="server",state="UP"} 1
"""


@pytest.fixture
def served(make, serve):
    """`served(text)`: a proxy that answers the text at /proxy-metrics."""

    def served(text: str) -> Proxy:
        return make(serve(lambda method, path, body: (200, text)))

    return served


@pytest.mark.slow
def test_requests_of_all_clients_are_counted_without_the_canarys(served):
    assert served(METRICS).traffic() == Traffic(answered=42, failed=2)
    assert served("").traffic() == Traffic(answered=0, failed=0)


def test_text_that_is_not_metrics_is_refused(served):
    with pytest.raises(Refusal, match="the proxy does not answer"):
        served("<html>{no metrics}").traffic()


def test_a_proxy_that_does_not_answer_is_refused(make):
    with pytest.raises(Refusal, match="the proxy does not answer"):
        make(9).traffic()
