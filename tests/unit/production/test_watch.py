"""A release under watch."""

import contextlib

import pytest

from mock_releases import release_of
from pipeline.core.errors import Refusal
from pipeline.production import watch

TWO = release_of(2)


@pytest.fixture
def watching(serve):
    """`watching(answer, **given)`: a Watch of a server that answers so."""
    with contextlib.ExitStack() as stack:

        def watching(answer, **given) -> watch.Watch:
            port = serve(lambda method, path, body: (200, answer))
            made = watch.Watch(f"http://127.0.0.1:{port}", {}, TWO, **given)
            stack.callback(made.close)
            return made

        yield watching


def said(model: str, probability: float = 0.25) -> dict:
    return {"model": model, "predictions": [{"label": "no", "probability": probability}]}


@pytest.mark.slow
def test_a_right_answer_is_timed(watching):
    made = watching(said("m2"))
    made.ask()
    assert len(made.taken) == 1
    made.judge_speed(10_000)


def test_the_former_model_may_answer_while_it_is_being_replaced(watching):
    watching(said("m1", 0.9), former="m1").ask()
    with pytest.raises(Refusal, match="it serves the model m1, not m2"):
        watching(said("m1")).ask()


def test_a_wrong_answer_of_the_same_model_is_told(watching):
    with pytest.raises(Refusal, match="to the golden row, not"):
        watching(said("m2", 0.5), former="m2").ask()


@pytest.mark.slow
def test_it_asks_for_so_many_seconds(watching, fake):
    made = watching(said("m2"))
    passed = list(made.asking(0.2))
    assert len(passed) == len(made.taken) >= 4
    assert max(passed) < 0.2


def test_one_slow_answer_in_twenty_is_not_slow(watching):
    made = watching({})
    made.taken = [1.0] * 96 + [900.0] * 4
    made.judge_speed(100)
    made.taken += [900.0] * 4
    with pytest.raises(Refusal, match="95 % of its answers take up to 900 ms"):
        made.judge_speed(100)
    made.taken = []
    made.judge_speed(100)


METRICS = """\
haproxy_backend_http_responses_total{proxy="server",code="2xx"} 40
haproxy_backend_http_responses_total{proxy="canary",code="2xx"} 900
haproxy_backend_http_responses_total{proxy="server",code="5xx"} 2
"""


@pytest.mark.slow
def test_the_requests_of_all_clients_are_counted(watching):
    assert watching(METRICS).answered() == (42, 2)
    assert watching("").answered() == (0, 0)


def test_a_proxy_that_does_not_answer_is_told():
    made = watch.Watch("http://127.0.0.1:9", {}, TWO)
    with contextlib.closing(made), pytest.raises(Refusal, match="the proxy does not answer"):
        made.answered()


def test_a_share_of_errors_is_allowed_and_no_more():
    watch.judge_errors((10, 1), (110, 2), 0.01)
    with pytest.raises(
        Refusal, match=r"2 of 100 requests failed \(5xx\), more than deploy.max_erro"
    ):
        watch.judge_errors((10, 1), (110, 3), 0.01)
    watch.judge_errors((10, 1), (10, 1), 0.0)


@pytest.mark.slow
def test_answers_are_alike_to_the_ninth_digit():
    assert watch.alike({"a": 0.25}, {"a": 0.25 + 1e-10})
    assert not watch.alike({"a": 0.25}, {"a": 0.25 + 1e-8})
    assert not watch.alike({"a": 0.25}, {"b": 0.25})
    assert watch.alike("no", "no")
