"""Rows sent to production as if they were live traffic."""

from pathlib import Path

import httpx
import pytest

from mock_releases import release_of
from pipeline.core.errors import Refusal
from pipeline.production import replay


@pytest.fixture
def client(serve):
    """`client(answer)`: a client of a server that answers `answer(rows)`."""
    opened = []

    def client(answer) -> httpx.Client:
        port = serve(lambda method, path, body: answer(body["rows"]))
        opened.append(httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False))
        return opened[-1]

    yield client
    for made in opened:
        made.close()


@pytest.mark.slow
def test_rows_are_sent_without_their_target(table, rules):
    rows = replay.json_rows(table.drop(columns="day"), rules)
    assert set(rows[0]) == set(table.columns) - {"late", "day"}
    assert len(rows) == 120


@pytest.mark.slow
@pytest.mark.parametrize(("size", "sizes"), [(2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_batches_hold_each_row_once(size, sizes):
    rows = [{"n": number} for number in range(5)]
    found = list(replay.batches(rows, size))
    assert [len(batch) for batch in found] == sizes
    assert [row for batch in found for row in batch] == rows


@pytest.mark.slow
def test_only_the_bad_rows_of_a_batch_are_refused(client):
    sent = []

    def answer(rows):
        sent.append(len(rows))
        return (400, {"bad": 7}) if {"n": 7} in rows else (200, {})

    refused = replay.send(client(answer), [{"n": 6}, {"n": 7}, {"n": 8}])
    assert refused == ['{"bad": 7}']
    assert sent == [3, 1, 1, 1]


@pytest.mark.parametrize("status", [429, 500, 504])
def test_a_server_in_trouble_stops_the_replay(client, status):
    with pytest.raises(Refusal, match=f"production answered {status}: "):
        replay.send(client(lambda rows: (status, {})), [{"n": 1}])


def test_a_server_that_hangs_up_stops_the_replay(client):
    with pytest.raises(Refusal, match="production stopped answering: RemoteProtocolError"):
        replay.send(client(lambda rows: None), [{"n": 1}])


def test_all_rows_but_the_refused_reach_production(fake, project, serve, change, run, table):
    sent = []

    def answer(method, path, body):
        orders = [row["order"] for row in body["rows"]]
        if "o005" in orders:
            return 400, {"detail": "stale"}
        sent.extend(orders)
        return 200, {}

    change("deploy", port=serve(answer))
    fake.add_service(release_of(1))
    ended = run(replay.main, "--schema", "schema.yaml")
    assert ended.code == 0
    assert "replay: 79 rows answered, 1 refused" in ended.out
    assert 'the first refusal: {"detail": "stale"}' in ended.out
    assert sorted(sent) == sorted(set(table["order"][:80]) - {"o005"})


@pytest.mark.slow
def test_production_that_is_down_is_could_not_tell(oven, run):
    ended = run(replay.main, "--schema", "schema.yaml")
    assert ended.code == 3
    assert "production does not answer: nothing is deployed; `make deploy`" in ended.err


def test_missing_rows_are_named_with_their_parameter(oven, run):
    Path("data/live/orders.csv").unlink()
    ended = run(replay.main, "--schema", "schema.yaml")
    assert ended.code == 1
    assert "data/live/orders.csv is missing (replay.rows in params.yaml)" in ended.err
