"""image -> blessing: blessed, not blessed, or could not tell."""

import json
from pathlib import Path

import pandas as pd
import pytest

from engine import write_program
from pipeline.core import custody
from pipeline.core.errors import GateClosed
from pipeline.gates import verdict
from pipeline.model import model_file
from pipeline.model.scorer import Scorer
from pipeline.production import blessing as blessings
from pipeline.release import load_test, places, smoke
from pipeline.release.engine import Engine, Limits
from pipeline.release.sandbox import Container

BLESSING = Path("release/blessing.json")


PASSED = {"passed": ["tests/serving/test_a.py::test_a"], "failed": {}}


def record(path: Path = BLESSING) -> dict:
    return json.loads(path.read_text())


@pytest.mark.slow
def test_a_blessing_names_every_digest_of_the_chain(blessed):
    blessing = record()
    assert (blessing["verdict"], blessing["sandbox"]) == ("passed", "container")
    assert blessing["image"] == record(Path("release/image.json"))["image"]
    for path in ("data/raw/orders.csv", "models/model.skops", "release/bento"):
        assert blessing["chain"]["files"][path] == custody.digest(Path(path))
    assert set(blessing["chain"]["verdicts"].values()) == {"passed"}
    assert custody.verify(BLESSING) == []


@pytest.mark.slow
def test_the_golden_row_is_a_test_row_scored_offline(blessed, rules):
    golden = record()["golden"]
    scorer = Scorer(model_file.load(Path("models/model.skops")), rules)
    expected = scorer.scores(pd.DataFrame([golden["row"]]))[0]
    assert golden["prediction"]["probability"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
def test_times_and_logs_are_no_part_of_the_blessing(blessed):
    figures = record(Path("reports/smoke.json"))
    measured = {"ready_seconds", "latency_ms", "under_load", "peak_memory_share", "histograms_ms"}
    assert set(figures) == {*measured, "failed_tries", "out_of_memory", "exit_code", "logs"}
    assert 0 < figures["latency_ms"]["p50"] <= figures["latency_ms"]["p99"]
    assert not set(figures) & set(record())


@pytest.mark.slow
def test_blessing_twice_gives_the_same_bytes(blessed, fake, live, run):
    before = BLESSING.read_bytes()
    fake.change(port=live)
    assert run(smoke.main).code == 0
    assert BLESSING.read_bytes() == before
    assert fake.state["containers"] == {}


@pytest.fixture
def server(blessed, fake, serve, change, monkeypatch):
    """A server that answers 200 to everything, and tests that find nothing wrong with it."""
    change("smoke", ready_seconds=0.1)
    monkeypatch.setattr(verdict, "judge", lambda folder, **artefacts: PASSED)

    def server(answer=lambda *request: (200, {})) -> None:
        fake.change(port=serve(answer))

    return server


@pytest.mark.slow
def test_the_server_is_ready_asked_and_stopped(server, run):
    requests = []
    server(lambda *request: requests.append(request[:2]) or (200, {}))
    assert run(smoke.main).code == 0
    assert requests[0] == ("GET", "/readyz")
    assert (
        len(requests) > 5
    )  # three for the latency, those under load, and one in flight at the end
    assert set(requests[1:]) == {("POST", "/predict")}
    assert record(Path("reports/smoke.json"))["exit_code"] == 0


def not_ready(fake, server, monkeypatch):
    fake.change(logs="out of flour")
    server(lambda *request: (503, {}))


def dead(fake, server, monkeypatch):
    server()
    fake.change(dies=list(fake.state["images"]))


def hangs_up(fake, server, monkeypatch):
    server(lambda method, path, body: (200, {}) if path == "/readyz" else None)


def dies_meanwhile(fake, server, monkeypatch):
    server()

    def judge(folder, **artefacts):
        state = fake.state["containers"]
        for container in state.values():
            container.update(running=False, oom=True)
        fake.change(containers=state)
        return PASSED

    monkeypatch.setattr(verdict, "judge", judge)


def a_worker_dies_of_its_memory(fake, server, monkeypatch):
    server()
    fake.change(memory_kills=2)


def hungry(fake, server, monkeypatch):
    fake.change(memory_kills=1)
    server(lambda *request: (503, {}))


def stops_badly(fake, server, monkeypatch):
    server()
    fake.change(stop_exit=137)


def answers_wrongly(fake, server, monkeypatch):
    server()

    def judge(folder, **artefacts):
        raise GateClosed(["row 0 is served 0.2 apart from offline"], {"failed": {"a": "b"}})

    monkeypatch.setattr(verdict, "judge", judge)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (not_ready, "the server was not ready after 0.1 s"),
        (not_ready, "it printed: out of flour"),
        (dead, "the server did not start: it stopped with exit code 3"),
        (hangs_up, "the server did not answer a request: RemoteProtocolError"),
        (dies_meanwhile, "is down after the tests: it used more than 512m of memory"),
        (a_worker_dies_of_its_memory, "it used more than 512m of memory"),
        (hungry, "it used more than 512m of memory and was killed"),
        (stops_badly, "asked to stop, the server ended with exit code 137"),
        (answers_wrongly, "row 0 is served 0.2 apart from offline"),
    ],
)
def test_a_fault_of_the_server_keeps_the_blessing_back(
    server, fake, run, monkeypatch, spoil, sentence
):
    spoil(fake, server, monkeypatch)
    ended = run(smoke.main)
    assert ended.code == 1
    assert sentence in ended.err
    assert record()["verdict"] == "failed"
    assert record()["image"] in fake.state["images"], "the report names what was tried"
    assert fake.state["containers"] == {}
    assert Path("reports/smoke.json").exists()


@pytest.mark.slow
def test_a_try_that_failed_before_is_not_hidden(server, fake, run, change, monkeypatch):
    server()
    change("smoke", tries=2)
    verdicts = iter([GateClosed(["row 0 is served 0.2 apart"], {}), PASSED])

    def judge(folder, **artefacts):
        outcome = next(verdicts)
        if isinstance(outcome, GateClosed):
            raise outcome
        return outcome

    monkeypatch.setattr(verdict, "judge", judge)
    ended = run(smoke.main)
    assert ended.code == 0
    assert "try 1 of 2 failed: row 0 is served 0.2 apart" in ended.out
    assert "FLAKY: it passed only at try 2" in ended.out
    assert record()["tries"] == 2
    assert record(Path("reports/smoke.json"))["failed_tries"] == [["row 0 is served 0.2 apart"]]


@pytest.mark.slow
def test_to_load_is_not_to_query_and_is_not_deployed(server, fake, run, change, monkeypatch):
    server()
    change("smoke", mode="load")
    monkeypatch.setattr(verdict, "judge", None)
    assert run(smoke.main).code == 0
    assert record()["mode"] == "load"
    (reason,) = blessings.judge_blessing(record())
    assert "the server was started but not queried" in reason


@pytest.mark.slow
def test_memory_near_the_limit_is_not_blessed(server, fake, run, monkeypatch):
    server()
    monkeypatch.setattr(Engine, "peak_memory", lambda self, name: 500 * 2**20)
    ended = run(smoke.main)
    assert ended.code == 1
    assert "the server used 98% of smoke.memory 512m, more than smoke.max_memory_share" in ended.err


@pytest.mark.slow
def test_a_request_in_flight_that_is_lost_is_not_blessed(server, fake, run, monkeypatch):
    server()
    monkeypatch.setattr(
        load_test, "in_flight", lambda *call: call[2]() or "the connection was closed"
    )
    ended = run(smoke.main)
    assert ended.code == 1
    assert "the server lost a request in flight: the connection was closed" in ended.err


def test_an_image_that_wants_a_network_is_not_blessed(server, fake, run, monkeypatch):
    server()
    monkeypatch.setattr(Engine, "is_ready", lambda self, name: False)
    ended = run(smoke.main)
    assert ended.code == 1
    assert "without a network it was not ready after 0.1 s" in ended.err
    assert "--network=none" in fake.calls_of("run")[-1]
    assert fake.state["containers"] == {}


def interrupt(folder, **artefacts):
    raise KeyboardInterrupt


@pytest.mark.slow
def test_ctrl_c_leaves_no_container_and_no_blessing(server, fake, run, monkeypatch):
    server()
    monkeypatch.setattr(verdict, "judge", interrupt)
    assert run(smoke.main).code == 130
    assert fake.state["containers"] == {}
    assert not BLESSING.exists()


def test_a_broken_chain_is_not_blessed(server, run):
    Path("models/model.skops").write_bytes(b"x")
    ended = run(smoke.main)
    assert ended.code == 1
    assert "models/model.skops: its bytes changed after `train`" in ended.err


@pytest.mark.slow
def test_rows_that_the_server_scores_other_than_offline_are_not_blessed(
    server, run, fake, monkeypatch
):
    server()
    scores_of, scored = Scorer.scores_of, []

    def wrong(self, rows):
        scored.extend(rows)
        return scores_of(self, rows) + 1e-6

    monkeypatch.setattr(Scorer, "scores_of", wrong)
    ended = run(smoke.main)
    assert ended.code == 1
    assert len(scored) > 30  # the whole test set, and the mocks
    for part in ("the test set", "tests/mocks.csv"):
        assert f"of {part}: the server's score and scikit-learn's differ by 1e-06" in ended.err
    assert "more than smoke.tolerance 1e-09" in ended.err
    assert fake.running == {}


@pytest.mark.slow
def test_a_model_that_was_not_judged_is_not_blessed(blessed):
    packaged = record(Path("release/bento.json"))
    assert smoke.judge_bento(Path("release/bento/src"), packaged) == []
    Path("release/bento/src/models/model.skops").write_bytes(b"x")
    (reason,) = smoke.judge_bento(Path("release/bento/src"), packaged)
    assert reason.startswith("release/bento holds another models/model.skops than the one")


def no_engine(fake, monkeypatch):
    write_program(fake.path.parent, "docker", "exit 1")


def no_image(fake, monkeypatch):
    fake.change(images={})


def port_taken(fake, monkeypatch):
    fake.change(fail={"run": "address already in use"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (no_engine, "docker built the image and does not answer now; start it"),
        (no_image, "run `dvc repro containerize`"),
        (port_taken, "the port is taken by another program"),
    ],
)
def test_faults_of_the_engine_are_could_not_tell(server, fake, run, monkeypatch, spoil, sentence):
    spoil(fake, monkeypatch)
    ended = run(smoke.main)
    assert ended.code == 3
    assert sentence in ended.err
    assert not BLESSING.exists(), "could not tell is no verdict"


@pytest.mark.slow
def test_a_process_is_blessed_and_not_deployed(server, run, change, monkeypatch):
    server()
    change("smoke", targets=["process"])
    as_one = Container(Engine("docker"), record()["image"], Limits("512m", 1.0))
    monkeypatch.setattr(places, "Process", lambda bento: as_one)
    ended = run(smoke.main)
    assert ended.code == 0
    assert "in a process; next: make validate" in ended.out
    (reason,) = blessings.judge_blessing(record())
    assert "the Bento was blessed as a process" in reason


@pytest.mark.slow
def test_each_target_has_its_verdict_and_its_figures(server, run, change, monkeypatch):
    server()
    change("smoke", targets=["built", "docker"])
    assert run(smoke.main).code == 0
    blessing = record()
    verdicts = {name: one["verdict"] for name, one in blessing["targets"].items()}
    assert verdicts == {"built": "passed", "docker": "passed"}
    assert blessing["sandbox"] == "container"
    figures = record(Path("reports/smoke.json"))
    of_each = figures.pop("targets")
    assert set(of_each) == {"built", "docker"}
    assert figures == of_each["built"]


@pytest.mark.slow
def test_a_server_that_fails_on_one_target_only_is_not_blessed(
    server, fake, run, change, monkeypatch
):
    server()
    change("smoke", targets=["built", "docker"])
    verdicts = iter([PASSED, GateClosed(["row 0 is served 0.2 apart"], {"failed": {"a": "b"}})])

    def judge(folder, **artefacts):
        outcome = next(verdicts)
        if isinstance(outcome, GateClosed):
            raise outcome
        return outcome

    monkeypatch.setattr(verdict, "judge", judge)
    ended = run(smoke.main)
    assert ended.code == 1
    assert "on `docker` (smoke.targets in params.yaml): row 0 is served 0.2 apart" in ended.err
    verdicts = {name: one["verdict"] for name, one in record()["targets"].items()}
    assert (record()["verdict"], verdicts) == ("failed", {"built": "passed", "docker": "failed"})
    assert blessings.judge_blessing(record()) != []
    assert fake.state["containers"] == {}


@pytest.mark.slow
def test_no_target_is_refused_before_anything_is_started(server, fake, run, change):
    server()
    BLESSING.unlink()
    change("smoke", targets=[])
    ended = run(smoke.main)
    assert ended.code == 1
    assert "`smoke.targets`: a server that is started nowhere is not proved" in ended.err
    assert not BLESSING.exists()
    assert fake.calls_of("run") == []
