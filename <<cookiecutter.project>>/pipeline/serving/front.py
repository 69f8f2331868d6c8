"""An ASGI app that answers POST /predict itself and passes all other requests on to BentoML.

It checks the token (401), the size of the body (413), the number of requests in flight (429), the
time they take (408, 504) and the rows (400). BentoML's own middleware (tracing, metrics, threads, a
copy of the request) would take ten times as long as the prediction.
"""

import asyncio
import hmac
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import to_json

from pipeline.serving import telemetry

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from pipeline.serving.predictor import Predictor

PATH = "/predict"
SHOWN = 20  # errors listed in the answer to a bad request
READY, METRICS = "/readyz", "/metrics"
OPEN = ("/livez", "/healthz", READY, METRICS)  # need no token
JSON = (b"content-type", b"application/json")
TEXT = (b"content-type", telemetry.CONTENT_TYPE.encode())

logger = logging.getLogger("bentoml.service")


class Refused(Exception):
    """A request that gets an error: its status, its message, and further headers."""

    def __init__(self, status: int, message: str, *headers: tuple[bytes, bytes]):
        super().__init__(message)
        self.status, self.headers = status, headers


class Gone(Exception):
    """The client has closed the connection."""


class Front:
    """An ASGI app in front of BentoML's `app`.

    Args:
        app: gets the requests that are not answered here.
        ready: returns the Predictor, or None while it loads.
        settings: the Bento's service.json.
        token: what clients must send; None where none is needed.
    """

    def __init__(
        self,
        app: "ASGIApp",
        ready: Callable[[], "Predictor | None"],
        settings: dict[str, Any],
        token: str | None,
    ):
        self.app, self.ready = app, ready
        self.max_bytes = settings["max_body_mb"] * 2**20
        self.max_busy, self.seconds = settings["max_concurrency"], settings["request_seconds"]
        self.token = f"Bearer {token}".encode() if token else None
        self.busy = 0

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"] in OPEN:
            return await self._operate(scope, receive, send)
        begin = time.perf_counter()
        is_prediction = (scope["path"], scope["method"]) == (PATH, "POST")
        if not is_prediction and self._has_token(scope):
            return await self.app(scope, receive, send)
        try:
            status, body, headers = await self._respond(scope, receive)
        except Gone:
            return None
        telemetry.answered(status, time.perf_counter() - begin)
        return await self._send(send, status, body, (JSON, *headers))

    async def _operate(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer probes and scrapes: without a token, and also when predictions fail."""
        if scope["path"] == READY and self.ready() is None:
            return await self._send(send, 503, b'{"error":"the model is being loaded"}', (JSON,))
        if scope["path"] == METRICS and telemetry.is_whole():
            return await self._send(send, 200, telemetry.exposition(), (TEXT,))
        return await self.app(scope, receive, send)

    async def _send(self, send: "Send", status: int, body: bytes, headers: tuple) -> None:
        length = (b"content-length", str(len(body)).encode())
        start = {"type": "http.response.start", "status": status}
        await send({**start, "headers": [length, *headers]})
        await send({"type": "http.response.body", "body": body})

    async def _respond(self, scope: "Scope", receive: "Receive") -> tuple[int, bytes, tuple]:
        """Return the response's status, body and further headers; raises Gone."""
        try:
            return 200, await self._predict(scope, receive), ()
        except Refused as refused:
            return refused.status, to_json({"error": str(refused)}), refused.headers
        except ValidationError as error:
            logger.info("refused a request with %d errors", error.error_count())
            return 400, error_body(error), ()
        except Gone:
            raise
        except Exception:
            logger.exception("a request could not be answered")
            return 500, to_json({"error": "the server failed; its log tells why"}), ()

    def _has_token(self, scope: "Scope") -> bool:
        """Whether the request holds the token; true where none is needed."""
        sent = dict(scope["headers"]).get(b"authorization", b"")
        return self.token is None or hmac.compare_digest(sent, self.token)

    async def _predict(self, scope: "Scope", receive: "Receive") -> bytes:
        """Return the predictions for a request; raises Refused, ValidationError or Gone."""
        if not self._has_token(scope):
            message = "a token is needed: send it as `Authorization: Bearer <token>`"
            raise Refused(401, message, (b"www-authenticate", b"Bearer"))
        predictor = self.ready()
        if predictor is None:
            raise Refused(503, "the model is being loaded", (b"retry-after", b"1"))
        if self.busy >= self.max_busy:
            raise Refused(429, "too many requests at once", (b"retry-after", b"1"))
        self.busy += 1
        arrived = False
        try:
            async with asyncio.timeout(self.seconds):
                body = await self._body(scope, receive)
                arrived = True
                await asyncio.sleep(0)  # requests that arrived meanwhile are counted, or refused
                return await predictor.answer(body)
        except TimeoutError:
            late = f"not within {self.seconds} s"
            if arrived:
                raise Refused(504, f"the answer was ready {late}") from None
            raise Refused(408, f"the body came {late}", (b"connection", b"close")) from None
        finally:
            self.busy -= 1

    async def _body(self, scope: "Scope", receive: "Receive") -> bytes:
        """Return the request's body; stops reading as soon as it is too large."""
        length = dict(scope["headers"]).get(b"content-length", b"0")
        declared = int(length) if length.isdigit() else 0
        parts, size = [], 0
        while True:
            if max(size, declared) > self.max_bytes:
                limit = self.max_bytes // 2**20
                message = f"the body is larger than {limit} MiB; send fewer rows at once"
                raise Refused(413, message, (b"connection", b"close"))
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if not message.get("more_body") and size <= self.max_bytes:
                return b"".join(parts)


def error_body(error: ValidationError) -> bytes:
    """Return the answer to a bad request: it names rows and fields, and repeats no values."""
    errors = error.errors(include_context=False, include_input=False, include_url=False)
    return to_json({"error": f"{len(errors)} errors in the request", "detail": errors[:SHOWN]})


def token() -> str | None:
    """Return the token that clients must send: the first line of the file TOKEN_FILE, or TOKEN.

    Returns None where neither is set. Raises OSError when the file cannot be read and RuntimeError
    when the token is empty: the server then does not start, rather than start unprotected.
    """
    token = os.environ.get("TOKEN")
    if file := os.environ.get("TOKEN_FILE"):
        lines = Path(file).read_text(encoding="utf-8").splitlines()
        token = lines[0].strip() if lines else ""
    if token is not None and not token.strip():
        raise RuntimeError("the token is empty: unset TOKEN and TOKEN_FILE, or name one")
    return token
