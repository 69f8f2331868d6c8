"""Production under constant load: whatever is deployed, no request is lost or answered wrongly.

The load comes from a process of its own (load.py), which checks every answer.
"""

import contextlib
import json
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from baked import ENGINE, Project, clean_environment, engine, free_port, remove_all_of, wait_for

pytestmark = [pytest.mark.engine, pytest.mark.alone]

LOAD = Path(__file__).parent / "support/load.py"
CONNECTIONS = 4
ROLL_OUT = """
import sys
from pathlib import Path
from pipeline.core.errors import Refusal
from pipeline.production import rollout, swarm_target
from pipeline.production.releases import history
now, target = history(Path("release/deployment.json"))[0], swarm_target.current()
bad = {**now, "bento": "bad:1", "image": sys.argv[1], "reference": sys.argv[1]}
try:
    rollout.roll_out(target, bad, target.settings)
except Refusal as refusal:
    sys.exit(f"deploy: {refusal}")
"""
LOOK_AGAIN = """
import sys
from pipeline.release.engine import Engine
from pipeline.production.swarm import Swarm
production = Swarm(Engine(sys.argv[1]), sys.argv[2])
for _ in range(40):
    assert any(task.error for task in production.tasks(sys.argv[3]))
"""
# Each way to spoil the blessed image: a Dockerfile instruction, and the words of the refusal.
BAD = {
    "never ready": ('CMD ["python3", "-c", "import time; time.sleep(600)"]', "was not ready after"),
    "ends at once": ('CMD ["python3", "-c", "print(\'no flour\')"]', "bad:1 was not deployed: "),
    "answers wrongly": (
        'RUN ["python3", "-c", "from pathlib import Path; '
        "p = Path('/bento/src/pipeline/model/scorer.py'); "
        "p.write_text(p.read_text().replace('float(value)', 'float(value) / 2'))\"]",
        "to the golden row, not",
    ),
    "slow": (
        'RUN ["python3", "-c", "from pathlib import Path; '
        "p = Path('/bento/src/pipeline/serving/front.py'); "
        "p.write_text(p.read_text().replace('asyncio.sleep(0)', 'asyncio.sleep(1)'))\"]",
        "it is slow: 95 % of its answers take up to",
    ),
}


@pytest.fixture(scope="module")
def deployed(journey: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A copy of the project under a name of its own, with two releases; the second runs."""
    project = journey.copy(tmp_path_factory.mktemp("rollout") / "project")
    name = f"rollout-{uuid.uuid4().hex[:8]}"
    text = (project.folder / "params.yaml").read_text()
    text = text.replace(f'name: "{journey.folder.name}"', f'name: "{name}"')
    text = re.sub(r"(?m)^  port: \d+ ", f"  port: {free_port()} ", text)
    text = text.replace("{port: 3001,", f"{{port: {free_port()},")
    text = text.replace("  ready_seconds: 60 ", "  ready_seconds: 30 ")
    text = text.replace("  watch_seconds: 10 ", "  watch_seconds: 3 ")
    (project.folder / "params.yaml").write_text(text)
    project.commit("Another name, another port, and less patience")
    try:
        for target in ("validate", "deploy"):
            done = project.make(target)
            assert done.status == 0, done.output
        project.commit("Deploy the first")
        text = (project.folder / "params.yaml").read_text()
        (project.folder / "params.yaml").write_text(re.sub(r"{C: [\d.]+,", "{C: 0.7,", text))
        project.commit("Train another model")
        for target in ("validate", "deploy"):
            done = project.make(target)
            assert done.status == 0, done.output
        project.commit("Deploy the second")
        yield project
    finally:
        project.make("undeploy")
        remove_all_of(name)


@pytest.fixture(scope="module")
def golden(deployed: Project) -> dict[str, dict]:
    """The golden row and its prediction, by the model of each release."""
    return {one["model"]: one["golden"] for one in releases(deployed)}


def name_of(project: Project) -> str:
    return re.search(r'(?m)^  name: "(.+?)"', (project.folder / "params.yaml").read_text())[1]


def releases(project: Project) -> list[dict]:
    return project.json("release/deployment.json")["releases"]


def address(project: Project) -> str:
    port = re.search(r"(?m)^  port: (\d+)", (project.folder / "params.yaml").read_text())[1]
    return f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def load(project: Project, golden: dict[str, dict]) -> Iterator[dict]:
    """Send the golden row all the time; the dictionary holds the outcome afterwards."""
    rows = {json.dumps(one["row"]) for one in golden.values()}
    assert len(rows) == 1, "the golden row is the same, since the test set is"
    answers = {model: one["prediction"] for model, one in golden.items()}
    asked = [{"body": {"rows": [json.loads(*rows)]}, "answers": answers}]
    words = [sys.executable, str(LOAD), address(project), str(CONNECTIONS), json.dumps(asked)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=clean_environment())
    outcome: dict = {}
    try:
        time.sleep(1)
        yield outcome
        time.sleep(1)
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate()
    outcome.update(json.loads(output))


def none_lost(outcome: dict) -> None:
    assert sum(outcome["answered"].values()) > 1000, outcome
    assert (outcome["lost_count"], outcome["wrong_count"]) == (0, 0), outcome


def test_a_release_replaces_another_without_losing_a_request(deployed, golden):
    new, old = releases(deployed)[:2]
    assert new["model"] != old["model"]
    with load(deployed, golden) as outcome:
        done = deployed.make("rollback")
    assert done.status == 0, done.output
    none_lost(outcome)
    assert outcome["answered"].keys() == {new["model"], old["model"]}
    assert releases(deployed)[0]["image"] == old["image"]
    with load(deployed, golden) as outcome:
        done = deployed.make("deploy")
    assert done.status == 0, done.output
    none_lost(outcome)
    assert releases(deployed)[0]["image"] == new["image"]
    assert deployed.make("status").status == 0
    assert old["bento"] in deployed.make("history").output


@pytest.mark.parametrize("how", BAD)
def test_a_bad_release_never_answers_a_client(deployed, golden, how, tmp_path):
    now = releases(deployed)[0]
    instruction, sentence = BAD[how]
    (tmp_path / "Dockerfile").write_text(
        f"FROM {now['bento']}\nUSER 0\n{instruction}\nUSER 10001:10001\n"
    )
    # An image of this name is removed with the project's others.
    name = f"{name_of(deployed)}:{how.replace(' ', '-')}"
    image = engine("build", "--quiet", "--tag", name, str(tmp_path)).splitlines()[-1]
    with load(deployed, golden) as outcome:
        done = deployed.run(".venv/bin/python", "-c", ROLL_OUT, image)
    assert done.status == 1, done.output
    assert sentence in done.output
    assert done.output.strip().endswith("the former release answers")
    none_lost(outcome)
    assert outcome["answered"].keys() == {now["model"]}
    assert deployed.make("status").status == 0


def test_a_killed_replica_is_replaced_without_losing_a_request(deployed, golden):
    name = f"{name_of(deployed)}_server"
    with load(deployed, golden) as outcome:
        for _ in range(2):
            engine("kill", "--signal", "KILL", running(name)[0])
            wait_for(lambda: len(running(name)) >= 2, message="the replica was not started again")
    none_lost(outcome)


def running(service: str) -> list[str]:
    """Return the containers of a service that are healthy."""
    return engine(
        "ps", "--quiet", "--filter", f"name={service}", "--filter", "health=healthy"
    ).split()


def test_staging_runs_beside_production(deployed, golden):
    champion = (deployed.folder / "deploy/champion/champion.json").read_bytes()
    with load(deployed, golden) as outcome:
        for target in ("deploy", "status", "undeploy"):
            done = deployed.make(target, "ENV=staging")
            assert done.status == 0, done.output
            if target == "status":
                assert "1 of 1 replicas answer" in done.output
                assert deployed.make("status").status == 0
    none_lost(outcome)
    assert (deployed.folder / "deploy/champion/champion.json").read_bytes() == champion
    done = deployed.make("deploy", "ENV=prod")
    assert done.status != 0
    assert "ENV must be one of production, staging" in done.output


def test_a_second_deployment_at_a_time_is_refused(deployed):
    words = ["make", "deploy"]
    first = subprocess.Popen(
        words,
        cwd=deployed.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clean_environment(),
    )
    try:
        until = time.monotonic() + 60
        while not engine(
            "ps", "--all", "--quiet", "--filter", f"name={name_of(deployed)}-deploying"
        ):
            assert first.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        second = deployed.make("deploy")
        assert second.status != 0
        assert "another deployment of" in second.output, second.output
    finally:
        output, _ = first.communicate()
    assert first.returncode == 0, output


def test_the_next_deployment_recovers_from_a_killed_one(deployed, golden):
    name = name_of(deployed)
    with load(deployed, golden) as outcome:
        first = subprocess.Popen(
            [
                ".venv/bin/python",
                "-m",
                "pipeline.production.rollback",
                "--deployment",
                "release/deployment.json",
            ],
            cwd=deployed.folder,
            stdout=subprocess.DEVNULL,
            env=clean_environment(),
        )
        while not engine("ps", "--quiet", "--filter", f"name={name}_canary"):
            assert first.poll() is None
            time.sleep(0.1)
        first.kill()
        first.wait()
        done = deployed.make("deploy")
    assert done.status == 0, done.output
    none_lost(outcome)
    assert not engine("ps", "--all", "--quiet", "--filter", f"name={name}-deploying")
    assert not engine("ps", "--quiet", "--filter", f"name={name}_canary")


def test_replicas_that_swarm_forgets_are_no_error(deployed):
    """Replicas that end at once are many, and Swarm keeps the last five of each place only."""
    name = name_of(deployed)
    options = ["--detach", "--no-resolve-image", "--replicas", "6", "--restart-delay", "0s"]
    ends = ["python:3.11-slim", "python3", "-c", "raise SystemExit(1)"]
    engine("service", "create", *options, "--name", f"{name}_ending", *ends)
    try:
        listed = ("service", "ps", "--quiet", f"{name}_ending")
        wait_for(lambda: len(engine(*listed).split()) >= 20)
        words = ["-c", LOOK_AGAIN, ENGINE, name, f"{name}_ending"]
        done = deployed.run(".venv/bin/python", *words)
        assert done.status == 0, done.output
    finally:
        engine("service", "rm", f"{name}_ending")


def test_production_is_hardened(deployed):
    facts = json.loads(engine("inspect", running(f"{name_of(deployed)}_server")[0]))[0]
    host = facts["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert [word.lower() for word in host["CapDrop"]] == ["all"]
    assert host["Memory"] == 512 * 1024**2
    assert host["PidsLimit"] == 256
    assert facts["Config"]["User"] not in ("", "0", "root")
    assert facts["Config"]["Healthcheck"]
    assert not facts["NetworkSettings"]["Ports"].get("3000/tcp"), "only the proxy is reachable"
    for tool in ("sh", "gcc", "pip", "cat"):
        done = deployed.run(ENGINE, "exec", facts["Id"], tool, "--version")
        assert done.status != 0
        assert "executable file not found" in done.output, done.output
