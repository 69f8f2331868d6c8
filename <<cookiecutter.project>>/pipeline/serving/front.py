"""The service's front: it answers POST /predict itself, and hands all else on to BentoML.

What stands between a request and its answer is here: the token (401), the size of the body (413),
how many at once (429), how long (408, 504), and what is no row (400). BentoML's own middleware
(tracing, metrics, threads, a copy of the request) would take ten times as long as the answer.
"""

import asyncio
import hmac
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import to_json

from pipeline.serving import telemetry

PATH = "/predict"
SHOWN = 20  # errors of a request that are told
READY, METRICS = "/readyz", "/metrics"
OPEN = ("/livez", "/healthz", READY, METRICS)  # for those who operate the server
JSON = (b"content-type", b"application/json")
TEXT = (b"content-type", telemetry.CONTENT_TYPE.encode())

logger = logging.getLogger("bentoml.service")


class Refused(Exception):
    """A request that is not answered: the status, what is said, and further headers."""

    def __init__(self, status: int, said: str, *headers: tuple[bytes, bytes]):
        super().__init__(said)
        self.status, self.headers = status, headers


class Gone(Exception):
    """The client has hung up."""


class Front:
    """An ASGI app before BentoML's `app`; `ready()` is the Predictor, or None while it loads."""

    def __init__(self, app, ready: Callable, settings: dict, token: str | None):
        self.app, self.ready = app, ready
        self.max_bytes = settings["max_body_mb"] * 2**20
        self.at_once, self.seconds = settings["max_concurrency"], settings["request_seconds"]
        self.token = f"Bearer {token}".encode() if token else None
        self.busy = 0

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"] in OPEN:
            return await self._operate(scope, receive, send)
        begin, wanted = time.perf_counter(), (scope["path"], scope["method"]) == (PATH, "POST")
        if not wanted and self._may(scope):
            return await self.app(scope, receive, send)
        try:
            status, body, headers = await self._outcome(scope, receive)
        except Gone:
            return None
        telemetry.answered(status, time.perf_counter() - begin)
        return await self._tell(send, status, body, (JSON, *headers))

    async def _operate(self, scope, receive, send) -> None:
        """Answer those who operate the server: they need no token, and nothing else has to work."""
        if scope["path"] == READY and self.ready() is None:
            return await self._tell(send, 503, b'{"error":"the model is being loaded"}', (JSON,))
        if scope["path"] == METRICS and telemetry.is_whole():
            return await self._tell(send, 200, telemetry.exposition(), (TEXT,))
        return await self.app(scope, receive, send)

    async def _tell(self, send, status: int, body: bytes, headers: tuple) -> None:
        length = (b"content-length", str(len(body)).encode())
        start = {"type": "http.response.start", "status": status}
        await send({**start, "headers": [length, *headers]})
        await send({"type": "http.response.body", "body": body})

    async def _outcome(self, scope, receive) -> tuple[int, bytes, tuple]:
        """Return the status, the body and further headers of what is answered."""
        try:
            return 200, await self._answer(scope, receive), ()
        except Refused as refused:
            return refused.status, to_json({"error": str(refused)}), refused.headers
        except ValidationError as error:
            logger.info("refused a request with %d errors", error.error_count())
            return 400, complaint(error), ()
        except Gone:
            raise
        except Exception:
            logger.exception("a request could not be answered")
            return 500, to_json({"error": "the server failed; its log tells why"}), ()

    def _may(self, scope) -> bool:
        """Whether the request holds the token, where one is needed."""
        given = dict(scope["headers"]).get(b"authorization", b"")
        return self.token is None or hmac.compare_digest(given, self.token)

    async def _answer(self, scope, receive) -> bytes:
        if not self._may(scope):
            said = "a token is needed: send it as `Authorization: Bearer <token>`"
            raise Refused(401, said, (b"www-authenticate", b"Bearer"))
        made = self.ready()
        if made is None:
            raise Refused(503, "the model is being loaded", (b"retry-after", b"1"))
        if self.busy >= self.at_once:
            raise Refused(429, "too many requests at once", (b"retry-after", b"1"))
        self.busy += 1
        arrived = False
        try:
            async with asyncio.timeout(self.seconds):
                body = await self._body(scope, receive)
                arrived = True
                await asyncio.sleep(0)  # those that have arrived meanwhile are counted, or refused
                return await made.answer(body)
        except TimeoutError:
            late = f"not within {self.seconds} s"
            if arrived:
                raise Refused(504, f"the answer was ready {late}") from None
            raise Refused(408, f"the body came {late}", (b"connection", b"close")) from None
        finally:
            self.busy -= 1

    async def _body(self, scope, receive) -> bytes:
        """Return the request's body; as soon as it is too large, it is read no further."""
        told = dict(scope["headers"]).get(b"content-length", b"0")
        parts, size = [], 0
        while True:
            if max(size, int(told) if told.isdigit() else 0) > self.max_bytes:
                most = self.max_bytes // 2**20
                said = f"the body is larger than {most} MiB; send fewer rows at once"
                raise Refused(413, said, (b"connection", b"close"))
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if not message.get("more_body") and size <= self.max_bytes:
                return b"".join(parts)


def complaint(error: ValidationError) -> bytes:
    """Return what a client is told of a bad request: each field and row, and none of its values."""
    found = error.errors(include_context=False, include_input=False, include_url=False)
    return to_json({"error": f"{len(found)} errors in the request", "detail": found[:SHOWN]})


def token() -> str | None:
    """Return the token that clients must send: TOKEN, or the first line of the file TOKEN_FILE.

    Raises when a token was configured and there is none: the server then does not start.
    """
    file, given = os.environ.get("TOKEN_FILE"), os.environ.get("TOKEN")
    if file:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
        given = lines[0].strip() if lines else ""
    if given is not None and not given.strip():
        raise RuntimeError("the token is empty: unset TOKEN and TOKEN_FILE, or name one")
    return given
