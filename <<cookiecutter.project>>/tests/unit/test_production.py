"""The production container: the former release is kept until the new one answers."""

import json
import socket
from pathlib import Path

import pytest
from bakery import release_of

from pipeline import production
from pipeline.engine import EngineError
from pipeline.production import Production
from pipeline.stage import CouldNotTell, Refusal

NAME, FORMER = "bakery-production", "bakery-production-former"
ONE, TWO = release_of(1), release_of(2)


def predictions(probability, model="m2") -> dict:
    return {"model": model, "predictions": [{"label": "no", "probability": probability}]}


def test_the_first_release_runs_on_its_port_under_the_blessed_limits(oven, fake):
    oven.add(ONE)
    Production().switch(ONE)
    assert fake.running == {NAME: "sha256:1"}
    call = fake.calls_of("run")[0]
    for word in ("--restart=unless-stopped", "--volume=bakery-predictions:/predictions", "512m"):
        assert word in call


def test_a_token_is_given_to_the_server_and_sent_by_its_clients(oven, fake, change):
    oven.add(ONE)
    Path("token").write_text("crumble\n")
    Path("token").chmod(0o644)
    change("deploy", token_file="token")
    Production().switch(ONE)
    call = fake.calls_of("run")[0]
    assert f"--volume={Path('token').resolve()}:/run/secrets/token:ro" in call
    assert "--env=TOKEN_FILE=/run/secrets/token" in call
    assert Production().headers == {"Authorization": "Bearer crumble"}
    assert not any("crumble" in word for word in call), "whoever lists processes would see it"


@pytest.mark.parametrize(
    ("text", "mode", "sentence"),
    [
        (None, None, "token holds no token"),
        ("\n", 0o644, "token holds no token"),
        ("crumble", 0o600, "the server's user cannot read token .*`chmod o\\+r token`"),
    ],
)
def test_a_token_that_the_server_could_not_read_stops_the_deployment(
    oven, fake, change, text, mode, sentence
):
    oven.add(ONE)
    change("deploy", token_file="token")
    if text is not None:
        Path("token").write_text(text)
        Path("token").chmod(mode)
    with pytest.raises(Refusal, match=sentence):
        Production().switch(ONE)
    assert fake.running == {}


def test_a_new_release_takes_the_place_of_the_former(oven, fake):
    for release in (ONE, TWO):
        oven.add(release)
        Production().switch(release)
    assert fake.state["containers"].keys() == {NAME}
    assert fake.running == {NAME: "sha256:2"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "the server was not ready after 0.3 s"),
        (predictions(0.26), r"it answers \{.*0.26.*\} to the golden row, not \{.*0.25"),
        (predictions(0.25, "m7"), "it serves the model m7, not m2"),
        (predictions(None), "it answers .*None.* to the golden row"),
        (predictions("much"), "it answers .*much.* to the golden row"),
        ({"predictions": [{}]}, r"it does not answer the golden row \(KeyError"),
        ({"model": "m2", "predictions": [{}]}, r"it answers \{\} to the golden row"),
        ({"predictions": []}, r"it does not answer the golden row \(IndexError"),
        ([1], r"it does not answer the golden row \(TypeError"),
    ],
)
def test_a_release_that_does_not_answer_rightly_gives_way_to_the_former(
    oven, fake, answer, sentence
):
    oven.add(ONE)
    fake.add_container(NAME, "sha256:1")
    oven.add(TWO, answer)
    if answer is None:
        del oven.answers["sha256:2"]
    with pytest.raises(Refusal, match=sentence) as refused:
        Production().switch(TWO)
    assert str(refused.value).startswith("bakery:2 was not deployed: ")
    assert str(refused.value).endswith("; the former release answers again")
    assert fake.running == {NAME: "sha256:1"}
    assert FORMER not in fake.state["containers"]


def test_a_release_that_dies_tells_what_it_printed(oven, fake):
    fake.add_image("sha256:2")
    fake.change(dies=["sha256:2"], logs="starting\nout of flour")
    with pytest.raises(
        Refusal,
        match=r"it stopped with exit code 3 \(it printed: out of flour\); nothing was deployed bef",
    ):
        Production().switch(TWO)
    assert fake.state["containers"] == {}


def test_a_former_release_that_does_not_answer_either_is_told(oven, fake):
    fake.add_image("sha256:2")
    fake.add_container(NAME, "sha256:1")
    with pytest.raises(Refusal, match=r"not deployed: .*; the former release was started again bu"):
        Production().switch(TWO)
    assert fake.running == {NAME: "sha256:1"}


def test_an_image_that_does_not_start_gives_way_to_the_former(oven, fake):
    oven.add(ONE)
    fake.add_container(NAME, "sha256:1")
    with pytest.raises(EngineError, match=r"docker run failed: .*; the former release answers"):
        Production().switch(TWO)
    assert fake.running == {NAME: "sha256:1"}


def test_ctrl_c_brings_the_former_release_back(oven, fake, monkeypatch):
    oven.add(ONE)
    oven.add(TWO)
    fake.add_container(NAME, "sha256:1")

    def prove(self, release):
        raise KeyboardInterrupt

    monkeypatch.setattr(Production, "prove", prove)
    with pytest.raises(KeyboardInterrupt):
        Production().switch(TWO)
    assert fake.running == {NAME: "sha256:1"}


def test_a_switch_that_was_killed_half_way_is_undone_by_the_next(oven, fake):
    for release in (ONE, TWO):
        oven.add(release)
    fake.add_container(FORMER, "sha256:1", running=False)
    fake.add_container(NAME, "sha256:7")
    Production().switch(TWO)
    assert fake.running == {NAME: "sha256:2"}
    assert f"rename {FORMER} {NAME}" in fake.calls_of("rename"), "the former was the right one"


def test_a_port_of_another_program_is_left_alone(oven, fake, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "")
    oven.add(ONE)
    with pytest.raises(CouldNotTell, match=r"port \d+ is taken by another program; stop it, or"):
        Production().switch(ONE)
    assert fake.calls_of("run") == []


def test_a_free_port_is_taken(oven, fake, change, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    change("deploy", port=port)
    oven.add(ONE)
    monkeypatch.setattr(Production, "prove", lambda self, release: None)
    Production().switch(ONE)
    assert f"--publish 127.0.0.1:{port}:3000" in fake.calls_of("run")[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (None, "there is no container"),
        ({"running": True}, None),
        ({"running": False, "exit": 3}, "it stopped with exit code 3"),
    ],
)
def test_the_state_says_why_production_is_down(oven, fake, facts, reason):
    if facts:
        fake.add_container(NAME, "sha256:1", **facts)
    assert Production().state() == reason


def test_the_log_of_predictions_is_fetched(oven, fake):
    fake.add_container(NAME, "sha256:1")
    fake.change(files={"predictions-2024-05-01.jsonl": "{}\n"})
    Production().collect(Path("data/live/log"))
    assert [path.name for path in Path("data/live/log").iterdir()] == [
        "predictions-2024-05-01.jsonl"
    ]


def test_production_wants_a_container_whatever_sandbox_says(project, nothing_on_path, monkeypatch):
    monkeypatch.setenv("SANDBOX", "process")
    with pytest.raises(CouldNotTell, match="no container engine answers"):
        Production()


def test_the_history_is_short_and_its_first_has_a_time(tmp_path):
    path = tmp_path / "deployment.json"
    assert production.history(path) == []
    production.write_history(path, [release_of(number) for number in range(20)])
    found = production.history(path)
    assert [release["model"] for release in found] == [f"m{n}" for n in range(11)]
    assert found[0]["deployed_at"].endswith("+00:00")
    production.write_history(path, [])
    assert json.loads(path.read_text()) == {"releases": []}
