"""Bad requests by the thousand, made from the server's own description: it refuses, and goes on."""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from baked import Project, engine, free_port

pytestmark = pytest.mark.engine

GENERATED = 2000
SEEDS = ("1", "2")  # of those who make them, at the same time
GROWTH = 1.25  # of resident memory, at most


@pytest.fixture(scope="module")
def server(journey: Project) -> Iterator[tuple[str, str]]:
    """The blessed image as production starts it: its address, and its container."""
    name, port = f"hostile-{uuid.uuid4().hex[:8]}", free_port()
    words = ["run", "--detach", "--name", name, "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL"]
    words += ["--memory=512m", "--publish", f"127.0.0.1:{port}:3000"]
    engine(*words, journey.json("release/blessing.json")["image"])
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 60
        while status(f"{address}/readyz") != 200:
            assert time.monotonic() < until, engine("logs", name)
            time.sleep(0.2)
        yield address, name
    finally:
        engine("rm", "--force", "--volumes", name)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def resident(address: str) -> float:
    """Return the server's resident memory, by its own figures."""
    text = urllib.request.urlopen(f"{address}/metrics", timeout=5).read().decode()
    return float(re.search(r"(?m)^process_resident_memory_bytes (\S+)$", text)[1])


def counts(address: str) -> dict[str, float]:
    """Return how many requests were answered by each code."""
    text = urllib.request.urlopen(f"{address}/metrics", timeout=5).read().decode()
    return {
        code: float(count)
        for code, count in re.findall(r'(?m)^predict_requests_total\{code="(\d+)"\} (\S+)$', text)
    }


def attack(address: str, folder: Path, seed: str) -> int:
    """Let schemathesis make its share of bad requests; return how many it made."""
    folder.mkdir()
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{address}/docs.json",
            *("--include-path", "/predict", "--mode", "negative", "--phases", "coverage,fuzzing"),
            *("--checks", "not_a_server_error,negative_data_rejection"),
            *("--max-examples", str(GENERATED // len(SEEDS)), "--suppress-health-check", "all"),
            *("--seed", seed, "--no-color"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,  # where it keeps what it has found
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return int(re.search(r"(\d+) generated", done.stdout)[1])


def test_bad_requests_are_refused_and_break_nothing(server, tmp_path):
    address, name = server
    before = resident(address)
    with ThreadPoolExecutor() as pool:
        made = list(pool.map(lambda seed: attack(address, tmp_path / seed, seed), SEEDS))
    assert sum(made) >= GENERATED
    found = counts(address)
    assert sum(found.values()) > GENERATED / 2
    assert not [code for code in found if code.startswith("5")], found
    assert resident(address) < GROWTH * before
    assert status(f"{address}/readyz") == 200
    facts = json.loads(engine("inspect", name))[0]
    assert facts["RestartCount"] == 0
    assert facts["State"]["Running"]
