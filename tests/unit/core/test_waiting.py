"""Waiting until a check passes, or the time has."""

import pytest

from clock import Clock
from pipeline.core import waiting


@pytest.fixture(autouse=True)
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


def test_the_first_true_answer_ends_the_wait(clock):
    answers = iter(["", "", "ready", "later"])
    assert waiting.wait_for(lambda: next(answers), seconds=60, poll=2) == "ready"
    assert clock.now == 4


def test_the_last_answer_is_returned_when_the_time_has_passed(clock):
    assert waiting.wait_for(lambda: 0, seconds=1, poll=0.25) == 0
    assert clock.now == 1


def test_without_time_it_checks_once(clock):
    calls = []
    waiting.wait_for(lambda: calls.append(1), seconds=0)
    assert (len(calls), clock.now) == (1, 0)
