"""Load on a server, and what came of it."""

import threading

import pytest

from pipeline.release import load_test

ROWS = [{"n": 1}, {"n": 2}]


@pytest.fixture
def address(serve):
    """`address(answer)`: a server that answers so."""
    return lambda answer: f"http://127.0.0.1:{serve(answer)}"


@pytest.mark.slow
def test_connections_ask_one_row_after_the_other(address):
    asked = []
    answer = lambda method, path, body: asked.append(body) or (200, {})  # noqa: E731
    found = load_test.put(address(answer), ROWS, 0.1, 3, 5)
    assert len(found.taken) == len(asked) > 3
    assert {row["n"] for body in asked for row in body["rows"]} == {1, 2}
    assert found.errors == []


def test_what_is_not_answered_200_is_an_error(address):
    found = load_test.put(address(lambda *request: (503, {})), ROWS, 0.05, 1, 5)
    assert set(found.errors) == {"status 503"}


def test_a_server_that_hangs_up_is_an_error_and_the_load_goes_on(address):
    found = load_test.put(address(lambda *request: None), ROWS, 0.05, 1, 5)
    assert len(found.errors) > 1
    assert "RemoteDisconnected" in found.errors[0]


@pytest.mark.slow
def test_figures_are_rates_and_quantiles():
    made = load_test.Load(taken=[1.0] * 98 + [9.0] * 2, errors=["x"])
    found = made.figures(2.0)
    assert (found["requests_per_second"], found["errors"]) == (50.0, 1)
    assert found["p50_ms"] == 1.0
    assert found["p99_ms"] == 9.0
    assert load_test.Load().figures(1.0)["requests_per_second"] == 0


@pytest.mark.slow
def test_a_request_in_flight_is_sent_in_halves(address):
    told = threading.Event()
    asked = []
    answer = lambda method, path, body: asked.append((body, told.is_set())) or (200, {})  # noqa: E731
    assert load_test.in_flight(address(answer), ROWS[0], told.set, 5) == ""
    assert asked == [({"rows": [{"n": 1}]}, True)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "said"), [((503, {}), "HTTP/1.1 503"), (None, "the connection was closed")]
)
def test_a_request_in_flight_that_gets_no_answer_is_lost(address, answer, said):
    assert load_test.in_flight(
        address(lambda *request: answer), ROWS[0], lambda: None, 5
    ).startswith(said)


def test_a_server_that_is_gone_is_lost():
    assert "ConnectionRefusedError" in load_test.in_flight(
        "http://127.0.0.1:9", {}, lambda: None, 5
    )


def test_a_histogram_counts_all_and_has_more_bins_where_there_is_more():
    few, many = load_test.histogram([1.0, 2.0, 400.0]), load_test.histogram([1.0, 300.0] * 800)
    assert sum(few["counts"]) == 3
    assert sum(many["counts"]) == 1600
    assert len(few["counts"]) == load_test.BINS[0]
    assert len(many["counts"]) == load_test.BINS[1]
    assert few["edges"] == sorted(few["edges"])
    assert sum(load_test.histogram([0.0])["counts"]) == 1
    assert load_test.histogram([]) == {"edges": [], "counts": []}
