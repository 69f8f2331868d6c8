"""What a user may do wrong ends in one sentence, and nothing comes after it.

Each test breaks one thing in a copy of the blessed project and runs the real commands. Faults that
are nobody's typing are in the catalogue: tests/faults.
"""

import gzip
import os
import shutil
import signal
import socket
import subprocess

import pytest

from baked import clean_environment, engine, wait_for
from faults.fault import RAW, Break, edited, rewritten

pytestmark = pytest.mark.engine


def in_params(old: str, new: str) -> Break:
    """Return a fault that edits params.yaml."""
    return edited("params.yaml", old, new)


# What a user may do wrong, the target that must stop, and words of the sentence that must be read.
BAD_INPUT: dict[str, tuple[Break, str, str]] = {
    "an empty table": (rewritten(RAW, lambda text: ""), "ingest", "is empty"),
    "a table of a header only": (
        rewritten(RAW, lambda text: text.split("\n")[0] + "\n"),
        "ingest",
        "holds no rows",
    ),
    "a table that is no text": (
        lambda project: (project.folder / RAW).write_bytes(gzip.compress(os.urandom(9999))),
        "ingest",
        "is not a table that can be read",
    ),
    "no table": (lambda project: (project.folder / RAW).unlink(), "ingest", "is missing"),
    "a table without its target": (
        rewritten(RAW, lambda text: text.replace("effect_on_flight", "effect", 1)),
        "ingest",
        "no column `effect_on_flight`",
    ),
    "a table with an unknown column": (
        rewritten(RAW, lambda text: text.replace("speed,", "pace,speed,", 1)),
        "ingest",
        "does not describe the column `pace`",
    ),
    "two columns of one name": (
        rewritten(RAW, lambda text: text.replace("height,speed", "speed,speed", 1)),
        "ingest",
        "the table has no column `height`, which schema.yaml describes",
    ),
    "one class only": (
        rewritten(RAW, lambda text: text.replace(",yes\n", ",no\n")),
        "ingest",
        "holds one class only",
    ),
    "many rows out of range": (
        rewritten(RAW, lambda text: text.replace(",Approach,", ",Landing,")),
        "ingest",
        "column `flight_phase`",
    ),
    "a misspelt key": (
        in_params("max_bad_rows:", "max_bad_row:"),
        "ingest",
        "did you mean `max_bad_rows`?",
    ),
    "a misspelt section": (
        in_params("\nevaluate:", "\nevalute:"),
        "evaluate",
        "did you mean `evaluate`?",
    ),
    "a misspelt metric": (
        in_params("      error_rate: {max: 0.28}", "      eror_rate: {max: 0.28}"),
        "evaluate",
        "did you mean `error_rate`?",
    ),
    "broken YAML": (in_params("by: time ", "by: [time "), "ingest", "params.yaml, line"),
    "a number that is a word": (
        in_params("max_bad_rows: 0.01", "max_bad_rows: few"),
        "ingest",
        "`ingest.max_bad_rows`",
    ),
    "no mocks": (
        lambda project: (project.folder / "tests/mocks.csv").unlink(),
        "check_data",
        "tests/mocks.csv is missing; `make mocks` makes it",
    ),
    "mocks that lack a column": (
        rewritten("tests/mocks.csv", lambda text: text.replace("speed,", "pace,", 1)),
        "check_data",
        "the table has no column `speed`",
    ),
    "rows that have moved away from the mocks": (
        rewritten(RAW, lambda text: text.replace(",AMERICAN AIRLINES,", ",NEW AIRLINES,")),
        "check_data",
        "`operator`: 8",
    ),
    "an unknown estimator": (
        in_params("linear_model.LogisticRegression", "linear_model.LogisticRegresion"),
        "train",
        "did you mean `sklearn.linear_model.LogisticRegression`?",
    ),
    "an unknown argument": (in_params("max_iter:", "max_itr:"), "train", "mean `max_iter`?"),
    "an impossible argument": (in_params("C: 1.0", "C: -1.0"), "train", "cannot be trained"),
    "a slice of a column that is not there": (
        in_params("[flight_phase, time_of_day, sky, mass_class]", "[flight_phas]"),
        "evaluate",
        "mean `flight_phase`?",
    ),
    "a model below its threshold": (
        in_params("roc_auc: {min: 0.88,", "roc_auc: {min: 0.99,"),
        "evaluate",
        "below evaluate.thresholds.roc_auc.min 0.99",
    ),
    "a base image that nobody has": (
        in_params("base_image: python:3.11-slim", "base_image: localhost/nobody:1"),
        "containerize",
        "cannot be pulled",
    ),
    "a server that is too slow": (
        in_params("max_p95_ms: 250", "max_p95_ms: 0.1"),
        "smoke",
        "more than smoke.max_p95_ms",
    ),
    "a server without memory": (in_params("memory: 512m", "memory: 32m"), "smoke", "memory"),
    "a server that is not ready in time": (
        in_params("ready_seconds: 90", "ready_seconds: 0.2"),
        "smoke",
        "was not ready after 0.2 s",
    ),
}


@pytest.mark.parametrize("fault", BAD_INPUT)
def test_bad_input_ends_in_one_sentence_and_nothing_after_it_changes(warm_copy, fault):
    break_it, target, message = BAD_INPUT[fault]
    later = [warm_copy.folder / "release/bento.json", warm_copy.folder / "release/image.json"]
    before = [path.read_bytes() for path in later]
    break_it(warm_copy)
    done = warm_copy.make(target)
    assert done.status != 0, done.output
    assert message in done.output, done.output
    assert "Traceback" not in done.output, done.output
    if target not in ("containerize", "smoke"):
        assert [path.read_bytes() for path in later] == before
    assert warm_copy.make("deploy").status != 0


def test_without_an_engine_validate_says_so_before_anything_runs(warm_copy):
    away = dict.fromkeys(("DOCKER_HOST", "CONTAINER_HOST"), "unix:///nowhere")
    done = warm_copy.make("validate", **away)
    assert done.status != 0
    assert "no container engine answers" in done.output
    assert "Running stage" not in done.output


def test_a_port_taken_by_another_program_is_named(warm_copy):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        text = (warm_copy.folder / "params.yaml").read_text()
        taken = next(line for line in text.split("\n") if line.startswith("  port: "))
        warm_copy.edit("params.yaml", taken, f"  port: {port}")
        done = warm_copy.make("deploy")
    assert done.status != 0
    assert f"port {port} is taken by another program" in done.output, done.output


def test_a_disk_without_room_is_one_sentence(copy):
    shutil.rmtree(copy.folder / "data/features")
    stage = (
        ".venv/bin/python -m pipeline.model.featurize --dataset data/dataset --schema schema.yaml "
        "--featurizer models/featurizer.skops --features data/features --report reports/x.json"
    )
    done = copy.run("bash", "-c", f"ulimit -f 200; {stage}")
    assert done.status == 1
    assert "featurize: " in done.output, done.output
    assert "File too large" in done.output, done.output
    assert "Traceback" not in done.output, done.output


@pytest.mark.alone
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_smoke_leaves_no_container_and_can_be_run_again(copy, signum):
    (copy.folder / "release/blessing.json").unlink()
    command = ["make", "smoke"]
    running = subprocess.Popen(
        command,
        cwd=copy.folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A shell starts what it runs in the background deaf to Ctrl-C; nobody's terminal does.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for(lambda: sandboxes() != "")
    os.killpg(running.pid, signum)
    output, _ = running.communicate(timeout=60)
    assert running.returncode != 0, output
    wait_for(lambda: sandboxes() == "")
    assert not (copy.folder / "release/blessing.json").exists()
    done = copy.make("smoke")
    assert done.status == 0, done.output
    assert sandboxes() == ""


def sandboxes() -> str:
    """Return the sandboxes that the engine holds."""
    return engine("ps", "--all", "--quiet", "--filter", "name=sandbox-")
