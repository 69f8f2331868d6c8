"""The README's first command, in a new clone."""

import json
import os
import subprocess

from conftest import REPOSITORY
from project import NOISE, clean_environment


def test_make_demo_ends_with_a_blessed_model(tmp_path):
    clone = tmp_path / "a clone"
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
    environment = clean_environment() | {"SANDBOX": "process", "HOME": os.environ["HOME"]}
    done = subprocess.run(
        ["make", "demo"],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert not [word for word in NOISE if word in done.stdout], done.stdout
    assert "Where to look next" in done.stdout
    blessing = clone / "build/strike-triage/release/blessing.json"
    assert json.loads(blessing.read_text())["verdict"] == "passed"
