"""The server's only process: uvicorn with the service's ASGI app.

`bentoml serve` can run the Bento as well, by a process that supervises another one. In a container
the engine supervises already; without a second supervisor the server is ready sooner and needs less
memory.

    python -m pipeline.serving.server --host 0.0.0.0 --port 3000
"""

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn
from uvicorn.main import STARTUP_FAILURE
from uvicorn.protocols.http.h11_impl import H11Protocol

GRACE_SECONDS = 25  # for the requests in flight when the server is asked to stop


class Gathered:
    """A transport that sends all that is written in one turn of the event loop together.

    The head and the body of an answer then leave together, or not at all: a proxy that has received
    nothing can retry on another replica, a proxy that has received half an answer cannot.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop):
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str):
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._send)
        self._parts.append(data)

    def _send(self) -> None:
        parts, self._parts = self._parts, []
        if parts and not self._transport.is_closing():
            self._transport.write(b"".join(parts))

    def close(self) -> None:
        self._send()
        self._transport.close()


class Protocol(H11Protocol):
    """uvicorn's HTTP/1.1 over a Gathered transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(Gathered(transport, self.loop))


class Server(uvicorn.Server):
    """uvicorn's server, without garbage collection of the objects that exist at its start.

    They are half a million, and going through them would delay requests by a tenth of a second now
    and then. When it is asked to stop before it is ready, it ends at once: it has no requests.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()
        gc.enable()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.started:
            os._exit(0)
        super().handle_exit(sig, frame)


def main() -> None:
    """Serve until asked to stop (SIGTERM)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    options = parser.parse_args()
    # uvicorn answers the requests in flight, and then sends itself the signal again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    gc.disable()  # until the server is ready, see Server
    # skops looks up each function of scipy.special in all modules imported before it.
    import scipy.special  # noqa: F401

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    from serve import service  # the Bento's entry, beside the folder pipeline/

    settings = uvicorn.Config(
        service.to_asgi(),
        host=options.host,
        port=options.port,
        http=Protocol,
        ws="none",
        lifespan="on",  # a model that cannot be loaded ends the server
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    running = Server(settings)
    with contextlib.suppress(KeyboardInterrupt):
        running.run()
    if not running.started:
        sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
