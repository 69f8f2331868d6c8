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
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pydantic_core import to_json

WAIT_SECONDS = 0.2  # that lines wait to be written together
FILE = re.compile(r"predictions-(\d{4}-\d{2}-\d{2})-(\d+)\.jsonl")


class PredictionLog:
    """Appends to `folder`/predictions-<day>-<number>.jsonl.

    Args:
        folder: where the files are.
        share: of all rows, the share that is logged, chosen at random.
        private: columns that are left out of the rows.
        max_bytes: a file that has reached this size is followed by another.
        files: so many are kept; the oldest is removed.

    Attributes:
        lost: how many rows found no place.
    """

    def __init__(
        self,
        folder: Path,
        share: float = 1.0,
        private: Collection[str] = (),
        max_bytes: int = 2**26,
        files: int = 30,
    ):
        self.folder, self.share, self.private = folder, share, frozenset(private)
        self.max_bytes, self.files = max_bytes, files
        self.lost = 0
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
        numbers = [int(found[2]) for name in there if (found := FILE.fullmatch(name))[1] == today]
        number = max(numbers, default=0)
        path = self.folder / f"predictions-{today}-{number:04}.jsonl"
        if number and path.stat().st_size < self.max_bytes:
            return path
        for name in there[: len(there) + 1 - self.files]:
            (self.folder / name).unlink(missing_ok=True)
        return self.folder / f"predictions-{today}-{number + 1:04}.jsonl"

    def close(self) -> None:
        """Write what waits, and end."""
        self._closed = True
        self._waiting.set()
        self.flush()


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what was logged, oldest first; a line cut off by a crash is left out."""
    for path in sorted(folder.glob("predictions-*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue
