"""Ctrl-C and SIGTERM: both pass through the `finally` clauses, and can be held back for a while."""

import contextlib
import signal
from collections.abc import Iterator


def interrupt_on_sigterm() -> None:
    """Treat SIGTERM as Ctrl-C: a `docker stop` or a cancelled CI job then ends a stage cleanly."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(signum, frame):
    raise KeyboardInterrupt


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Answer an interrupt at the end of what must not be left half done."""
    noted: list[int] = []
    note = lambda number, frame: noted.append(number)  # noqa: E731
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if noted:
        raise KeyboardInterrupt
