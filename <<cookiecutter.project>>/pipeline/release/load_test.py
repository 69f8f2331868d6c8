"""Load on a server: connections that ask one after the other, and what came of it."""

import http.client
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
BINS = (8, 40)  # of a histogram, at least and at most: about the root of what it counts
PAUSES = (0.2, 0.5)  # seconds: for the server to read a request's head, and to be told to stop


@dataclass
class Load:
    """What connections were answered: the time of each request in ms, and what went wrong."""

    taken: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def figures(self, seconds: float) -> dict[str, float]:
        """Return requests a second, quantiles of their time in ms, and the number of errors."""
        taken = self.taken or [float("nan")]
        shares = {f"p{share}_ms": float(np.percentile(taken, share)) for share in SHARES}
        rate = len(self.taken) / seconds
        return {"requests_per_second": rate, **shares, "errors": len(self.errors)}


def put(address: str, rows: Sequence[dict], seconds: float, at_once: int, patience: float) -> Load:
    """Ask for one row at a time over `at_once` connections for so many seconds.

    A request that takes longer than `patience` seconds, or is not answered 200, is an error.
    """
    found, until = Load(), time.monotonic() + seconds
    bodies = [json.dumps({"rows": [row]}).encode() for row in rows]

    def go_on(first: int) -> None:
        connection = _connect(address, patience)
        for number in range(first, first + 10**9):
            begin = time.monotonic()
            if begin >= until:
                break
            try:
                connection.request("POST", "/predict", bodies[number % len(bodies)])
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                found.errors.append(repr(error))
                connection.close()
                continue
            if answer.status != 200:
                found.errors.append(f"status {answer.status}")
            found.taken.append((time.monotonic() - begin) * 1000)
        connection.close()

    threads = [threading.Thread(target=go_on, args=(start,)) for start in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def histogram(taken: Sequence[float]) -> dict[str, list[float]]:
    """Return the number of `taken` in each bin, and the edges of the bins, each wider by a factor.

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


def _connect(address: str, patience: float) -> http.client.HTTPConnection:
    url = urlsplit(address)
    return http.client.HTTPConnection(url.hostname, url.port, timeout=patience)


def in_flight(address: str, row: dict, meanwhile: Callable[[], Any], patience: float) -> str:
    """Send half of a request, do something, send the rest; return why no answer came, or "".

    The answer has to be 200. What is done meanwhile, in a thread, may end the server.
    """
    url, body = urlsplit(address), json.dumps({"rows": [row]}).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    half = len(body) // 2
    try:
        with socket.create_connection((url.hostname, url.port), timeout=patience) as wire:
            wire.sendall(head.encode() + body[:half])
            time.sleep(PAUSES[0])
            other = threading.Thread(target=meanwhile)
            other.start()
            time.sleep(PAUSES[1])
            wire.sendall(body[half:])
            answer = wire.makefile("rb").readline().decode(errors="replace").strip()
            other.join()
    except OSError as error:
        return repr(error)
    return "" if " 200 " in f"{answer} " else answer or "the connection was closed"
