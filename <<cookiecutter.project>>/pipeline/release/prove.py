"""Proving a server: it gets ready, answers as expected, bears load, keeps its memory, and stops.

The tests of its answers are in tests/serving; what takes time, or ends the server, is here.
"""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from pipeline.core.console import say
from pipeline.core.errors import GateClosed
from pipeline.gates import verdict
from pipeline.release import load_test
from pipeline.release.golden import Expected
from pipeline.release.places import Place
from pipeline.release.sandbox import Container, NotReady, Process, wait_ready
from pipeline.release.settings import SmokeParams

TESTS = Path("tests/serving")
Server = Container | Process
Measured = dict[str, Any]  # times, memory and logs; kept in reports/smoke.json


@dataclass(frozen=True)
class Outcome:
    """How a try ended: the tests' verdict, and why the server is not blessed (empty if it is)."""

    record: dict[str, Any] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


def attempt(place: Place, expected: Expected, settings: SmokeParams, measured: Measured) -> Outcome:
    """Start the server at `place` once and prove it; `measured` is filled however it ends."""
    with place.server() as server:
        try:
            outcome = prove(server, expected, settings, measured)
            if not outcome.reasons:
                return outcome
            reasons = dict.fromkeys([*outcome.reasons, *_starved(server)])  # each one once
            return Outcome(outcome.record, [*reasons])
        except NotReady as error:
            logs = [f"it printed: {line}" for line in server.logs().splitlines()[-5:]]
            return Outcome(reasons=[str(error), *_starved(server), *logs])
        finally:
            measured["out_of_memory"] = bool(server.starved())
            measured["logs"] = server.logs().splitlines()


def prove(server: Server, expected: Expected, settings: SmokeParams, measured: Measured) -> Outcome:
    """Wait for the server, run the tests on it, and stop it.

    Raises NotReady when it does not get ready, or leaves a request unanswered.
    """
    measured["ready_seconds"] = wait_ready(server.address, server.state, settings.ready_seconds)
    record: dict[str, Any] = {"passed": [], "failed": {}}
    try:
        if settings.mode == "load_and_query":
            record = query(server, expected, settings, measured)
    except GateClosed as closed:
        return Outcome(closed.record, closed.reasons)
    if reason := server.state():
        return Outcome(record, [f"the server is down after the tests: {reason}"])
    reasons = _starved(server) or judge_memory(server, settings, measured)
    reasons = reasons or judge_end(server, expected.rows[0], settings, measured)
    if not reasons and (reason := server.needs_network(settings.ready_seconds)):
        reasons = [reason]
    return Outcome(record, reasons)


def query(
    server: Server, expected: Expected, settings: SmokeParams, measured: Measured
) -> dict[str, Any]:
    """Measure the server alone and under load, then run tests/serving on it.

    Returns the names of the tests that passed; raises GateClosed when one did not.
    """
    alone = latencies(server.address, expected.rows, settings)
    measured["latency_ms"] = {f"p{n}": float(np.percentile(alone, n)) for n in load_test.SHARES}
    loaded = under_load(server.address, expected.rows, settings)
    measured["under_load"] = loaded.figures(settings.load_seconds)
    times = {"alone": alone, "under_load": loaded.taken}
    measured["histograms_ms"] = {name: load_test.histogram(taken) for name, taken in times.items()}
    return verdict.judge(
        TESTS,
        expected=expected,
        schema=expected.schema,
        settings=settings,
        address=server.address,
        latency_ms=measured["latency_ms"],
        under_load=measured["under_load"],
    )


def latencies(address: str, rows: list[dict[str, Any]], settings: SmokeParams) -> list[float]:
    """Return the time of each of `latency_requests` requests, in ms; one row in each."""
    taken = []
    seconds = settings.request_seconds
    with httpx.Client(base_url=address, timeout=seconds, trust_env=False) as client:
        for number in range(settings.latency_requests):
            row = rows[number % len(rows)]
            begin = time.perf_counter()
            try:
                client.post("/predict", json={"rows": [row]})
            except httpx.HTTPError as error:
                raise NotReady(f"the server did not answer a request: {error!r}") from None
            taken.append((time.perf_counter() - begin) * 1000)
    return taken


def under_load(address: str, rows: list[dict[str, Any]], settings: SmokeParams) -> load_test.Load:
    """Send requests over `load_connections` connections for `load_seconds`."""
    seconds, connections = settings.load_seconds, settings.load_connections
    say(f"smoke: {connections} connections send requests for {seconds:g} s")
    return load_test.put(address, rows, seconds, connections, settings.request_seconds)


def _starved(server: Server) -> list[str]:
    reason = server.starved()
    return [reason] if reason else []


def judge_memory(server: Server, settings: SmokeParams, measured: Measured) -> list[str]:
    """Return why the server came too close to its memory limit, if it did."""
    measured["peak_memory_share"] = share = server.peak_memory_share()
    if share is None or share <= settings.max_memory_share:
        return []
    return [
        f"at its peak the server used {share:.0%} of smoke.memory {settings.memory}, more than "
        f"smoke.max_memory_share {settings.max_memory_share:g}"
    ]


def judge_end(
    server: Server, row: dict[str, Any], settings: SmokeParams, measured: Measured
) -> list[str]:
    """Ask the server to stop while a request is in flight; return why it did not end well."""

    def stop() -> None:
        measured["exit_code"] = server.stop()

    lost = load_test.in_flight(server.address, row, stop, settings.request_seconds)
    reasons = [f"asked to stop, the server lost a request in flight: {lost}"] if lost else []
    if measured.get("exit_code", 0) != 0:
        code = measured["exit_code"]
        reasons.append(f"asked to stop, the server ended with exit code {code}")
    return reasons
