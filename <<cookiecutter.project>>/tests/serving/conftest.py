"""The server under test, and a client for it. Run these tests by `make smoke`."""

import httpx
import pytest


@pytest.fixture(scope="session")
def rows(artefacts):
    """Rows as a client sends them: of the test part, and odd ones."""
    return artefacts["rows"]


@pytest.fixture(scope="session")
def rules(artefacts):
    return artefacts["rules"]


@pytest.fixture(scope="session")
def settings(artefacts):
    return artefacts["settings"]


@pytest.fixture(scope="session")
def client(artefacts, settings):
    address, seconds = artefacts["address"], settings.request_seconds
    with httpx.Client(base_url=address, timeout=seconds, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def ask(client):
    """Post rows; return the answer's JSON, or fail with what the server said."""

    def ask(rows):
        answer = client.post("/predict", json={"rows": rows})
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:300]}"
        return answer.json()

    return ask
