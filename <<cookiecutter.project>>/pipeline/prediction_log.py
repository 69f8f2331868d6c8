"""The log of predictions: one JSON line for each row scored, in a file a day.

The service writes it, `monitor` reads it. Serving goes on when it cannot be written.
"""

import datetime
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class PredictionLog:
    """Appends to `folder`/predictions-<day>.jsonl; `lost` counts the rows that found no place."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.lost = 0
        self._lock = threading.Lock()

    def write(self, rows: list[dict[str, Any]], predictions: list[dict], model: str) -> None:
        """Log raw `rows` with their `predictions` (see scorer) and the model's digest."""
        now = datetime.datetime.now(datetime.UTC)
        lines = [
            json.dumps({"at": now.isoformat(), "row": row, "model": model, **made}, default=str)
            for row, made in zip(rows, predictions, strict=True)
        ]
        path = self.folder / f"predictions-{now:%Y-%m-%d}.jsonl"
        try:
            with self._lock, path.open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        except OSError:
            self.lost += len(rows)


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what was logged, oldest first; a line cut off by a crash is left out."""
    for path in sorted(folder.glob("predictions-*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue
