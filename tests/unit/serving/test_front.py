"""The front checks a request before it is scored."""

import asyncio
import json

import pytest
from pydantic import TypeAdapter

from pipeline.serving import front
from pipeline.serving.front import Front

SETTINGS = {"max_body_mb": 1, "max_concurrency": 2, "request_seconds": 0.2}


class Echo:
    """A predictor that answers with the body; it can take its time."""

    def __init__(self, seconds: float = 0):
        self.seconds = seconds

    async def answer(self, body: bytes) -> bytes:
        await asyncio.sleep(self.seconds)
        if body == b"bug":
            raise KeyError("egg")
        if body == b"bad":
            TypeAdapter(int).validate_json(body)
        return body


async def behind(scope, receive, send):
    """The app that the front passes requests on to."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def ask(app, *parts: bytes, path="/predict", method="POST", headers=(), delay=0.0):
    """Return the status, headers and body of the answer of `app`; None where there is none."""
    sent = []
    scope = {"type": "http", "path": path, "method": method, "headers": list(headers)}
    coming = [
        {"type": "http.request", "body": part, "more_body": number + 1 < len(parts)}
        for number, part in enumerate(parts)
    ]

    async def receive():
        await asyncio.sleep(delay)
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return (sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]) if sent else None


def front_of(predictor=None, token=None, **settings) -> Front:
    predictor = predictor or Echo()
    return Front(behind, lambda: predictor, {**SETTINGS, **settings}, token)


def status(app, *parts, **how) -> int:
    return asyncio.run(ask(app, *parts, **how))[0]


@pytest.mark.slow
def test_an_answer_has_its_type_and_length():
    code, headers, body = asyncio.run(ask(front_of(), b"one", b"two"))
    assert (code, body) == (200, b"onetwo")
    assert headers == {b"content-type": b"application/json", b"content-length": b"6"}


@pytest.mark.slow
def test_other_requests_are_passed_on():
    for path, method in (("/readyz", "GET"), ("/docs.json", "GET"), ("/predict", "GET")):
        assert status(front_of(), path=path, method=method) == 299


def test_it_is_not_ready_before_the_model_is():
    loading = Front(behind, lambda: None, SETTINGS, None)
    assert status(loading, path="/readyz", method="GET") == 503
    assert status(loading, path="/livez", method="GET") == 299


def test_metrics_are_answered_here_unless_they_are_in_files(monkeypatch, tmp_path):
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    code, headers, body = asyncio.run(ask(front_of(), path="/metrics", method="GET"))
    assert code == 200
    assert headers[b"content-type"].startswith(b"text/plain")
    assert b"# TYPE predict_requests_total counter" in body
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    assert status(front_of(), path="/metrics", method="GET") == 299


def test_a_body_that_is_too_large_is_not_read():
    big = b"x" * (2**20 + 1)
    assert status(front_of(), big[:-1]) == 200
    code, headers, body = asyncio.run(ask(front_of(), big))
    assert (code, headers[b"connection"]) == (413, b"close")
    assert "larger than 1 MiB" in json.loads(body)["error"]
    assert (
        status(front_of(), big[:9], b"never read", headers=[(b"content-length", b"9999999")]) == 413
    )
    assert status(front_of(), *[b"x" * 2**18] * 5) == 413


@pytest.mark.slow
def test_too_many_requests_at_once_are_asked_to_retry():
    async def crowd():
        app = front_of(Echo(0.05))
        answers = await asyncio.gather(*(ask(app, b"1") for _ in range(3)))
        return answers, await ask(app, b"2")

    answers, after = asyncio.run(crowd())
    assert sorted(code for code, _, _ in answers) == [200, 200, 429]
    assert [headers[b"retry-after"] for code, headers, _ in answers if code == 429] == [b"1"]
    assert after[0] == 200, "the place of an answered request is free again"


def test_a_slow_body_and_a_slow_answer_time_out():
    assert status(front_of(request_seconds=0.02), b"slow", delay=5) == 408
    assert status(front_of(Echo(5), request_seconds=0.02), b"1") == 504


def test_nothing_is_answered_before_the_model_is_loaded():
    app = Front(behind, lambda: None, SETTINGS, None)
    assert status(app, b"1") == 503


def test_a_closed_connection_frees_its_place():
    app = front_of(max_concurrency=1)
    for _ in range(3):
        assert asyncio.run(ask(app)) is None
    assert status(app, b"1") == 200


def test_a_bug_is_a_500_with_its_traceback_in_the_log_alone(caplog, monkeypatch):
    monkeypatch.setattr(front.logger, "propagate", True)
    code, _, body = asyncio.run(ask(front_of(), b"bug"))
    assert code == 500
    assert b"egg" not in body
    assert "KeyError: 'egg'" in caplog.text


def test_a_bad_request_is_a_400_and_one_line_in_the_log(caplog, monkeypatch):
    monkeypatch.setattr(front.logger, "propagate", True)
    with caplog.at_level("INFO", front.logger.name):
        assert status(front_of(), b"bad") == 400
    assert caplog.messages == ["refused a request with 1 errors"]


@pytest.mark.parametrize(
    ("header", "code"),
    [(None, 401), ("Bearer crumb", 401), ("crumble", 401), ("Bearer crumble", 200)],
)
def test_a_token_is_needed_where_one_is_configured(header, code, caplog):
    headers = [(b"authorization", header.encode())] if header else []
    status_code, _, body = asyncio.run(ask(front_of(token="crumble"), b"1", headers=headers))
    assert status_code == code
    assert b"crumble" not in body
    assert "crumble" not in caplog.text
    passed_on = 299 if code == 200 else 401
    assert status(front_of(token="crumble"), path="/docs.json", headers=headers) == passed_on


@pytest.mark.slow
@pytest.mark.parametrize("path", front.OPEN)
def test_probes_and_scrapes_need_no_token(path):
    assert status(front_of(token="crumble"), path=path, method="GET") in (200, 299)


def test_the_token_is_read_from_the_environment_or_a_file(tmp_path, monkeypatch):
    assert front.token() is None
    monkeypatch.setenv("TOKEN", "crumb")
    assert front.token() == "crumb"
    file = tmp_path / "token"
    monkeypatch.setenv("TOKEN_FILE", str(file))
    with pytest.raises(FileNotFoundError):
        front.token()
    file.write_text("crumble\nof last year\n")
    assert front.token() == "crumble"
    file.write_text("\n")
    with pytest.raises(RuntimeError, match="the token is empty"):
        front.token()
