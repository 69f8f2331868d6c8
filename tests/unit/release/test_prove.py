"""Proving a server: what is wrong with it is a reason, and what was measured is kept."""

import contextlib
from types import SimpleNamespace

import pytest

from pipeline.release import load_test, prove
from pipeline.release.sandbox import NotReady


class Still:
    """A server that does nothing: it answers nothing and is never down."""

    address = "http://127.0.0.1:9"

    def __init__(self, share=None, exit_code=0):
        self.share, self.exit_code = share, exit_code

    def peak_memory_share(self):
        return self.share

    def stop(self):
        return self.exit_code


class Place:
    """A place that starts a server which was killed for its memory, as is known after its end."""

    @contextlib.contextmanager
    def server(self):
        yield Starved()


class Starved(Still):
    def starved(self):
        return "it used more than 512m of memory and was killed"

    def logs(self):
        return "one\ntwo"


def test_a_server_killed_for_its_memory_at_its_end_is_reported(monkeypatch):
    lost = prove.Outcome({"passed": ["a"]}, ["the server lost a request in flight"])
    monkeypatch.setattr(prove, "prove", lambda *arguments: lost)
    measured = {}
    outcome = prove.attempt(Place(), None, None, measured)
    assert outcome.reasons == [*lost.reasons, "it used more than 512m of memory and was killed"]
    assert outcome.record == lost.record
    assert measured == {"out_of_memory": True, "logs": ["one", "two"]}


@pytest.mark.parametrize(("share", "count"), [(None, 0), (0.9, 0), (0.91, 1)])
def test_memory_may_reach_its_share_of_the_limit_and_not_more(share, count):
    settings = SimpleNamespace(memory="512m", max_memory_share=0.9)
    measured = {}
    assert len(prove.judge_memory(Still(share), settings, measured)) == count
    assert measured == {"peak_memory_share": share}


def test_a_lost_request_and_an_exit_code_are_two_reasons(monkeypatch):
    def in_flight(address, row, meanwhile, patience):
        meanwhile()
        return "the connection was closed"

    monkeypatch.setattr(load_test, "in_flight", in_flight)
    measured = {}
    settings = SimpleNamespace(request_seconds=1)
    lost, ended = prove.judge_end(Still(exit_code=137), {}, settings, measured)
    assert "lost a request in flight: the connection was closed" in lost
    assert "ended with exit code 137" in ended
    assert measured == {"exit_code": 137}


def test_a_server_that_answers_nothing_is_not_ready():
    settings = SimpleNamespace(request_seconds=1, latency_requests=1)
    with pytest.raises(NotReady, match="the server did not answer a request: ConnectError"):
        prove.latencies(Still.address, [{}], settings)
