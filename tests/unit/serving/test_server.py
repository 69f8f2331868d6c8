"""The server's only process."""

import asyncio
import gc
import logging
import signal
import sys
import types

import pytest

from pipeline.serving import server
from pipeline.serving.server import Gathered


class Wire:
    """A transport that records what is written to it."""

    def __init__(self):
        self.sent, self.closed, self.paused = [], False, False

    def write(self, data):
        self.sent.append(data)

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed

    def get_extra_info(self, name, default=None):
        return {"peername": ("127.0.0.1", 1)}.get(name, default)

    def pause_reading(self):
        self.paused = True

    def resume_reading(self):
        self.paused = False

    def get_write_buffer_size(self):
        return 7


def on_a_wire(play) -> Wire:
    """Let `play(transport)` use a Gathered transport within an event loop; return the wire."""
    wire = Wire()

    async def loop():
        await play(Gathered(wire, asyncio.get_running_loop()))

    asyncio.run(loop())
    return wire


@pytest.mark.slow
def test_head_and_body_leave_in_one_piece():
    async def play(transport):
        transport.write(b"head ")
        transport.write(b"body")
        await asyncio.sleep(0)
        transport.write(b"more")
        await asyncio.sleep(0)

    assert on_a_wire(play).sent == [b"head body", b"more"]


@pytest.mark.slow
def test_gathered_bytes_are_sent_before_the_end_and_none_after_it():
    async def play(transport):
        transport.write(b"last")
        transport.close()
        assert transport.is_closing()
        transport.write(b"too late")
        await asyncio.sleep(0)

    assert on_a_wire(play).sent == [b"last"]


@pytest.mark.slow
def test_other_methods_are_the_transports():
    async def play(transport):
        assert transport.get_extra_info("peername") == ("127.0.0.1", 1)
        assert transport.get_write_buffer_size() == 7
        transport.pause_reading()
        transport.resume_reading()
        transport.pause_reading()

    assert on_a_wire(play).paused


@pytest.fixture
def started(monkeypatch) -> dict:
    """uvicorn's settings when the server is started with a host and a port."""
    state: dict = {}
    service = types.SimpleNamespace(service=types.SimpleNamespace(to_asgi=lambda: "the app"))
    monkeypatch.setitem(sys.modules, "serve", service)
    monkeypatch.setattr(logging, "basicConfig", lambda **options: None)

    def run(self):
        self.started = True
        state.update(vars(self.config))
        state["running"] = self

    monkeypatch.setattr(server.Server, "run", run)
    monkeypatch.setattr(sys, "argv", ["server", "--host", "0.0.0.0", "--port", "3001"])
    server.main()
    state["collects"] = gc.isenabled()
    gc.enable()
    return state


@pytest.mark.slow
def test_it_serves_the_bentos_app_at_the_given_address(started):
    assert (started["app"], started["host"], started["port"]) == ("the app", "0.0.0.0", 3001)
    assert started["http"] is server.Protocol


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_ends_it(started):
    assert started["lifespan"] == "on"


def test_a_server_that_never_got_ready_ends_in_failure(started, monkeypatch):
    monkeypatch.setattr(server.Server, "run", lambda self: None)
    with pytest.raises(SystemExit) as ended:
        server.main()
    assert ended.value.code == server.STARTUP_FAILURE


def test_a_stop_before_it_is_ready_ends_it_at_once(started, monkeypatch):
    codes: list[int] = []
    monkeypatch.setattr(server.os, "_exit", codes.append)
    running = started["running"]
    running.handle_exit(signal.SIGTERM, None)
    assert codes == []
    assert running.should_exit, "requests in flight are answered first"
    running.started = False
    running.handle_exit(signal.SIGTERM, None)
    assert codes == [0]


@pytest.mark.slow
def test_garbage_is_not_collected_until_it_is_ready(started):
    assert not started["collects"]


@pytest.mark.slow
def test_requests_in_flight_have_a_time_limit(started):
    assert started["timeout_graceful_shutdown"] == server.GRACE_SECONDS


@pytest.mark.slow
def test_a_stop_is_a_success(started):
    with pytest.raises(SystemExit) as ended:
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == 0


def test_a_request_is_answered(tmp_path):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"warm"})

    async def ask() -> bytes:
        settings = server.uvicorn.Config(
            app, port=0, http=server.Protocol, lifespan="off", log_config=None
        )
        running = server.Server(settings)
        gc.unfreeze()
        gc.disable()
        task = asyncio.create_task(running.serve())
        while not running.started:
            await asyncio.sleep(0.01)
        assert gc.isenabled()
        assert gc.get_freeze_count() > 1000, "objects of the start are collected no more"
        port = running.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        running.should_exit = True
        await task
        return answer

    answer = asyncio.run(ask())
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"warm" in answer
