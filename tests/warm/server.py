"""Imports the libraries of a project, then runs each module that it is asked for in a fork.

    server.py SOCKET

It is run by the project's own Python. Nothing of the project itself is imported before the fork.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import threading
import traceback
from typing import Any, NoReturn

LIBRARIES = (
    "cyclonedx.model.bom",
    "dvc.cli",
    "dvc.commands.repro",
    "dvc.commands.status",
    "dvc.repo",
    "httpx",
    "jinja2",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "packaging.requirements",
    "pandas",
    "pandera.pandas",
    "pyarrow.parquet",
    "pydantic",
    "pytest",
    "ruamel.yaml",
    "scipy.stats",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.feature_extraction.text",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.pipeline",
    "skops.io",
)
MOST_BYTES = 1 << 20  # of a request: the words and the environment


def main(address: str) -> NoReturn:
    """Serve until this process is ended."""
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()  # what is there by now is no garbage: forks need not look at it, nor copy it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks that wait
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                answer(connection)
            connection.close()


def answer(connection: socket.socket) -> NoReturn:
    """Run one command in a fork, and say how it ended: the exit code, or less the signal."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, streams, _, _ = socket.recv_fds(connection, MOST_BYTES, 3)
    worker = os.fork()
    if worker == 0:
        connection.close()
        become(json.loads(message), streams)
    for stream in streams:
        os.close(stream)
    _, status = os.waitpid(worker, 0)
    connection.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def become(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Be the Python that was asked for, to its end."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    _, *sys.argv = request["words"]  # -m module, and its arguments
    sys.path[0] = request["folder"]
    sys.modules["numpy"].random.seed()  # a fork would draw the numbers that all others draw
    code = 1
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        else:
            code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
