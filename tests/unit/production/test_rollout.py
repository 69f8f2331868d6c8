"""A release proves itself before it serves, and the former one comes back if it does not."""

import contextlib

import pytest

from mock_releases import release_of
from pipeline.core.errors import Refusal
from pipeline.production import rollout, swarm_target
from pipeline.production.proxy import Proxy
from pipeline.production.settings import Params
from pipeline.production.swarm import Swarm
from pipeline.production.target import Door, Traffic, WatchedTarget
from pipeline.production.watch import Watch

ONE, TWO, THREE = release_of(1), release_of(2), release_of(3)
SERVER, CANARY = "bakery_server", "bakery_canary"


def deploy(release: dict) -> None:
    target = swarm_target.current()
    rollout.roll_out(target, release, target.settings)


def predictions(probability, model="m2") -> dict:
    return {"model": model, "predictions": [{"label": "no", "probability": probability}]}


@pytest.fixture
def deployed(oven, fake):
    """Release 1 runs."""
    oven.add(ONE)
    fake.add_service(ONE)
    return oven


@pytest.mark.slow
def test_the_first_release_starts_as_a_canary(oven, fake, capsys):
    oven.add(ONE)
    deploy(ONE)
    deployed = [call for call in fake.calls_of("stack") if "deploy" in call]
    assert len(deployed) == 2
    assert fake.served == {SERVER: "sha256:1"}
    assert fake.state["services"][SERVER]["replicas"] == 2
    assert "bakery-proxy" in fake.running
    assert fake.state["asked"]["MEMORY"] == "512m"
    printed = capsys.readouterr().out
    assert "a canary of bakery:1 has to prove itself" in printed
    assert "bakery:1 takes its place, one of 2 at a time" in printed


@pytest.mark.slow
def test_a_new_release_replaces_the_former(deployed, fake):
    deployed.add(TWO)
    deploy(TWO)
    assert fake.served == {SERVER: "sha256:2"}
    assert swarm_target.current().running() == TWO
    assert "bakery-deploying" not in fake.state["containers"], "the lock is gone"


def test_a_left_over_canary_ends_before_the_next_starts(deployed, fake, monkeypatch):
    deployed.add(TWO)
    deployed.add(THREE)
    swarm_target.current().up(ONE, canary=TWO)
    canaries: list[str | None] = []
    up = Swarm.up

    def noted(self, release, replicas, canary, *rest):
        canaries.append(canary and canary["image"])
        up(self, release, replicas, canary, *rest)

    monkeypatch.setattr(Swarm, "up", noted)
    deploy(THREE)
    assert canaries == [None, "sha256:3", None]
    assert fake.served == {SERVER: "sha256:3"}


@pytest.mark.slow
def test_a_stack_with_only_a_canary_is_taken_down_first(oven, fake):
    oven.add(ONE)
    swarm_target.current().up(None, canary=ONE)
    services = fake.state["services"]
    services.pop(SERVER)
    fake.change(services=services)
    deploy(ONE)
    assert len([call for call in fake.calls_of("stack") if "rm" in call]) == 1
    assert fake.served == {SERVER: "sha256:1"}


WRONG = [
    (None, "the server was not ready after 0.3 s"),
    (predictions(0.26), r"it answers \{.*0.26.*\} to the golden row, not \{.*0.25"),
    (predictions(0.25, "m7"), "it serves the model m7, not m2"),
    (predictions(None), "it answers .*None.* to the golden row"),
    (predictions("much"), "it answers .*much.* to the golden row"),
    ({"predictions": [{}]}, r"it does not answer the golden row \(KeyError"),
    ({"model": "m2", "predictions": [{}]}, r"it answers \{\} to the golden row"),
    ({"predictions": []}, r"it does not answer the golden row \(IndexError"),
    ([1], r"it does not answer the golden row \(TypeError"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "sentence"), WRONG)
def test_a_canary_with_wrong_answers_changes_nothing(deployed, fake, answer, sentence):
    deployed.add(TWO, answer)
    if answer is None:
        del deployed.answers["sha256:2"]
    with pytest.raises(Refusal, match=sentence) as refused:
        deploy(TWO)
    assert str(refused.value).startswith("bakery:2 was not deployed: ")
    assert str(refused.value).endswith("; the former release answers")
    assert fake.served == {SERVER: "sha256:1"}


def test_the_last_line_of_a_dead_release_is_reported(oven, fake):
    fake.add_image("sha256:2")
    fake.change(dies=["sha256:2"], logs="starting\nout of flour")
    with pytest.raises(
        Refusal, match=r"non-zero exit \(3\) \(it printed: out of flour\); nothing was deployed bef"
    ):
        deploy(TWO)
    assert fake.state["services"] == {}
    assert fake.state["containers"] == {}


@pytest.mark.slow
def test_a_slow_canary_is_refused(deployed, fake, monkeypatch):
    deployed.add(TWO)

    def slow(self):
        self.milliseconds.append(501.0)

    monkeypatch.setattr(Watch, "ask", slow)
    with pytest.raises(
        Refusal, match=r"it is slow: .* take up to 501 ms, more than deploy.max_p95"
    ):
        deploy(TWO)
    assert fake.served == {SERVER: "sha256:1"}


@pytest.mark.slow
def test_a_rollback_by_swarm_is_reported(deployed, fake):
    deployed.add(TWO)
    fake.change(update={"State": "rollback_completed", "Message": "rollback completed"})
    with pytest.raises(Refusal, match=r"Swarm took it back \(rollback completed\); the former"):
        deploy(TWO)
    assert fake.served == {SERVER: "sha256:1"}


@pytest.mark.slow
def test_failed_requests_bring_the_former_back(deployed, fake, monkeypatch):
    deployed.add(TWO)
    counts = iter([Traffic(100, 0), Traffic(200, 3)])
    monkeypatch.setattr(Proxy, "traffic", lambda self: next(counts))
    with pytest.raises(
        Refusal, match=r"3 of 100 requests failed \(5xx\), more than deploy.max_err"
    ):
        deploy(TWO)
    assert fake.served == {SERVER: "sha256:1"}


@pytest.mark.slow
def test_replicas_never_ready_bring_the_former_back(deployed, fake):
    deployed.add(TWO)
    fake.change(update={"State": "updating"})
    with pytest.raises(
        Refusal, match=r"its replicas were not ready in time; .*does not answer|form"
    ):
        deploy(TWO)
    assert fake.served == {SERVER: "sha256:1"}


@pytest.mark.slow
def test_a_former_release_that_does_not_answer_is_reported(deployed, fake):
    fake.add_image("sha256:2")
    del deployed.answers["sha256:1"]
    with pytest.raises(
        Refusal, match=r"the former release was asked for again but does not answer"
    ):
        deploy(TWO)
    assert fake.served == {SERVER: "sha256:1"}


def test_ctrl_c_brings_the_former_release_back(deployed, fake, monkeypatch):
    deployed.add(TWO)

    def ask(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Watch, "ask", ask)
    with pytest.raises(KeyboardInterrupt):
        deploy(TWO)
    assert fake.served == {SERVER: "sha256:1"}
    assert "bakery-deploying" not in fake.state["containers"]


class Recorded:
    """A place that runs what it is asked to run at once; the address is a server that answers."""

    def __init__(self, address: str):
        self.address, self.calls = address, []
        self.release: dict | None = None

    @contextlib.contextmanager
    def turn(self, release):
        self.calls.append("turn")
        yield
        self.calls.append("turn ends")

    def up(self, release, canary=None):
        self.calls.append(("up", release and release["bento"], canary and canary["bento"]))
        self.release = release

    def running(self):
        return self.release

    def settled(self, release):
        return self.release == release

    def undo(self, former):
        self.calls.append(("undo", former and former["bento"]))
        self.release = former

    def logs(self):
        return ["no flour"]

    def door(self, canary=False):
        return Door(self.address, {"X-Release": "canary"} if canary else {})

    def down_because(self, canary=False):
        return None

    def traffic(self):
        return Traffic(0, 0)


@pytest.fixture
def recorded(fake, serve):
    """A place whose server answers as `model`, set by a test, would."""
    answers = {"model": "m2"}

    def answer(method, path, body):
        return (200, {} if path.endswith("readyz") else predictions(0.25, answers["model"]))

    place = Recorded(f"http://127.0.0.1:{serve(answer)}")
    place.answers = answers
    return place


def test_any_place_with_the_protocols_methods_will_do(recorded, settings):
    assert isinstance(recorded, WatchedTarget)
    rollout.roll_out(recorded, TWO, settings("deploy", Params))
    steps = [("up", None, "bakery:2"), ("up", "bakery:2", None)]
    assert recorded.calls == ["turn", *steps, "turn ends"]


def test_a_canary_with_wrong_answers_is_undone_at_any_place(recorded, settings):
    recorded.answers["model"] = "m7"
    with pytest.raises(Refusal, match=r"serves the model m7.*\(it printed: no flour\); nothing"):
        rollout.roll_out(recorded, TWO, settings("deploy", Params))
    assert recorded.calls[-1] == ("undo", None)
