"""The stack on Docker Swarm."""

import pytest

from mock_releases import release_of
from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.production.swarm import Swarm
from pipeline.release import engine
from pipeline.release.engine import Engine, EngineError

ONE, TWO = release_of(1), release_of(2)


@pytest.fixture
def swarm(oven, fake) -> Swarm:
    return Swarm(engine.find("container"), "bakery")


def test_an_engine_without_swarm_is_refused():
    with pytest.raises(Refusal, match="podman has no Swarm: deploy with Docker, or by `make kub"):
        Swarm(Engine("podman"), "bakery")


def test_an_engine_without_a_swarm_starts_one(swarm, fake, capsys, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "")
    fake.change(swarm={"LocalNodeState": "inactive"})
    swarm.join()
    swarm.join()
    assert fake.calls_of("swarm") == [
        "swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377"
    ]
    assert "the engine becomes a swarm of one machine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("found", "kind", "sentence"),
    [
        ({"LocalNodeState": "active", "ControlAvailable": False}, Refusal, "is a worker of its sw"),
        ({"LocalNodeState": "locked"}, CouldNotTell, "the engine's swarm is locked"),
    ],
)
def test_a_swarm_in_trouble_is_reported(swarm, fake, found, kind, sentence):
    fake.change(swarm=found)
    with pytest.raises(kind, match=sentence):
        swarm.join()


@pytest.mark.slow
def test_the_stack_holds_the_release_and_its_canary(swarm, fake):
    swarm.up(ONE, 3, TWO, 5, None)
    assert fake.served == {"bakery_server": "sha256:1", "bakery_canary": "sha256:2"}
    assert swarm.release() == ONE
    assert swarm.replicas() == 3
    assert "deploy/token.yaml" not in fake.calls_of("stack")[0]
    swarm.up(ONE, 3, None, 5, None)
    assert fake.served == {"bakery_server": "sha256:1"}


@pytest.mark.slow
def test_without_a_stack_there_is_no_release(swarm):
    assert (swarm.release(), swarm.replicas()) == (None, 0)
    assert swarm.down_because(swarm.server) == "nothing is deployed"


def test_an_update_is_settled_when_all_replicas_run_the_release(swarm, fake):
    swarm.up(ONE, 2, None, 5, None)
    assert swarm.settled(ONE, 2)
    assert not swarm.settled(TWO, 2)
    assert not swarm.settled(ONE, 3)
    fake.change(update={"State": "updating"})
    assert not swarm.settled(ONE, 2)
    for state in ("rollback_started", "paused"):
        fake.change(update={"State": state, "Message": "too many burnt"})
        with pytest.raises(Refusal, match=r"Swarm took it back \(too many burnt\)"):
            swarm.settled(ONE, 2)


@pytest.mark.slow
def test_a_service_is_down_when_none_of_its_replicas_can_run(swarm, fake):
    swarm.up(ONE, 2, None, 5, None)
    assert swarm.down_because(swarm.server) is None
    fake.change(dies=["sha256:1"])
    assert swarm.down_because(swarm.server) == "task: non-zero exit (3)"
    swarm.up(ONE, 0, None, 5, None)
    assert swarm.down_because(swarm.server) == "none of its replicas runs"


@pytest.mark.slow
def test_a_service_has_ended_when_all_its_replicas_have(swarm, fake):
    assert swarm.ended(swarm.canary)
    swarm.up(ONE, 2, TWO, 5, None)
    assert not swarm.ended(swarm.canary)
    fake.change(dies=["sha256:2"])
    assert swarm.ended(swarm.canary)
    swarm.up(ONE, 2, None, 5, None)
    assert swarm.ended(swarm.canary)


def test_a_forgotten_task_is_no_error(swarm, monkeypatch):
    swarm.up(ONE, 2, None, 5, None)
    asked = Engine.run
    # The first is what Docker 28 says, the second 20.10.
    forgotten = ["Error response from daemon: task t1 not found", "Error: No such task: t1"]

    def run(self, *words, **given):
        if words[0] == "inspect" and forgotten:
            raise EngineError(forgotten.pop())
        return asked(self, *words, **given)

    monkeypatch.setattr(Engine, "run", run)
    assert len(swarm.tasks(swarm.server)) == 2
    assert not forgotten
    forgotten += ["Error: No such task: t1"] * 20
    with pytest.raises(EngineError, match="No such task: t1"):
        swarm.tasks(swarm.server)
    assert len(forgotten) == 10
    forgotten[:] = ["the daemon is gone"]
    with pytest.raises(EngineError, match="the daemon is gone"):
        swarm.tasks(swarm.server)


def test_logs_are_returned_where_there_are_any(swarm, fake):
    fake.change(logs="one\ntwo\nthree")
    assert swarm.logs(swarm.server, 2) == ["two", "three"]
    fake.change(fail={"service": "no such service"})
    assert swarm.logs(swarm.server) == []


@pytest.mark.slow
def test_removing_waits_until_the_stack_is_gone(swarm, fake):
    swarm.up(ONE, 2, None, 5, None)
    swarm.remove()
    assert fake.state["services"] == {}


def test_removing_is_tried_again_after_an_error(swarm, fake, monkeypatch):
    swarm.up(ONE, 2, None, 5, None)
    asked = Engine.run

    def run(self, *words, **given):
        found = asked(self, *words, **given)
        if words == ("stack", "rm", "bakery") and len(fake.calls_of("stack")) < 4:
            fake.add_service(ONE)
            raise EngineError("the network is in use")
        return found

    monkeypatch.setattr(Engine, "run", run)
    swarm.remove()
    assert fake.state["services"] == {}
    assert len(fake.calls_of("stack")) == 4


@pytest.mark.slow
def test_a_stack_that_stays_is_an_error(swarm, fake, monkeypatch):
    monkeypatch.setattr(Engine, "inspect", lambda self, kind, name: {})
    with pytest.raises(CouldNotTell, match="the stack bakery is not gone after 90 s"):
        swarm.remove()
