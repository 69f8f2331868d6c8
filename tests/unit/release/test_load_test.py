"""The load test: its requests, its errors and its figures."""

import threading

import pytest

from pipeline.release import load_test

ROWS = [{"n": 1}, {"n": 2}]


@pytest.fixture
def address(serve):
    """`address(answer)` starts a server that gives this answer, and returns its address."""
    return lambda answer: f"http://127.0.0.1:{serve(answer)}"


@pytest.mark.slow
def test_each_connection_sends_one_row_after_the_other(address):
    bodies = []
    answer = lambda method, path, body: bodies.append(body) or (200, {})  # noqa: E731
    load = load_test.put(address(answer), ROWS, 0.1, 3, 5)
    assert len(load.taken) == len(bodies) > 3
    assert {row["n"] for body in bodies for row in body["rows"]} == {1, 2}
    assert load.errors == []


def test_an_answer_other_than_200_is_an_error(address):
    load = load_test.put(address(lambda *request: (503, {})), ROWS, 0.05, 1, 5)
    assert set(load.errors) == {"status 503"}


def test_a_closed_connection_is_an_error_and_the_load_goes_on(address):
    load = load_test.put(address(lambda *request: None), ROWS, 0.05, 1, 5)
    assert len(load.errors) > 1
    assert "RemoteDisconnected" in load.errors[0]


@pytest.mark.slow
def test_figures_are_rates_and_quantiles():
    figures = load_test.Load(taken=[1.0] * 98 + [9.0] * 2, errors=["x"]).figures(2.0)
    assert (figures["requests_per_second"], figures["errors"]) == (50.0, 1)
    assert figures["p50_ms"] == 1.0
    assert figures["p99_ms"] == 9.0
    assert load_test.Load().figures(1.0)["requests_per_second"] == 0


@pytest.mark.slow
def test_a_request_in_flight_is_sent_in_halves(address):
    meanwhile = threading.Event()
    requests = []
    answer = lambda method, path, body: requests.append((body, meanwhile.is_set())) or (200, {})  # noqa: E731
    assert load_test.in_flight(address(answer), ROWS[0], meanwhile.set, 5) == ""
    assert requests == [({"rows": [{"n": 1}]}, True)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "reason"), [((503, {}), "HTTP/1.1 503"), (None, "the connection was closed")]
)
def test_a_request_in_flight_that_gets_no_answer_is_lost(address, answer, reason):
    assert load_test.in_flight(
        address(lambda *request: answer), ROWS[0], lambda: None, 5
    ).startswith(reason)


def test_a_server_that_is_gone_is_lost():
    assert "ConnectionRefusedError" in load_test.in_flight(
        "http://127.0.0.1:9", {}, lambda: None, 5
    )


def test_a_histogram_counts_all_and_more_values_have_more_bins():
    few, many = load_test.histogram([1.0, 2.0, 400.0]), load_test.histogram([1.0, 300.0] * 800)
    assert sum(few["counts"]) == 3
    assert sum(many["counts"]) == 1600
    assert len(few["counts"]) == load_test.BINS[0]
    assert len(many["counts"]) == load_test.BINS[1]
    assert few["edges"] == sorted(few["edges"])
    assert sum(load_test.histogram([0.0])["counts"]) == 1
    assert load_test.histogram([]) == {"edges": [], "counts": []}
