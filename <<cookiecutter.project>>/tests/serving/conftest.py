"""The server under test, and a client for it. Run these tests by `make smoke`."""

import httpx
import pytest


@pytest.fixture(scope="session")
def expected(artefacts):
    """What the server has to answer (see pipeline/release/golden.py)."""
    return artefacts["expected"]


@pytest.fixture(scope="session")
def rows(expected):
    """Rows as a client sends them: rows of the test set, then the valid mocks."""
    return expected.rows


@pytest.fixture(scope="session")
def client(artefacts, settings):
    address, seconds = artefacts["address"], settings.request_seconds
    with httpx.Client(base_url=address, timeout=seconds, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def post(client):
    """Post rows (or one row) and return the answer's JSON; fail with the server's message."""

    def post(rows):
        answer = client.post("/predict", json={"rows": rows})
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:300]}"
        return answer.json()

    return post


@pytest.fixture(scope="session")
def ask(post, expected):
    """Post any number of rows, in requests of the largest size allowed; return one answer."""

    def ask(rows):
        size = expected.max_rows
        answers = [post(rows[begin : begin + size]) for begin in range(0, len(rows), size)]
        predictions = [row for answer in answers for row in answer["predictions"]]
        return {**answers[0], "predictions": predictions}

    return ask
