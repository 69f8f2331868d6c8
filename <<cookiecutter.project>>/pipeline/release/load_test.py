"""A load test: connections that send one request after the other, and their response times."""

import http.client
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np

SHARES = (50, 95, 99)
BINS = (8, 40)  # fewest and most bins of a histogram; between them, the root of the count
HEAD_SECONDS = 0.2  # for the server to read the head of a request
STOP_SECONDS = 0.5  # for it to begin what is done meanwhile: to stop


@dataclass
class Load:
    """The results of a load test: the time of each answered request in ms, and the errors."""

    taken: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def figures(self, seconds: float) -> dict[str, float]:
        """Return the requests per second, percentiles of their times, and the number of errors."""
        taken = self.taken or [float("nan")]
        shares = {f"p{share}_ms": float(np.percentile(taken, share)) for share in SHARES}
        rate = len(self.taken) / seconds
        return {"requests_per_second": rate, **shares, "errors": len(self.errors)}


def put(
    address: str, rows: Sequence[dict], seconds: float, connections: int, timeout: float
) -> Load:
    """Send requests of one row each over a number of `connections` for `seconds`.

    A request that takes longer than `timeout` seconds, or is not answered 200, is an error.
    """
    load, until = Load(), time.monotonic() + seconds
    bodies = [json.dumps({"rows": [row]}).encode() for row in rows]

    def send_requests(first: int) -> None:
        connection = _connect(address, timeout)
        for body in itertools.islice(itertools.cycle(bodies), first, None):
            begin = time.monotonic()
            if begin >= until:
                break
            try:
                connection.request("POST", "/predict", body)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException) as error:
                load.errors.append(repr(error))
                connection.close()
                continue
            if response.status != 200:
                load.errors.append(f"status {response.status}")
            load.taken.append((time.monotonic() - begin) * 1000)
        connection.close()

    threads = [threading.Thread(target=send_requests, args=(n,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return load


def histogram(taken: Sequence[float]) -> dict[str, list[float]]:
    """Return the edges and counts of logarithmic bins of the times `taken`.

    >>> histogram([])
    {'edges': [], 'counts': []}
    """
    if not len(taken):
        return {"edges": [], "counts": []}
    low, high = max(min(taken), 1e-3), max(max(taken), 2e-3)
    count = int(np.clip(len(taken) ** 0.5, *BINS))
    edges = np.geomspace(low * 0.999, high * 1.001, count + 1)
    counts, _ = np.histogram(np.maximum(taken, low), edges)
    return {"edges": [round(edge, 4) for edge in edges.tolist()], "counts": counts.tolist()}


def _connect(address: str, timeout: float) -> http.client.HTTPConnection:
    url = urlsplit(address)
    return http.client.HTTPConnection(url.hostname, url.port, timeout=timeout)


def in_flight(address: str, row: dict, meanwhile: Callable[[], Any], timeout: float) -> str:
    """Send half of a request, call `meanwhile` in a thread, and send the other half.

    Returns "" when the answer is 200, and otherwise what came instead of it. `meanwhile` may end
    the server.
    """
    url, body = urlsplit(address), json.dumps({"rows": [row]}).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    half = len(body) // 2
    try:
        with socket.create_connection((url.hostname, url.port), timeout=timeout) as connection:
            connection.sendall(head.encode() + body[:half])
            time.sleep(HEAD_SECONDS)
            thread = threading.Thread(target=meanwhile)
            thread.start()
            time.sleep(STOP_SECONDS)
            connection.sendall(body[half:])
            status = connection.makefile("rb").readline().decode(errors="replace").strip()
            thread.join()
    except OSError as error:
        return repr(error)
    return "" if " 200 " in f"{status} " else status or "the connection was closed"
