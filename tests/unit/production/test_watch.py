"""A release under watch."""

import contextlib

import pytest

from mock_releases import release_of
from pipeline.core.errors import Refusal
from pipeline.production import watch
from pipeline.production.target import Door, Traffic

TWO = release_of(2)


@pytest.fixture
def watching(serve):
    """`watching(answer, **options)`: a Watch of a server that answers so."""
    with contextlib.ExitStack() as stack:

        def watching(answer, **options) -> watch.Watch:
            port = serve(lambda method, path, body: (200, answer))
            watching = watch.Watch(Door(f"http://127.0.0.1:{port}", {}), TWO, **options)
            stack.callback(watching.close)
            return watching

        yield watching


def answer(model: str, probability: float = 0.25) -> dict:
    return {"model": model, "predictions": [{"label": "no", "probability": probability}]}


@pytest.mark.slow
def test_a_correct_answer_is_timed(watching):
    watched = watching(answer("m2"))
    watched.ask()
    assert len(watched.milliseconds) == 1
    watched.judge_speed(10_000)


def test_the_former_model_may_answer_while_it_is_being_replaced(watching):
    watching(answer("m1", 0.9), former="m1").ask()
    with pytest.raises(Refusal, match="it serves the model m1, not m2"):
        watching(answer("m1")).ask()


def test_a_wrong_answer_of_the_same_model_is_refused(watching):
    with pytest.raises(Refusal, match="to the golden row, not"):
        watching(answer("m2", 0.5), former="m2").ask()


@pytest.mark.slow
def test_it_asks_all_the_time_and_once_more(watching, fake):
    watched = watching(answer("m2"))
    watched.ask_for(0.2)
    assert len(watched.milliseconds) == 5
    assert watch.time.monotonic() == pytest.approx(0.2)


def test_one_slow_answer_in_twenty_is_allowed(watching):
    watched = watching({})
    watched.milliseconds = [1.0] * 96 + [900.0] * 4
    watched.judge_speed(100)
    watched.milliseconds += [900.0] * 4
    with pytest.raises(Refusal, match="95 % of its answers take up to 900 ms"):
        watched.judge_speed(100)
    watched.milliseconds = []
    watched.judge_speed(100)


def test_a_larger_share_of_errors_is_refused():
    watch.judge_errors(Traffic(10, 1), Traffic(110, 2), 0.01)
    with pytest.raises(
        Refusal, match=r"2 of 100 requests failed \(5xx\), more than deploy.max_erro"
    ):
        watch.judge_errors(Traffic(10, 1), Traffic(110, 3), 0.01)
    watch.judge_errors(Traffic(10, 1), Traffic(10, 1), 0.0)


@pytest.mark.slow
def test_answers_are_equal_to_within_the_tolerance():
    assert watch.alike({"a": 0.25}, {"a": 0.25 + 1e-10})
    assert not watch.alike({"a": 0.25}, {"a": 0.25 + 1e-8})
    assert not watch.alike({"a": 0.25}, {"b": 0.25})
    assert watch.alike("no", "no")
