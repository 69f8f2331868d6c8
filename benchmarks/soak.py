"""Whether the server's memory stays flat: a million rows and more, asked of the blessed image.

The image runs as production starts it, with its log on; its resident memory is read ten times.

    make setup && .venv/bin/python benchmarks/soak.py [--rows 1000000] [--project FOLDER]

It needs a container engine, and a project with a blessed image; without one it makes one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import serving

BATCH, CONNECTIONS, READINGS = 100, 4, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="that are asked in all")
    parser.add_argument("--project", type=Path, help="a project with a blessed image, ready-made")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = options.project or serving.blessed(folder)
        bodies = serving.write_bodies(folder, project)
        server = serving.ours(folder, project, Path(sys.executable))
        try:
            serving.wait_ready(server, bodies)
            soak(server, bodies["rows", BATCH].read_bytes(), options.rows)
        finally:
            serving.stop(server)


def soak(server: serving.Server, body: bytes, rows: int) -> None:
    """Ask for so many rows; print the memory on the way, and how far it has moved."""
    warm, readings = max(rows // 20, BATCH), []
    ask(server, body, warm)
    print(f"{'rows':>12}{'MiB':>8}{'rows/s':>10}")
    for number in range(READINGS + 1):
        begin = time.monotonic()
        if number:
            ask(server, body, rows // READINGS)
        rate = rows / READINGS / (time.monotonic() - begin) if number else 0
        readings.append(serving.memory(server))
        done = warm + number * rows // READINGS
        print(f"{done:>12,}{readings[-1]:>8.0f}{rate:>10,.0f}", flush=True)
    moved = max(readings) / readings[0] - 1
    print(json.dumps({"rows": rows, "first_mib": readings[0], "moved": round(moved, 4)}))
    if moved > 0.1:
        sys.exit("soak: resident memory grew by more than 10 %")


def ask(server: serving.Server, body: bytes, rows: int) -> None:
    """Ask for so many rows over a few connections; each answer has to be 200."""
    url = urlsplit(server.url)

    def some(count: int) -> None:
        connection = HTTPConnection(url.hostname, url.port, timeout=60)
        for _ in range(count):
            connection.request("POST", url.path, body)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"the server answered {answer.status}")
        connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(some, [rows // BATCH // CONNECTIONS] * CONNECTIONS))


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"soak: {error}")
