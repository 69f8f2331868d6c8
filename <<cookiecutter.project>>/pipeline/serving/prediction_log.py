"""The log of predictions: one JSON line for each scored row, in numbered files for each day.

The service writes it, `monitor` reads it. Lines are gathered for a moment and then written
together, so that no request waits for the disk; a server that is killed loses the lines of that
moment. Serving goes on when the log cannot be written; the rows lost are counted.
"""

import contextlib
import datetime
import json
import os
import random
import re
import socket
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pydantic_core import to_json

WAIT_SECONDS = 0.2  # for lines to gather before they are written
FILE = re.compile(r"predictions-(\d{4}-\d{2}-\d{2})-(\w+)-(\d+)\.jsonl")


class PredictionLog:
    """Appends to `folder`/predictions-<day>-<host>-<number>.jsonl; replicas share the folder.

    Args:
        folder: where the files are.
        share: of all rows, the share that is logged, chosen at random.
        private: columns that are left out of the rows.
        max_bytes: once a file has this size, a new one is begun.
        keep_bytes: the limit on all files together; beyond it the oldest are removed.

    Attributes:
        lost: the number of rows that could not be written.
    """

    def __init__(
        self,
        folder: Path,
        share: float = 1.0,
        private: Collection[str] = (),
        max_bytes: int = 2**26,
        keep_bytes: int = 2**31,
    ):
        self.folder, self.share, self.private = folder, share, frozenset(private)
        self.max_bytes, self.keep_bytes = max_bytes, keep_bytes
        self.lost = 0
        self._host = re.sub(r"\W", "_", socket.gethostname()) or "server"
        self._lines: list[bytes] = []
        self._lock = threading.Lock()  # for _lines
        self._disk = threading.Lock()  # for the files
        self._waiting, self._closed = threading.Event(), False
        self._writer = threading.Thread(target=self._write_on, name="prediction log", daemon=True)
        self._writer.start()

    def write(self, rows: list[dict[str, Any]], predictions: list[dict], model: str) -> None:
        """Log `rows` with their `predictions` (see scorer) and the model's digest."""
        now = datetime.datetime.now(datetime.UTC).isoformat()
        lines = [
            to_json({"at": now, "row": self._public(row), "model": model, **prediction}) + b"\n"
            for row, prediction in zip(rows, predictions, strict=True)
            if self.share >= 1 or random.random() < self.share
        ]
        with self._lock:
            self._lines += lines
        self._waiting.set()

    def _public(self, row: dict[str, Any]) -> dict[str, Any]:
        if not self.private:
            return row
        return {name: value for name, value in row.items() if name not in self.private}

    def _write_on(self) -> None:
        while not self._closed:
            self._waiting.wait()
            self._waiting.clear()
            self.flush()
            time.sleep(WAIT_SECONDS)

    def flush(self) -> None:
        """Write the lines gathered; return when they are in the file or counted as lost."""
        with self._disk:
            with self._lock:
                lines, self._lines = self._lines, []
            if not lines:
                return
            try:
                self._append(b"".join(lines))
            except OSError:
                self.lost += len(lines)

    def _append(self, text: bytes) -> None:
        path = self._path()
        with path.open("ab", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            try:
                written = 0
                while written < len(text):
                    written += file.write(text[written:])
            except OSError:  # a full disk takes half a line
                with contextlib.suppress(OSError):
                    file.truncate(before)
                raise

    def _path(self) -> Path:
        """Return the file to append to; before a new one is begun, make room for it."""
        today = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
        names = sorted(path.name for path in self.folder.iterdir() if FILE.fullmatch(path.name))
        matches = [match for name in names if (match := FILE.fullmatch(name))]
        mine = [match for match in matches if match.group(1, 2) == (today, self._host)]
        number = max((int(match[3]) for match in mine), default=0)
        path = self.folder / f"predictions-{today}-{self._host}-{number:04}.jsonl"
        if number and path.stat().st_size < self.max_bytes:
            return path
        self._make_room(names)
        return self.folder / f"predictions-{today}-{self._host}-{number + 1:04}.jsonl"

    def _make_room(self, names: list[str]) -> None:
        """Remove the oldest of the files `names` until there is room for another."""
        sizes = {name: (self.folder / name).stat().st_size for name in names}
        room = self.keep_bytes - self.max_bytes
        for name in names:
            if sum(sizes.values()) <= room:
                return
            (self.folder / name).unlink(missing_ok=True)  # another replica may have done it
            del sizes[name]

    def close(self) -> None:
        """Write the lines gathered, and end."""
        self._closed = True
        self._waiting.set()
        self.flush()


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the logged entries, day by day; skips a line that was cut off by a crash."""
    for path in sorted(folder.glob("predictions-*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue
