"""What a stage prints: lines without delay, and the progress of long work."""

import sys
import time
from collections.abc import Callable

PROGRESS_SECONDS = 10  # between two lines of progress


def say(text: str, error: bool = False) -> None:
    """Print a line without delay: so it keeps its place among the lines of child processes."""
    print(text, file=sys.stderr if error else sys.stdout, flush=True)


def progress(name: str) -> Callable[[int], None]:
    """Return a function that takes the number of rows done and prints it every PROGRESS_SECONDS."""
    last = time.monotonic()

    def tell(rows: int) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            say(f"{name}: {rows:,} rows so far")

    return tell
