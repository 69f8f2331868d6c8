"""The server under test, and a client for it. Run these tests by `make smoke`."""

import httpx
import pytest


@pytest.fixture(scope="session")
def rows(artefacts):
    """Rows as a client sends them: of the test part, and the mocks that are allowed."""
    return artefacts["rows"]


@pytest.fixture(scope="session")
def client(artefacts, settings):
    address, seconds = artefacts["address"], settings.request_seconds
    with httpx.Client(base_url=address, timeout=seconds, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def post(client):
    """Post rows (or one row); return the answer's JSON, or fail with what the server said."""

    def post(rows):
        answer = client.post("/predict", json={"rows": rows})
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:300]}"
        return answer.json()

    return post


@pytest.fixture(scope="session")
def ask(post, artefacts):
    """Post any number of rows, as many at once as the server takes; return one answer."""

    def ask(rows):
        most = artefacts["max_rows"]
        answers = [post(rows[begin : begin + most]) for begin in range(0, len(rows), most)]
        predictions = [made for answer in answers for made in answer["predictions"]]
        return {**answers[0], "predictions": predictions}

    return ask
