"""Waiting for something that happens elsewhere."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def wait_for(check: Callable[[], Answer], seconds: float, poll: float = 0.1) -> Answer:
    """Call `check` every `poll` seconds until its answer is true, for at most `seconds`.

    Returns the last answer, which is false when the time has passed. `check` is called at least
    once.

    >>> wait_for(lambda: "ready", seconds=0)
    'ready'
    """
    until = time.monotonic() + seconds
    while not (answer := check()) and time.monotonic() < until:
        time.sleep(poll)
    return answer
