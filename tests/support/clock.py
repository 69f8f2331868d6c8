"""Time without waiting."""


class Clock:
    """Time that passes while one sleeps only: nobody waits, and a slow machine is in time."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    perf_counter = monotonic

    def sleep(self, seconds: float) -> None:
        self.now += seconds
