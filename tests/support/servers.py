"""HTTP servers for tests, on free ports of this machine."""

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers what the server's `answer(method, path, body)` returns: a status and JSON."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body go out together

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or "null")
        # A header addresses the canary, as in the proxy's configuration.
        path = f"/canary{self.path}" if self.headers.get("X-Release") else self.path
        answer = self.server.answer(self.command, path, body)
        if answer is None:  # hang up
            self.close_connection = True
            return
        status, content = answer
        text = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET

    def log_message(self, *words):
        """Keep quiet."""


def start_server(answer: Callable) -> http.server.ThreadingHTTPServer:
    """Start a server that answers with `answer(method, path, body)`: a status and JSON, or text.

    None instead of an answer closes the connection. `server_port` is the server's port.
    """
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.answer = answer
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@contextlib.contextmanager
def live_service(bento: Path, log: Path) -> Iterator[int]:
    """Run the service of a Bento's folder in a thread; yield its port."""
    import uvicorn

    from pipeline.serving import service

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREDICTIONS", str(log))
        app = service.build(bento / "src").to_asgi()
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
            assert thread.is_alive(), "the service did not start"
        yield server.servers[0].sockets[0].getsockname()[1]
        server.should_exit = server.force_exit = True
