"""docker or podman, by their command line: tried on a fake program."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from engine import EMPTY, FakeEngine, install, spare_starts, write_program
from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.release import engine
from pipeline.release.engine import Engine, EngineError, Limits

LIMITS = Limits("512m", 0.5)


@pytest.fixture
def fake(fake_program) -> FakeEngine:
    """Each call starts the program, as it does with a real engine."""
    return fake_program


@pytest.fixture
def docker(fake) -> Engine:
    return Engine("docker")


@pytest.mark.slow
def test_docker_comes_before_podman(fake, tmp_path):
    write_program(fake.path.parent, "podman", "exit 0")
    assert engine.find() == Engine("docker")
    write_program(fake.path.parent, "docker", "exit 1")
    assert engine.find() == Engine("podman")


@pytest.mark.slow
@pytest.mark.parametrize("setting", [None, "", "auto"])
def test_a_missing_engine_is_allowed_unless_one_is_required(nothing_on_path, monkeypatch, setting):
    if setting is not None:
        monkeypatch.setenv("SANDBOX", setting)
    assert engine.find() is None
    monkeypatch.setenv("SANDBOX", "container")
    with pytest.raises(CouldNotTell, match="no container engine answers; start Docker"):
        engine.find()


def test_a_process_wants_no_engine(fake, monkeypatch):
    monkeypatch.setenv("SANDBOX", "process")
    assert engine.find() is None
    assert engine.find("container") == Engine("docker"), "SANDBOX comes second"


def test_an_unknown_sandbox_is_refused(monkeypatch):
    monkeypatch.setenv("SANDBOX", "vm")
    with pytest.raises(Refusal, match="SANDBOX must be one of auto, container, process, not 'vm'"):
        engine.find()


def test_an_engine_that_hangs_does_not_answer(nothing_on_path, monkeypatch):
    write_program(nothing_on_path, "docker", "exec /bin/sleep 5")
    monkeypatch.setattr(engine, "QUICK", 0.02)
    assert engine.find() is None
    with pytest.raises(CouldNotTell, match=r"docker ps took over 0.02 s"):
        Engine("docker").run("ps", timeout=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo one >&2; echo two >&2; exit 1", "docker ps failed: two"),
        ("echo no; exit 1", "docker ps failed: no"),
        ("exit 1", "docker ps failed: no reason given"),
    ],
)
def test_a_failure_is_the_engines_last_line(nothing_on_path, script, sentence):
    write_program(nothing_on_path, "docker", script)
    with pytest.raises(EngineError, match=sentence):
        Engine("docker").run("ps")


@pytest.mark.slow
def test_what_is_not_there_is_none(fake, docker):
    fake.add_image("sha256:1", tag="bakery:1")
    assert docker.image("bakery:1")["Id"] == docker.image("sha256:1")["Id"] == "sha256:1"
    assert docker.image("bakery:2") is None
    assert docker.container("bakery") is None


@pytest.mark.slow
def test_a_container_is_started_hardened_and_within_its_limits(fake, docker):
    fake.add_image("sha256:1")
    docker.start("sha256:1", "bakery", LIMITS, "--label=a=b", *docker.publish())
    assert fake.calls_of("run") == [
        "run --detach --name bakery --read-only --tmpfs=/tmp --cap-drop=ALL "
        "--security-opt=no-new-privileges --pids-limit=256 --memory 512m --memory-swap 512m "
        "--cpus 0.5 --label=a=b --publish 127.0.0.1::3000 sha256:1"
    ]


@pytest.mark.parametrize(
    ("message", "kind", "sentence"),
    [
        pytest.param(
            "port is already allocated",
            CouldNotTell,
            "the port is taken by another program",
            marks=pytest.mark.slow,
        ),
        ("bind: address already in use", CouldNotTell, "the port is taken by another program"),
        ("no such image", EngineError, "docker run failed: Error: no such image"),
    ],
)
def test_a_container_that_did_not_start_is_removed(fake, docker, message, kind, sentence):
    fake.change(fail={"run": message})
    fake.add_container("bakery", "sha256:1", running=False)
    with pytest.raises(kind, match=sentence):
        docker.start("sha256:1", "bakery", LIMITS)
    assert fake.state["containers"] == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "host", "published"),
    [
        ("", "127.0.0.1", "127.0.0.1:80:3000"),
        ("unix:///var/run/docker.sock", "127.0.0.1", "127.0.0.1:80:3000"),
        ("tcp://docker:2375", "docker", "0.0.0.0:80:3000"),
    ],
)
def test_published_ports_answer_where_the_engine_is(
    fake, docker, monkeypatch, where, host, published
):
    monkeypatch.setenv("DOCKER_HOST", where)
    fake.change(port=49153)
    assert docker.publish(80) == ["--publish", published]
    assert docker.address("bakery") == f"http://{host}:49153"


@pytest.mark.slow
def test_a_build_names_base_labels_and_tag(fake, docker, tmp_path):
    (tmp_path / "context").mkdir()
    image_id = docker.build(tmp_path / "context", "bakery:1", {"a": "1", "b": "2"}, "python:mock")
    image = docker.image("bakery:1")
    assert (image["Id"], image["Config"]["Labels"]) == (image_id, {"a": "1", "b": "2"})
    assert "--build-arg BASE=python:mock" in fake.calls_of("build")[0]
    assert docker.images_labelled("b", "2") == [image_id]
    assert docker.images_labelled("b", "3") == []


@pytest.mark.slow
def test_the_end_of_a_log_is_shown_and_removing_never_fails(fake, docker):
    fake.change(logs="ready\n")
    assert docker.logs("bakery", 5) == "ready\n\n"
    assert fake.calls_of("logs") == ["logs --tail 5 bakery"]
    docker.remove("never there")
    assert fake.calls_of("rm") == ["rm --force --volumes never there"]


@pytest.mark.slow
def test_an_image_goes_from_one_engine_to_another_by_a_file(fake, docker, tmp_path, monkeypatch):
    other = FakeEngine(tmp_path / "other", "podman")
    install(other, monkeypatch)
    podman, archive = Engine("podman"), tmp_path / "image.tar"
    fake.add_image("sha256:1", tag="bakery:1", a="b")
    docker.save("sha256:1", archive)
    podman.run("tag", podman.load(archive), "copy:1")
    assert podman.image("copy:1")["Config"]["Labels"] == {"a": "b"}
    podman.untag("copy:1")
    assert other.state["images"] == {}
    podman.untag("copy:1")  # to take away what is not there is no fault


@pytest.mark.slow
def test_an_engines_temporary_files_lie_beside_the_archive(nothing_on_path, tmp_path):
    write_program(nothing_on_path, "podman", 'echo "$TMPDIR" "$@"')
    assert Engine("podman").run("x", environment=engine._beside(tmp_path / "a")) == f"{tmp_path} x"


@pytest.mark.slow
def test_where_ports_answer_depends_on_the_engine(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://docker:2375")
    assert Engine("podman").host() == "127.0.0.1"
    monkeypatch.setenv("CONTAINER_HOST", "ssh://core@elsewhere:22/run/podman.sock")
    assert Engine("podman").host() == "elsewhere"
    assert Engine("docker").host() == "docker"


def a_life(docker: Engine, context: Path) -> list:
    """Return what an engine says from the build of an image to the end of its container."""
    (context / "Dockerfile").touch()
    answers = [
        docker.build(context, "bakery:1", {"a": "1"}, "python:mock"),
        docker.image("bakery:2"),
    ]
    docker.start("bakery:1", "bakery", LIMITS)
    answers += [docker.container("bakery"), docker.address("bakery"), docker.logs("bakery")]
    with pytest.raises(EngineError) as refused:
        docker.start("bakery:2", "another", LIMITS)
    docker.remove("bakery")
    return [*answers, str(refused.value), docker.container("bakery"), engine.find("container")]


@pytest.mark.slow
def test_the_fake_answers_without_a_start_as_its_program_does(docker, fake, tmp_path, monkeypatch):
    (tmp_path / "context").mkdir()
    started, calls = a_life(docker, tmp_path / "context"), fake.calls
    before = fake.state
    fake.change(**EMPTY)
    spare_starts(fake, monkeypatch)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert a_life(docker, tmp_path / "context") == started
    assert (fake.calls, fake.state) == (calls, before)


@pytest.mark.slow
def test_these_tests_use_no_real_engine(fake):
    assert shutil.which("docker").startswith(os.fspath(fake.path.parent))


@pytest.mark.slow
def test_layers_are_listed_from_the_first(fake):
    fake.add_image("sha256:1")
    assert Engine("docker").layers("sha256:1") == [
        (90_000_000, "ADD rootfs"),
        (2_000_000, "COPY /opt /opt"),
        (0, "CMD serve"),
    ]
