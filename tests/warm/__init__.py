"""Python that is warm: forks of one process that has imported the libraries already.

Most of what a stage costs on a small table is the start of its Python. Where a project is run
hundreds of times, each of its commands is run by a fork of `server.py` instead: the same commands,
the project's own code and libraries, its own files; what is saved is the import of the libraries.
"""

import contextlib
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from baked import clean_environment

HERE = Path(__file__).parent
# What the Makefile has in the environment and Python and OpenMP read once, when they start.
AT_START = {"PYTHONUTF8": "1", "OMP_WAIT_POLICY": "PASSIVE"}


@contextlib.contextmanager
def environment(venv: Path, folder: Path) -> Iterator[Path]:
    """A stand-in for the virtual environment `venv` in `folder`, whose python and dvc are warm."""
    python, address = venv / "bin/python", folder / "socket"
    warm = folder / "venv"
    (warm / "bin").mkdir(parents=True)
    for file in [*venv.iterdir(), *(venv / "bin").iterdir()]:
        if file.name not in ("bin", "python", "dvc"):
            (warm / file.relative_to(venv)).symlink_to(file)
    ask = shlex.join(map(str, (python, "-I", "-S", HERE / "client.py", address, python)))
    for name, words in (("python", ""), ("dvc", " -m dvc")):
        script = warm / "bin" / name
        script.write_text(f'#!/bin/sh\nexec {ask}{words} "$@"\n')
        script.chmod(0o755)
    command = [python, HERE / "server.py", address]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=clean_environment() | AT_START, text=True
    ) as server:
        try:
            assert server.stdout.readline() == "ready\n", "the warm Python did not start"
            yield warm
        finally:
            server.terminate()
