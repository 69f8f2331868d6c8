"""Docker Swarm and its proxy as one place."""

import socket
from pathlib import Path

import pytest

from mock_releases import release_of
from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.production import swarm_target
from pipeline.release.sandbox import NotReady

ONE, TWO = release_of(1), release_of(2)


@pytest.fixture
def deployed(oven, fake):
    """Release 1 runs."""
    oven.add(ONE)
    fake.add_service(ONE)
    return oven


def turn(release: dict) -> None:
    with swarm_target.current().turn(release):
        pass


def test_staging_is_another_stack_with_its_own_settings(deployed, monkeypatch):
    monkeypatch.setenv("ENV", "staging")
    staging = swarm_target.current()
    assert (staging.name, staging.settings.replicas) == ("bakery-staging", 1)
    assert staging.swarm.server == "bakery-staging_server"
    assert staging.running() is None


@pytest.mark.parametrize("environment", ["prod", "broken"])
def test_an_unknown_environment_is_refused(oven, monkeypatch, environment):
    monkeypatch.setenv("ENV", environment)
    with pytest.raises(Refusal, match="environments"):
        swarm_target.current()


def test_production_needs_a_container_engine_whatever_sandbox_says(
    project, nothing_on_path, monkeypatch
):
    monkeypatch.setenv("SANDBOX", "process")
    with pytest.raises(CouldNotTell, match="no container engine answers"):
        swarm_target.current()


def test_a_token_becomes_a_secret_that_no_command_line_shows(oven, fake, change):
    oven.add(ONE)
    Path("token").write_text("crumble\n")
    change("deploy", token_file="token")
    target = swarm_target.current()
    target.up(ONE)
    assert fake.state["asked"]["TOKEN_NAME"].startswith("bakery-token-")
    assert any("deploy/token.yaml" in call for call in fake.calls_of("stack"))
    assert target.door().headers == {"Authorization": "Bearer crumble"}
    assert not any("crumble" in call for call in fake.calls)


@pytest.mark.slow
def test_a_missing_token_stops_a_deployment_before_it_begins(oven, fake, change):
    oven.add(ONE)
    change("deploy", token_file="token")
    with pytest.raises(Refusal, match="token holds no token"):
        turn(ONE)
    assert fake.served == {}


def test_the_canarys_door_has_a_header_of_its_own(deployed):
    target = swarm_target.current()
    assert target.door().headers == {}
    assert target.door(canary=True).headers == {"X-Release": "canary"}
    assert target.door(canary=True).address == target.door().address == target.address


def test_a_taken_port_stops_a_deployment(oven, fake, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "")
    oven.add(ONE)
    with pytest.raises(CouldNotTell, match=r"port \d+ is taken by another program; stop it, or"):
        turn(ONE)
    assert fake.calls_of("stack") == []


@pytest.mark.slow
def test_a_free_port_does_not(oven, change, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "")
    oven.add(ONE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    change("deploy", port=port)
    turn(ONE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda fake: None, None),
        (lambda fake: fake.change(services={}), "nothing is deployed"),
        (lambda fake: fake.change(dies=["sha256:1"]), "task: non-zero exit (3)"),
        (lambda fake: fake.change(containers={}), "the proxy bakery-proxy does not run"),
    ],
)
def test_the_reason_for_being_down_is_known(deployed, fake, spoil, reason):
    spoil(fake)
    assert swarm_target.current().down_because() == reason


@pytest.mark.slow
def test_replicas_are_counted(deployed, fake):
    assert swarm_target.current().replicas() == (2, 2)
    fake.change(dies=["sha256:1"])
    assert swarm_target.current().replicas() == (0, 2)


def test_replicas_that_take_too_long_are_not_ready(deployed, fake):
    target = swarm_target.current()
    target.up(ONE)
    fake.change(update={"State": "updating"})
    assert not target.settled(ONE)
    swarm_target.time.sleep(2 * (0.3 + swarm_target.STOP_SECONDS) + 1)
    fake.change(dies=["sha256:1"])
    with pytest.raises(NotReady, match=r"not ready in time \['task: non-zero exit \(3\)'\]"):
        target.settled(ONE)


def test_undo_runs_the_former_release_or_nothing(deployed, fake):
    target = swarm_target.current()
    target.up(TWO)
    target.undo(ONE)
    assert fake.served == {"bakery_server": "sha256:1"}
    target.undo(None)
    assert (fake.served, fake.state["containers"]) == ({}, {})


def test_the_canarys_logs_come_first(deployed, fake, monkeypatch):
    target = swarm_target.current()
    lines = {"bakery_canary": ["no flour"], "bakery_server": ["ready"]}
    monkeypatch.setattr(target.swarm, "logs", lines.get)
    assert target.logs() == ["no flour"]
    lines["bakery_canary"] = []
    assert target.logs() == ["ready"]
