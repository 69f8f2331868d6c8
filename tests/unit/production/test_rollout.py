"""Production: a release proves itself before it serves, and the former one comes back if not."""

import json
import os
import socket
from pathlib import Path

import pytest

from mock_releases import release_of
from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.production import releases
from pipeline.production import rollout as production
from pipeline.production.rollout import Production
from pipeline.production.swarm import Swarm
from pipeline.production.watch import Watch
from pipeline.release.engine import EngineError

ONE, TWO, THREE = release_of(1), release_of(2), release_of(3)
SERVER, CANARY = "bakery_server", "bakery_canary"


def predictions(probability, model="m2") -> dict:
    return {"model": model, "predictions": [{"label": "no", "probability": probability}]}


@pytest.fixture
def one(oven, fake):
    """Release 1 runs."""
    oven.add(ONE)
    fake.add_service(ONE)
    return oven


@pytest.mark.slow
def test_the_first_release_is_a_canary_before_it_serves(oven, fake, capsys):
    oven.add(ONE)
    Production().switch(ONE)
    deployed = [call for call in fake.calls_of("stack") if "deploy" in call]
    assert len(deployed) == 2
    assert fake.served == {SERVER: "sha256:1"}
    assert fake.state["services"][SERVER]["replicas"] == 2
    assert "bakery-proxy" in fake.running
    assert fake.state["asked"]["MEMORY"] == "512m"
    said = capsys.readouterr().out
    assert "a canary of bakery:1 has to prove itself" in said
    assert "bakery:1 takes its place, one of 2 at a time" in said


@pytest.mark.slow
def test_a_new_release_takes_the_place_of_the_former(one, fake):
    one.add(TWO)
    Production().switch(TWO)
    assert fake.served == {SERVER: "sha256:2"}
    assert Production().running() == TWO
    assert "bakery-deploying" not in fake.state["containers"], "its turn is over"


def test_a_canary_that_was_left_ends_before_the_next_one_starts(one, fake, monkeypatch):
    one.add(TWO)
    one.add(THREE)
    Production()._up(ONE, 2, TWO, None)
    asked: list[str | None] = []
    up = Swarm.up

    def seen(self, release, replicas, canary, *rest):
        asked.append(canary and canary["image"])
        up(self, release, replicas, canary, *rest)

    monkeypatch.setattr(Swarm, "up", seen)
    Production().switch(THREE)
    assert asked == [None, "sha256:3", None]
    assert fake.served == {SERVER: "sha256:3"}


@pytest.mark.slow
def test_a_stack_that_held_a_canary_alone_is_taken_down_first(oven, fake):
    oven.add(ONE)
    Production()._up(ONE, 0, ONE, None)
    services = fake.state["services"]
    services.pop(SERVER)
    fake.change(services=services)
    Production().switch(ONE)
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
def test_a_canary_that_does_not_answer_rightly_changes_nothing(one, fake, answer, sentence):
    one.add(TWO, answer)
    if answer is None:
        del one.answers["sha256:2"]
    with pytest.raises(Refusal, match=sentence) as refused:
        Production().switch(TWO)
    assert str(refused.value).startswith("bakery:2 was not deployed: ")
    assert str(refused.value).endswith("; the former release answers")
    assert fake.served == {SERVER: "sha256:1"}
    tried = [fake.state["services"][SERVER]["image"]]
    assert tried == ["sha256:1"], "the server was never touched"


def test_a_release_that_dies_tells_what_it_printed(oven, fake):
    fake.add_image("sha256:2")
    fake.change(dies=["sha256:2"], logs="starting\nout of flour")
    with pytest.raises(
        Refusal, match=r"non-zero exit \(3\) \(it printed: out of flour\); nothing was deployed bef"
    ):
        Production().switch(TWO)
    assert fake.state["services"] == {}
    assert fake.state["containers"] == {}


@pytest.mark.slow
def test_a_slow_canary_is_refused(one, fake, monkeypatch):
    one.add(TWO)

    def slow(self):
        self.taken.append(501.0)

    monkeypatch.setattr(Watch, "ask", slow)
    with pytest.raises(
        Refusal, match=r"it is slow: .* take up to 501 ms, more than deploy.max_p95"
    ):
        Production().switch(TWO)
    assert fake.served == {SERVER: "sha256:1"}


@pytest.mark.slow
def test_what_swarm_has_taken_back_is_refused(one, fake):
    one.add(TWO)
    fake.change(update={"State": "rollback_completed", "Message": "rollback completed"})
    with pytest.raises(Refusal, match=r"Swarm took it back \(rollback completed\); the former"):
        Production().switch(TWO)
    assert fake.served == {SERVER: "sha256:1"}


@pytest.mark.slow
def test_requests_that_fail_meanwhile_bring_the_former_back(one, fake, monkeypatch):
    one.add(TWO)
    counts = iter([(100, 0), (200, 3)])
    monkeypatch.setattr(Watch, "answered", lambda self: next(counts))
    with pytest.raises(
        Refusal, match=r"3 of 100 requests failed \(5xx\), more than deploy.max_err"
    ):
        Production().switch(TWO)
    assert fake.served == {SERVER: "sha256:1"}


@pytest.mark.slow
def test_replicas_that_are_never_ready_bring_the_former_back(one, fake):
    one.add(TWO)
    fake.change(update={"State": "updating"})
    with pytest.raises(
        Refusal, match=r"its replicas were not ready in time; .*does not answer|form"
    ):
        Production().switch(TWO)
    assert fake.served == {SERVER: "sha256:1"}


@pytest.mark.slow
def test_a_former_release_that_does_not_answer_either_is_told(one, fake):
    fake.add_image("sha256:2")
    del one.answers["sha256:1"]
    with pytest.raises(
        Refusal, match=r"the former release was asked for again but does not answer"
    ):
        Production().switch(TWO)
    assert fake.served == {SERVER: "sha256:1"}


def test_ctrl_c_brings_the_former_release_back(one, fake, monkeypatch):
    one.add(TWO)

    def ask(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Watch, "ask", ask)
    with pytest.raises(KeyboardInterrupt):
        Production().switch(TWO)
    assert fake.served == {SERVER: "sha256:1"}
    assert "bakery-deploying" not in fake.state["containers"]


def test_one_deploys_at_a_time(one, fake):
    one.add(TWO)
    owner = f"{production.OWNER}=elsewhere/1"
    fake.add_container("bakery-deploying", "sha256:1", running=False, labels=[owner])
    with pytest.raises(
        CouldNotTell, match=r"another deployment of bakery is under way \(process els"
    ):
        Production().switch(TWO)
    assert fake.served == {SERVER: "sha256:1"}
    assert "bakery-deploying" in fake.state["containers"]


@pytest.mark.slow
def test_the_turn_of_a_process_that_was_killed_is_taken_over(one, fake):
    one.add(TWO)
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    owner = f"{production.OWNER}={socket.gethostname()}/{gone}"
    fake.add_container("bakery-deploying", "sha256:1", running=False, labels=[owner])
    Production().switch(TWO)
    assert fake.served == {SERVER: "sha256:2"}


def test_a_living_process_keeps_its_turn():
    assert not production._is_dead(f"{socket.gethostname()}/{os.getpid()}")
    assert not production._is_dead(f"{socket.gethostname()}/1")
    assert not production._is_dead("unknown")


def test_an_engine_that_cannot_create_says_so(one, fake):
    fake.change(fail={"create": "no space left"})
    with pytest.raises(EngineError, match="docker create failed: Error: no space left"):
        Production().switch(ONE)


def test_staging_is_another_stack_with_settings_of_its_own(one, fake, monkeypatch):
    monkeypatch.setenv("ENV", "staging")
    staging = Production()
    assert (staging.name, staging.settings.replicas) == ("bakery-staging", 1)
    assert staging.settings.watch_seconds == 0.2, "all else is as in production"
    assert staging.swarm.server == "bakery-staging_server"
    assert staging.running() is None
    before = Path("deploy/champion/champion.json").read_text()
    staging.crown(ONE)
    assert Path("deploy/champion/champion.json").read_text() == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "prod",
            r"ENV must be one of production, staging, broken \(deploy.environments\), not 'prod'",
        ),
        ("broken", "params.yaml: `deploy.environments.broken.replicas`: Input should be"),
    ],
)
def test_an_environment_without_right_settings_is_refused(oven, monkeypatch, name, sentence):
    monkeypatch.setenv("ENV", name)
    with pytest.raises(Refusal, match=sentence):
        Production()


def test_a_token_becomes_a_secret_and_is_sent_by_clients(oven, fake, change):
    oven.add(ONE)
    Path("token").write_text("crumble\n")
    change("deploy", token_file="token")
    Production().switch(ONE)
    assert fake.state["asked"]["TOKEN_NAME"].startswith("bakery-token-")
    assert any("deploy/token.yaml" in call for call in fake.calls_of("stack"))
    assert Production().headers == {"Authorization": "Bearer crumble"}
    assert not any("crumble" in call for call in fake.calls), "whoever lists processes would see it"


@pytest.mark.slow
@pytest.mark.parametrize("text", [None, "\n"])
def test_a_token_that_is_none_stops_the_deployment(oven, fake, change, text):
    oven.add(ONE)
    change("deploy", token_file="token")
    if text is not None:
        Path("token").write_text(text)
    with pytest.raises(Refusal, match="token holds no token"):
        Production().switch(ONE)
    assert fake.served == {}


def test_a_port_of_another_program_is_left_alone(oven, fake, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "")
    oven.add(ONE)
    with pytest.raises(CouldNotTell, match=r"port \d+ is taken by another program; stop it, or"):
        Production().switch(ONE)
    assert fake.calls_of("stack") == []


@pytest.mark.slow
def test_a_free_port_is_taken(oven, fake, change, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    change("deploy", port=port)
    Production()._require_free_port()


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
def test_the_state_says_why_production_is_down(one, fake, spoil, reason):
    spoil(fake)
    assert Production().state() == reason


@pytest.mark.slow
def test_replicas_are_counted(one, fake):
    assert Production().counted() == (2, 2)
    fake.change(dies=["sha256:1"])
    assert Production().counted() == (0, 2)


@pytest.mark.slow
def test_the_log_of_predictions_is_fetched(one, fake):
    fake.change(files={"predictions-2024-05-01-a-0001.jsonl": "{}\n"})
    Production().collect(Path("data/live/log"))
    assert [path.name for path in Path("data/live/log").iterdir()] == [
        "predictions-2024-05-01-a-0001.jsonl"
    ]
    assert "--volume=bakery_predictions:/predictions" in fake.calls_of("create")[-1]
    assert set(fake.state["containers"]) == {"bakery-proxy"}, "what was made for it is gone"


def test_without_a_deployment_there_is_no_log(oven):
    with pytest.raises(Refusal, match="nothing is deployed; `make deploy` does it"):
        Production().collect(Path("data/live/log"))


def test_production_wants_a_container_whatever_sandbox_says(project, nothing_on_path, monkeypatch):
    monkeypatch.setenv("SANDBOX", "process")
    with pytest.raises(CouldNotTell, match="no container engine answers"):
        Production()


@pytest.mark.slow
def test_the_history_is_short_and_its_first_has_a_time(tmp_path):
    path = tmp_path / "deployment.json"
    assert releases.history(path) == []
    releases.write_history(path, [release_of(number) for number in range(20)])
    found = releases.history(path)
    assert [release["model"] for release in found] == [f"m{n}" for n in range(11)]
    assert found[0]["deployed_at"].endswith("+00:00")
    releases.write_history(path, [])
    assert json.loads(path.read_text()) == {"releases": []}
