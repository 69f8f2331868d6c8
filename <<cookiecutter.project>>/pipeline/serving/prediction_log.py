"""The log of predictions: one JSON line for each row scored, in numbered files a day.

The service writes it, `monitor` reads it. Lines wait for a moment and are then written together, so
that a request does not wait for the disk; a server that is killed loses that moment and no more.
Serving goes on when the log cannot be written: what found no place is counted.
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

WAIT_SECONDS = 0.2  # that lines wait to be written together
FILE = re.compile(r"predictions-(\d{4}-\d{2}-\d{2})-(\w+)-(\d+)\.jsonl")


class PredictionLog:
    """Appends to `folder`/predictions-<day>-<host>-<number>.jsonl; replicas share the folder.

    Args:
        folder: where the files are.
        share: of all rows, the share that is logged, chosen at random.
        private: columns that are left out of the rows.
        max_bytes: a file that has reached this size is followed by another.
        keep_bytes: what all files may have together; beyond that the oldest are removed.

    Attributes:
        lost: how many rows found no place.
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
        self._lock = threading.Lock()  # of the lines that wait
        self._disk = threading.Lock()
        self._waiting, self._closed = threading.Event(), False
        self._writer = threading.Thread(target=self._write_on, name="prediction log", daemon=True)
        self._writer.start()

    def write(self, rows: list[dict[str, Any]], predictions: list[dict], model: str) -> None:
        """Log `rows` with their `predictions` (see scorer) and the model's digest."""
        now = datetime.datetime.now(datetime.UTC).isoformat()
        lines = [
            to_json({"at": now, "row": self._public(row), "model": model, **made}) + b"\n"
            for row, made in zip(rows, predictions, strict=True)
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
        """Write the lines that wait; return when they are in the file or counted as lost."""
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
        """Return the file to append to; make room for it when it is a new one."""
        today = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
        there = sorted(path.name for path in self.folder.iterdir() if FILE.fullmatch(path.name))
        mine = (today, self._host)
        found = map(FILE.fullmatch, there)
        number = max((int(one[3]) for one in found if one.group(1, 2) == mine), default=0)
        path = self.folder / f"predictions-{today}-{self._host}-{number:04}.jsonl"
        if number and path.stat().st_size < self.max_bytes:
            return path
        self._make_room(there)
        return self.folder / f"predictions-{today}-{self._host}-{number + 1:04}.jsonl"

    def _make_room(self, there: list[str]) -> None:
        """Remove the oldest of the files `there` until another one has its place."""
        sizes = {name: (self.folder / name).stat().st_size for name in there}
        room = self.keep_bytes - self.max_bytes
        for name in there:
            if sum(sizes.values()) <= room:
                return
            (self.folder / name).unlink(missing_ok=True)  # another replica may have done it
            del sizes[name]

    def close(self) -> None:
        """Write what waits, and end."""
        self._closed = True
        self._waiting.set()
        self.flush()


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what was logged, day by day; a line cut off by a crash is left out."""
    for path in sorted(folder.glob("predictions-*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue
