"""smoke: image -> blessing. The exact image, started as production would start it, has to answer.

Three outcomes: blessed (exit code 0), not blessed (1), could not tell (3: no engine, for one).
The record, release/blessing.json, names every digest of the chain; times are in reports/smoke.json.
"""

import time
from pathlib import Path
from typing import Any, Literal

import httpx
import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed
from pipeline.core.files import read_json, write_json
from pipeline.core.stage import Figures, Input, Report, run
from pipeline.data import columns
from pipeline.data import schema as schemas
from pipeline.gates import verdict
from pipeline.mocks import mock_rows
from pipeline.model import model_file
from pipeline.model.scorer import Scorer, predictions
from pipeline.release import engine
from pipeline.release import load_test as load
from pipeline.release import places as targets
from pipeline.release.sandbox import NotReady, wait_ready


class Params(params.Section):
    """Section `smoke` of params.yaml."""

    targets: list[targets.Target]
    memory: str
    cpus: float = Field(gt=0)
    ready_seconds: float = Field(gt=0)
    request_seconds: float = Field(gt=0)
    golden_rows: int = Field(ge=1)
    tolerance: float = Field(gt=0)
    mode: Literal["load", "load_and_query"]
    tries: int = Field(ge=1, le=10)
    latency_requests: int = Field(ge=1)
    max_p95_ms: float = Field(gt=0)
    load_seconds: float = Field(gt=0)
    load_connections: int = Field(ge=1, le=100)
    min_requests_per_second: float = Field(gt=0)
    max_loaded_p99_ms: float = Field(gt=0)
    max_memory_share: float = Field(gt=0, le=1)

    _some_targets = field_validator("targets")(targets.some)


def main(
    bento: Input,
    packaged: Input,
    image: Input,
    dataset: Input,
    mocks: Input,
    figures: Figures,
    report: Report,
) -> dict:
    """Start the server, ask it, stop it; bless it when all of its answers are right."""
    settings = params.load("smoke", Params)
    built, package = read_json(image), read_json(packaged)
    src = bento / "src"
    reasons = custody.verify(image) or judge_bento(src, package)
    if reasons:
        raise GateClosed(reasons, {})
    places = targets.engines(settings.targets, built)
    rules = schemas.load(src / "schema.yaml")
    scorer = Scorer(model_file.load(src / "models" / "model.skops"), rules)
    made, broken = mock_rows.read(mocks, rules)
    test = pd.read_parquet(dataset / "test.parquet")
    rows = golden_rows(test, made, rules, settings.golden_rows)
    expected = scorer.scores(pd.DataFrame(rows))
    if reasons := judge_scorer(scorer, test, made, settings.tolerance):
        raise GateClosed(reasons, {})
    threshold = read_json(src / "service.json")["decision_threshold"]
    facts = {
        **{key: built.get(key) for key in ("engine", "image", "bento", "revision")},
        "sandbox": "container" if any(places.values()) else "process",
        "model": package["model"],
        "scored_by": scorer.fallback or "pipeline/model/compiled.py",
        "golden": {"row": rows[0], "prediction": predictions(expected[:1], threshold, rules)[0]},
        "chain": custody.summary(image),
    }
    given = {
        "rows": rows,
        "expected": expected,
        "invalid": invalid_rows(made, broken, rules),
        "answers": predictions(expected, threshold, rules),
        "schema": src / "schema.yaml",
        "settings": settings,
        "model": facts["model"],
        "max_rows": package["params"]["max_rows"],
        "max_body_mb": package["params"]["max_body_mb"],
    }
    facts["mode"] = settings.mode
    kept = Kept(figures)
    limits = engine.Limits(settings.memory, settings.cpus)
    prove_on = lambda begin, target: try_on(begin, given, settings, kept, target)  # noqa: E731
    try:
        found = targets.prove_each(places, built, bento, limits, prove_on)
    except GateClosed as closed:
        raise GateClosed(closed.reasons, {**facts, **closed.record}) from None
    say(f"smoke: blessed {built['bento']} in a {facts['sandbox']}; next: {_next(facts)}")
    return {**facts, **found}


class Kept:
    """What was measured: at the top that of the first target, and of each where there are more."""

    def __init__(self, path: Path):
        self.path, self.by_target = path, {}

    def write(self, target: str, figures: dict[str, Any]) -> None:
        self.by_target[target] = figures
        first, *more = self.by_target.values()
        write_json(self.path, {**first, "targets": self.by_target} if more else first)


def try_on(begin, given: dict, settings: Params, kept: Kept, target: str) -> dict:
    """Start the server and prove it, up to `tries` times; return the verdict of the last try.

    What failed before is in the record and is said: a server that starts at times is not hidden.
    """
    failed: list[list[str]] = []
    while True:
        times: dict[str, Any] = {"failed_tries": failed}
        try:
            found = one_try(begin, given, settings, times, lambda found: kept.write(target, found))
        except GateClosed as closed:
            failed.append(closed.reasons)
            if len(failed) >= settings.tries:
                record = {**closed.record, "tries": len(failed)}
                raise GateClosed(closed.reasons, record) from None
            say(f"smoke: try {len(failed)} of {settings.tries} failed: {closed.reasons[0]}")
            continue
        if failed:
            say(f"smoke: FLAKY: it passed at try {len(failed) + 1} only; see {kept.path}")
        return {**found, "tries": len(failed) + 1}


def one_try(begin, given: dict, settings: Params, times: dict[str, Any], keep) -> dict:
    """Start the server and prove it; `keep` is given what was measured, however it ends."""
    with begin() as server:
        try:
            return prove(server, given, settings, times)
        except NotReady as error:
            reasons = [str(error), *_starved(server), *_tail(server.logs())]
            raise GateClosed(reasons, {}) from None
        except GateClosed as closed:
            reasons = dict.fromkeys([*closed.reasons, *_starved(server)])
            raise GateClosed([*reasons], closed.record) from None
        finally:
            times["out_of_memory"] = bool(server.starved())
            keep({**times, "logs": server.logs().splitlines()})


def judge_bento(src: Path, package: dict[str, Any]) -> list[str]:
    """Return which files in the Bento are not those that `package` was given after they passed."""
    return [
        f"release/bento holds another {path} than the one that was judged"
        for path, digest in package["inputs"].items()
        if (src / path).exists() and custody.digest(src / path) != digest
    ]


def judge_scorer(
    scorer: Scorer, test: pd.DataFrame, mocks: pd.DataFrame, tolerance: float
) -> list[str]:
    """Return where a client's rows score otherwise than scikit-learn scores the same table."""
    reasons = []
    for name, rows in (("the test part", test), ("tests/mocks.csv", mocks)):
        offline = scorer.scores(rows)
        served = scorer.scores_of(columns.json_rows(rows, scorer.rules.features))
        apart = np.abs(served - offline).reshape(len(rows), -1).max(axis=1, initial=0)
        worst = int((~(apart <= tolerance)).argmax())
        if not apart[worst] <= tolerance:
            reasons.append(
                f"row {rows.index[worst]} of {name} scores {apart[worst]:.3g} apart in the service "
                f"and in scikit-learn, more than smoke.tolerance {tolerance:g}: see "
                "pipeline/model/compiled.py"
            )
    return reasons


def _next(facts: dict) -> str:
    if facts["sandbox"] == "container":
        return "make deploy"
    return "make validate, which wants a container engine"


def _starved(server) -> list[str]:
    reason = server.starved()
    return [reason] if reason else []


def _tail(logs: str) -> list[str]:
    return [f"it printed: {line}" for line in logs.splitlines()[-5:]]


def prove(server, given: dict[str, Any], settings: Params, times: dict[str, Any]) -> dict:
    """Wait for the server, run tests/serving on it, stop it; `times` keeps what was measured."""
    times["ready_seconds"] = wait_ready(server.address, server.state, settings.ready_seconds)
    found: dict[str, Any] = {"passed": [], "failed": {}}
    if settings.mode == "load_and_query":
        alone = latencies(server.address, given["rows"], settings)
        times["latency_ms"] = {f"p{n}": float(np.percentile(alone, n)) for n in load.SHARES}
        loaded = under_load(server.address, given["rows"], settings)
        times["under_load"] = loaded.figures(settings.load_seconds)
        each = {"alone": alone, "under_load": loaded.taken}
        times["histograms_ms"] = {name: load.histogram(taken) for name, taken in each.items()}
        measured = {key: times[key] for key in ("latency_ms", "under_load")}
        found = verdict.judge(Path("tests/serving"), **given, address=server.address, **measured)
    if reason := server.state():
        raise GateClosed([f"the server is down after the tests: {reason}"], found)
    reasons = _starved(server) or judge_memory(server, settings, times)
    if reasons := reasons or judge_end(server, given["rows"][0], settings, times):
        raise GateClosed(reasons, found)
    if reason := server.needs_network(settings.ready_seconds):
        raise GateClosed([reason], found)
    return found


def under_load(address: str, rows: list[dict], settings: Params) -> load.Load:
    """Return what the server makes of `load_connections` that ask all the while."""
    seconds = settings.load_seconds
    say(f"smoke: {settings.load_connections} connections ask for {seconds:g} s")
    return load.put(address, rows, seconds, settings.load_connections, settings.request_seconds)


def judge_memory(server, settings: Params, times: dict[str, Any]) -> list[str]:
    """Return why the server has come too near to its limit of memory, if it has."""
    times["peak_memory_share"] = share = server.peak_memory_share()
    if share is None or share <= settings.max_memory_share:
        return []
    return [
        f"at its peak the server used {share:.0%} of smoke.memory {settings.memory}, more than "
        f"smoke.max_memory_share {settings.max_memory_share:g}"
    ]


def judge_end(server, row: dict, settings: Params, times: dict[str, Any]) -> list[str]:
    """Ask the server to stop while a request is in flight; return why it did not end well."""

    def stop() -> None:
        times["exit_code"] = server.stop()

    lost = load.in_flight(server.address, row, stop, settings.request_seconds)
    reasons = [f"asked to stop, the server lost a request in flight: {lost}"] if lost else []
    if times.get("exit_code", 0) != 0:
        code = times["exit_code"]
        reasons.append(f"asked to stop, the server ended with exit code {code}")
    return reasons


def latencies(address: str, rows: list[dict], settings: Params) -> list[float]:
    """Return the time, in ms, that each of `latency_requests` takes, one row each."""
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


def golden_rows(
    test: pd.DataFrame, mocks: pd.DataFrame, rules: schemas.Schema, count: int
) -> list[dict[str, Any]]:
    """Return `count` rows of the test part, then the mocks that are allowed, as a client's."""
    sample = test.sample(min(count, len(test)), random_state=0)
    allowed = mock_rows.of_kind(mocks, "typical", "edge")
    return columns.json_rows(sample, rules.features) + with_nulls(allowed, rules)


def with_nulls(mocks: pd.DataFrame, rules: schemas.Schema) -> list[dict[str, Any]]:
    """Return mocks as a client's rows, a missing text as `null`: rows of the test part say ""."""
    rows = columns.json_rows(mocks, rules.features)
    return [{name: None if value == "" else value for name, value in row.items()} for row in rows]


def invalid_rows(
    mocks: pd.DataFrame, broken: pd.DataFrame, rules: schemas.Schema
) -> list[tuple[dict[str, Any], list[str]]]:
    """Return each mock that must be refused, as a client's, and the fields at fault in it."""
    at_fault = broken[broken["column"].isin(rules.features)].groupby("row")["column"].unique()
    rows = with_nulls(mocks.loc[at_fault.index], rules)
    return [(row, list(fields)) for row, fields in zip(rows, at_fault, strict=True)]


if __name__ == "__main__":
    run(main)
