"""A server started as production would start it, and always stopped again."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from engine import write_program
from pipeline.core.errors import Refusal
from pipeline.release import engine, sandbox
from pipeline.release.engine import Engine, Limits
from pipeline.release.sandbox import Container, NotReady, Process, wait_ready

LIMITS = Limits("512m", 1.0)


@pytest.fixture
def container(fake) -> Container:
    fake.add_image("sha256:1")
    return Container(Engine("docker"), "sha256:1", LIMITS)


@pytest.mark.slow
def test_a_container_lives_as_long_as_its_sandbox(fake, container):
    fake.change(port=49153)
    with container as server:
        assert fake.running == {server.name: "sha256:1"}
        assert server.address == "http://127.0.0.1:49153"
        assert server.state() is None
        assert server.stop() == 0
    assert fake.state["containers"] == {}


def test_a_container_without_a_port_did_not_start(fake, monkeypatch):
    run = Engine.run
    # So says podman of one that has ended.
    monkeypatch.setattr(
        Engine, "run", lambda self, *words: "" if words[0] == "port" else run(self, *words)
    )
    container = Container(Engine("docker"), "sha256:1", LIMITS)
    fake.add_container(container.name, "sha256:1", running=False, exit=1)
    with pytest.raises(NotReady, match="did not start: it stopped with exit code 1"):
        _ = container.address
    fake.add_container(container.name, "sha256:1")
    with pytest.raises(Refusal, match="publishes no port"):
        _ = container.address


@pytest.mark.slow
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_container_is_removed_whatever_happens(fake, container, error):
    with pytest.raises(error), container:
        raise error
    assert fake.state["containers"] == {}


def test_leftovers_of_a_killed_run_are_removed(fake, container, monkeypatch):
    with container:
        label = fake.state["containers"][container.name]["labels"][0]
    fake.add_container("left", "sha256:1", labels=[label])
    fake.add_container("another checkout's", "sha256:1", labels=["x=y"])
    with container as server:
        assert set(fake.state["containers"]) == {server.name, "another checkout's"}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"exit": 3}, "it stopped with exit code 3"),
        ({"oom": True, "exit": 137}, "it used more than 512m of memory and was killed"),
    ],
)
def test_a_container_that_is_down_says_why(fake, container, facts, reason):
    fake.add_container(container.name, "sha256:1", running=False, **facts)
    assert container.state() == reason


def test_a_worker_killed_for_its_memory_is_reported(fake, container):
    with container as server:
        assert server.starved() is None
        fake.change(memory_kills=1)
        assert server.state() is None, "another worker runs by now"
        assert server.starved() == "it used more than 512m of memory and was killed"


@pytest.mark.slow
def test_a_container_killed_for_its_memory_is_reported(fake, container):
    with container as server:
        state = fake.state["containers"]
        state[server.name] |= {"running": False, "oom": True}
        fake.change(containers=state)
        assert server.starved() == "it used more than 512m of memory and was killed"


def test_an_ending_container_gets_time_to_end(fake, container, monkeypatch):
    with container as server:
        fake.change(fail={"exec": "the container is not running"})
        slept = []
        monkeypatch.setattr(sandbox.time, "sleep", slept.append)
        assert server.starved() is None
        assert slept == [sandbox.SETTLE_SECONDS]


@pytest.mark.slow
def test_a_container_that_is_gone_is_down(container):
    assert container.state() == "it stopped with exit code None"


SERVER = """\
import http.server, signal, sys
signal.signal(signal.SIGTERM, {term})
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
print("started", *sys.argv[1:], flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[-1])), Handler).serve_forever()
"""
ENDS = "lambda *_: sys.exit(0)"
UV = """case "$1" in
  venv) mkdir -p "$4/bin"; cp "$SERVER" "$4/bin/python";;
  pip) test -z "$UV_FAILS" || { echo no flour >&2; exit 1; };;
esac"""


@pytest.fixture
def bento(nothing_on_path, tmp_path, monkeypatch) -> Path:
    """A Bento with a server of a few lines; a fake uv installs it into sandboxes in tmp_path."""
    for name in ("mkdir", "cp"):
        (nothing_on_path / name).symlink_to(shutil.which(name, path=os.defpath))
    write_program(nothing_on_path, "uv", UV)
    script = tmp_path / "server.py"
    script.write_text(SERVER.format(term=ENDS))
    write_program(tmp_path, "server", f'exec "{sys.executable}" -I -S "{script}" "$@"')
    monkeypatch.setenv("SERVER", str(tmp_path / "server"))
    (tmp_path / "sandboxes").mkdir()
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(tmp_path / "sandboxes"))
    (tmp_path / "bento").mkdir()
    return tmp_path / "bento"


def sandboxes(bento: Path) -> list[Path]:
    return list((bento.parent / "sandboxes").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "count"), [("512m", 2**29), ("2g", 2**31), ("100", 100), ("5KB", 5120), ("7b", 7)]
)
def test_memory_is_read_as_docker_writes_it(text, count):
    assert sandbox.in_bytes(text) == count


def test_memory_that_is_no_amount_is_refused():
    with pytest.raises(Refusal, match="'lots' is no amount like 512m or 2g"):
        sandbox.in_bytes("lots")


def test_a_process_runs_the_bento_in_a_folder_of_its_own(bento):
    with Process(bento) as server:
        assert wait_ready(server.address, server.state, 5) < 5
        assert len(sandboxes(bento)) == 1
        assert "started -m pipeline.serving.server --host 127.0.0.1" in server.logs()
        assert server.stop() == 0
        assert server.state() == "it stopped with exit code 0"
    assert sandboxes(bento) == []


@pytest.mark.slow
def test_a_process_that_does_not_stop_is_killed(bento, monkeypatch):
    monkeypatch.setattr(sandbox, "STOP_SECONDS", 0.1)
    (bento.parent / "server.py").write_text(SERVER.format(term="signal.SIG_IGN"))
    with Process(bento) as server:
        wait_ready(server.address, server.state, 5)
        assert server.state() is None
        assert server.stop() == 137
    assert server.process.returncode == -9
    assert sandboxes(bento) == []


@pytest.mark.slow
def test_a_process_that_ends_at_once_is_not_ready(bento):
    (bento.parent / "server.py").write_text("raise SystemExit(4)")
    with (
        Process(bento) as server,
        pytest.raises(NotReady, match="the server did not start: it stopped with exit code 4"),
    ):
        wait_ready(server.address, server.state, 5)


def test_an_environment_that_cannot_be_made_leaves_nothing(bento, monkeypatch):
    monkeypatch.setenv("UV_FAILS", "1")
    with pytest.raises(Refusal, match="the sandbox's environment cannot be made: no flour"):
        Process(bento).__enter__()
    assert sandboxes(bento) == []


def test_without_uv_there_is_pip(bento, nothing_on_path, monkeypatch, tmp_path):
    (nothing_on_path / "uv").unlink()
    script = 'case "$2" in venv) mkdir -p "$3/bin"; cp "$SERVER" "$3/bin/python";; esac'
    write_program(tmp_path, "python", script)
    monkeypatch.setattr(sandbox.sys, "executable", str(tmp_path / "python"))
    # Run with pip, the server's script ends at once.
    path = tmp_path / "server.py"
    path.write_text("import sys\nif 'pip' in sys.argv: sys.exit()\n" + SERVER.format(term=ENDS))
    with Process(bento) as server:
        wait_ready(server.address, server.state, 5)
    assert sandboxes(bento) == []


@pytest.mark.slow
def test_a_server_is_ready_when_it_says_so(serve):
    answers = iter([(503, {}), None, (200, {})])
    port = serve(lambda *request: next(answers))
    assert 0 < wait_ready(f"http://127.0.0.1:{port}", lambda: None, 5) < 5


@pytest.mark.slow
def test_a_server_that_is_not_ready_in_time_is_not_ready(serve):
    port = serve(lambda *request: (503, {}))
    with pytest.raises(NotReady, match=r"the server was not ready after 0.1 s"):
        wait_ready(f"http://127.0.0.1:{port}", lambda: None, 0.1)


@pytest.mark.slow
def test_a_proxy_of_the_environment_is_not_asked(serve):
    assert os.environ["HTTP_PROXY"] == "http://127.0.0.1:9", "nobody answers there"
    port = serve(lambda *request: (200, {}))
    assert wait_ready(f"http://127.0.0.1:{port}", lambda: None, 2) < 2


@pytest.mark.slow
def test_the_limits_of_the_blessing_are_those_of_the_start(fake, container):
    with container:
        call = fake.calls_of("run")[0]
    for word in (*engine.HARDENED, "--memory 512m", "--cpus 1.0"):
        assert word in call
