"""A release under watch: the golden row is sent again and again while clients' requests go on.

What counts is what clients would notice: whether answers come, whether they are right, how long
they take, and how large a share of all requests fails.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

from pipeline.core.errors import Refusal
from pipeline.production.releases import Release
from pipeline.production.target import Door, Traffic

TOLERANCE = 1e-9
EVERY_SECONDS = 0.05  # between two requests


@dataclass
class Watch:
    """Sends the golden row of `release` to a server and checks the answers.

    Attributes:
        door: where to ask.
        release: what has to answer.
        request_seconds: time limit of one request.
        former: the digest of a model that may still answer while it is being replaced; "" for none.
        milliseconds: how long each answer took.
    """

    door: Door
    release: Release
    request_seconds: float = 10.0
    former: str = ""
    milliseconds: list[float] = field(default_factory=list)

    def __post_init__(self):
        self._client = httpx.Client(
            base_url=self.door.address,
            headers=self.door.headers,
            timeout=self.request_seconds,
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self) -> None:
        """Send the golden row once; raises Refusal when the answer is not the blessed one."""
        golden, begin = self.release["golden"], time.perf_counter()
        try:
            answer = self._client.post("/predict", json={"rows": [golden["row"]]}).json()
            prediction, model = answer["predictions"][0], answer["model"]
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise Refusal(f"it does not answer the golden row ({error!r})") from None
        self.milliseconds.append((time.perf_counter() - begin) * 1000)
        if model == self.former != self.release["model"]:
            return
        if model != self.release["model"]:
            raise Refusal(f"it serves the model {model}, not {self.release['model']}")
        if not alike(prediction, golden["prediction"]):
            raise Refusal(f"it answers {prediction} to the golden row, not {golden['prediction']}")

    def ask_for(self, seconds: float) -> None:
        """Send the golden row every EVERY_SECONDS for `seconds`, and once more at the end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.ask()
            time.sleep(EVERY_SECONDS)
        self.ask()

    def judge_speed(self, most: float) -> None:
        """Raise Refusal when the 95th percentile of the answers' times exceeds `most` ms."""
        slow = float(np.percentile(self.milliseconds, 95)) if self.milliseconds else 0.0
        if slow > most:
            raise Refusal(
                f"it is slow: 95 % of its answers take up to {slow:.0f} ms, more than "
                f"deploy.max_p95_ms {most:g}"
            )


def prove(door: Door, release: Release) -> None:
    """Send the golden row once; raises Refusal when the answer is not that of `release`."""
    watch = Watch(door, release)
    try:
        watch.ask()
    finally:
        watch.close()


def judge_errors(before: Traffic, after: Traffic, most: float) -> None:
    """Raise Refusal when a larger share than `most` of the requests in between failed."""
    requests, failed = after.answered - before.answered, after.failed - before.failed
    if requests > 0 and failed / requests > most:
        raise Refusal(
            f"{failed:,} of {requests:,} requests failed (5xx), more than deploy.max_error_share "
            f"{most:g}"
        )


def alike(left: Any, right: Any) -> bool:
    """Return whether two answers are equal, with numbers equal to within TOLERANCE."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(alike(left[key], right[key]) for key in left)
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= TOLERANCE
    return left == right
