"""What a stage prints: lines at once, and how far a long work is."""

import sys
import time
from collections.abc import Callable

PROGRESS_SECONDS = 10  # how often a long work says how far it is


def say(text: str, error: bool = False) -> None:
    """Print a line at once, so that it keeps its place among the lines of child processes."""
    print(text, file=sys.stderr if error else sys.stdout, flush=True)


def progress(name: str) -> Callable[[int], None]:
    """Return a function that is told how many rows are done, and says so every PROGRESS_SECONDS."""
    last = time.monotonic()

    def tell(rows: int) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            say(f"{name}: {rows:,} rows so far")

    return tell
