"""A release under watch: the golden row is asked again and again while traffic goes on.

What is looked at is what clients would notice: whether answers come, whether they are right, how
long they take, and how many of all requests (the clients' own too) fail.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

from pipeline.core.errors import Refusal

TOLERANCE = 1e-9
EVERY_SECONDS = 0.05  # from one question to the next
COUNT = re.compile(r'^haproxy_backend_http_responses_total\{proxy="server",code="(\w+)"\} (\d+)')


@dataclass
class Watch:
    """Asks the server at `address` the golden row of `release`.

    Args:
        address: where the proxy answers.
        headers: sent along: the token, or what leads to the canary.
        release: see production.release_of.
        request_seconds: for one request.
        former: the digest of a model that may still answer while it is being replaced; "" for none.
    """

    address: str
    headers: dict[str, str]
    release: dict[str, Any]
    request_seconds: float = 10.0
    former: str = ""
    taken: list[float] = field(default_factory=list)

    def __post_init__(self):
        self._client = httpx.Client(
            base_url=self.address,
            headers=self.headers,
            timeout=self.request_seconds,
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def ask(self) -> None:
        """Ask the golden row once; raises Refusal when the answer is not the blessed one."""
        golden, begin = self.release["golden"], time.perf_counter()
        try:
            answer = self._client.post("/predict", json={"rows": [golden["row"]]})
            found = answer.json()
            made, model = found["predictions"][0], found["model"]
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise Refusal(f"it does not answer the golden row ({error!r})") from None
        self.taken.append((time.perf_counter() - begin) * 1000)
        if model == self.former != self.release["model"]:
            return
        if model != self.release["model"]:
            raise Refusal(f"it serves the model {model}, not {self.release['model']}")
        if not alike(made, golden["prediction"]):
            raise Refusal(f"it answers {made} to the golden row, not {golden['prediction']}")

    def asking(self, seconds: float) -> Iterator[float]:
        """Ask the golden row for so many seconds; yield those that have passed."""
        begin = time.monotonic()
        while (passed := time.monotonic() - begin) < seconds:
            self.ask()
            yield passed
            time.sleep(EVERY_SECONDS)

    def judge_speed(self, most: float) -> None:
        """Raise Refusal when one answer in twenty took longer than `most` ms."""
        slow = float(np.percentile(self.taken, 95)) if self.taken else 0.0
        if slow > most:
            raise Refusal(
                f"it is slow: 95 % of its answers take up to {slow:.0f} ms, more than "
                f"deploy.max_p95_ms {most:g}"
            )

    def answered(self) -> tuple[int, int]:
        """Return how many requests of all clients the proxy has answered, and how many failed."""
        try:
            text = self._client.get("/proxy-metrics", params={"scope": "backend"}).text
        except httpx.HTTPError as error:
            raise Refusal(f"the proxy does not answer ({error!r})") from None
        counts = dict(m.groups() for m in map(COUNT.match, text.splitlines()) if m)
        return sum(map(int, counts.values())), int(counts.get("5xx", 0))


def judge_errors(before: tuple[int, int], after: tuple[int, int], most: float) -> None:
    """Raise Refusal when a larger share than `most` of the requests meanwhile failed."""
    asked, failed = after[0] - before[0], after[1] - before[1]
    if asked > 0 and failed / asked > most:
        raise Refusal(
            f"{failed:,} of {asked:,} requests failed (5xx), more than deploy.max_error_share "
            f"{most:g}"
        )


def alike(one: Any, other: Any) -> bool:
    """Whether two answers are the same, their numbers to within TOLERANCE."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= TOLERANCE
    return one == other
