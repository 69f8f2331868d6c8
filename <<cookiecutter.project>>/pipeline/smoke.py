"""smoke: image -> blessing. The exact image, started as production would start it, has to answer.

Three outcomes: blessed (exit code 0), not blessed (1), could not tell (3: no engine, for one).
The record, release/blessing.json, names every digest of the chain; times are in reports/smoke.json.
"""

import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
from pydantic import Field

from pipeline import custody, engine, model_file, params, verdict
from pipeline import schema as schemas
from pipeline.sandbox import Container, NotReady, Process, wait_ready
from pipeline.scorer import Scorer, predictions
from pipeline.stage import (
    CouldNotTell,
    Figures,
    GateClosed,
    Input,
    Report,
    read_json,
    run,
    say,
    write_json,
)

ODD_TEXTS = ("", "   ", "飞机撞鸟 🦅", "a\x00b\x1b[31m", "bird " * 200)
UNSEEN = "a level that nobody has seen"


class Params(params.Section):
    """Section `smoke` of params.yaml."""

    memory: str
    cpus: float = Field(gt=0)
    ready_seconds: float = Field(gt=0)
    request_seconds: float = Field(gt=0)
    golden_rows: int = Field(ge=1)
    tolerance: float = Field(gt=0)
    latency_requests: int = Field(ge=1)
    max_p95_ms: float = Field(gt=0)


def main(
    bento: Input,
    packaged: Input,
    image: Input,
    dataset: Input,
    figures: Figures,
    report: Report,
) -> dict:
    """Start the server, ask it, stop it; bless it when all of its answers are right."""
    settings = params.load("smoke", Params)
    built, package = read_json(image), read_json(packaged)
    broken = custody.verify(image)
    if broken:
        raise GateClosed(broken, {})
    src = bento / "src"
    rules = schemas.load(src / "schema.yaml")
    scorer = Scorer(model_file.load(src / "models" / "model.skops"), rules)
    rows = golden_rows(pd.read_parquet(dataset / "test.parquet"), rules, settings.golden_rows)
    expected = scorer.scores(pd.DataFrame(rows))
    threshold = read_json(src / "service.json")["decision_threshold"]
    facts = {
        **{key: built.get(key) for key in ("sandbox", "engine", "image", "bento", "revision")},
        "model": package["model"],
        "golden": {"row": rows[0], "prediction": predictions(expected[:1], threshold, rules)[0]},
        "chain": custody.summary(image),
    }
    given = {
        "rows": rows,
        "expected": expected,
        "schema": src / "schema.yaml",
        "settings": settings,
        "model": facts["model"],
        "max_rows": package["params"]["max_rows"],
    }
    times: dict[str, Any] = {}
    with sandbox(built, bento, settings) as server:
        try:
            found = prove(server, given, settings, times)
        except NotReady as error:
            raise GateClosed([str(error), *_tail(server.logs())], facts) from None
        except GateClosed as closed:
            raise GateClosed(closed.reasons, {**facts, **closed.record}) from None
        finally:
            write_json(figures, {**times, "logs": server.logs().splitlines()})
    say(f"smoke: blessed {built['bento']} in a {built['sandbox']}; next: {_next(built)}")
    return {**facts, **found}


def _next(built: dict) -> str:
    if built["sandbox"] == "container":
        return "make deploy"
    return "make validate, which wants a container engine"


def _tail(logs: str) -> list[str]:
    return [f"it printed: {line}" for line in logs.splitlines()[-5:]]


def sandbox(built: dict[str, Any], bento: Path, settings: Params):
    """Return the server in its sandbox: the image's container, or a process."""
    machine = engine.find()
    if built["sandbox"] == "process":
        say("smoke: installing the Bento in a fresh environment")
        return Process(bento)
    if machine is None:
        raise CouldNotTell("the image was built by an engine that does not answer now; start it")
    if machine.image(built["image"]) is None:
        raise CouldNotTell(
            f"the engine has no image {built['image']}; run `dvc repro containerize`"
        )
    say(f"smoke: starting {built['bento']} ({built['image'][:19]})")
    limits = engine.Limits(settings.memory, settings.cpus)
    return Container(machine, built["image"], limits)


def prove(server, given: dict[str, Any], settings: Params, times: dict[str, Any]) -> dict:
    """Wait for the server, run tests/serving on it, stop it; `times` keeps what was measured."""
    times["ready_seconds"] = wait_ready(server.address, server.state, settings.ready_seconds)
    times["latency_ms"] = latency(server.address, given["rows"], settings)
    given = {**given, "address": server.address, "latency_ms": times["latency_ms"]}
    found = verdict.judge(Path("tests/serving"), **given)
    if reason := server.state():
        raise GateClosed([f"the server is down after the tests: {reason}"], found)
    times["exit_code"] = server.stop()
    if times["exit_code"] != 0:
        reason = f"asked to stop, the server ended with exit code {times['exit_code']}"
        raise GateClosed([reason], found)
    return found


def latency(address: str, rows: list[dict], settings: Params) -> dict[str, float]:
    """Return the quantiles of the time, in ms, that a request of one row takes."""
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
    return {f"p{share}": float(np.percentile(taken, share)) for share in (50, 95, 99)}


def golden_rows(test: pd.DataFrame, rules: schemas.Schema, count: int) -> list[dict[str, Any]]:
    """Return rows of the test part as a client sends them, and odd ones made from the first."""
    rows = schemas.json_rows(test.sample(min(count, len(test)), random_state=0), rules.features)
    return rows + odd_rows(rows[0], rules)


def odd_rows(row: dict[str, Any], rules: schemas.Schema) -> list[dict[str, Any]]:
    """Return variations of `row` that are odd, but that the schema allows."""
    nothing = {n: None for n in rules.features if rules.columns[n].max_missing > 0}
    odd = [{name: None} for name in nothing] + [nothing]
    for name in rules.features:
        column = rules.columns[name]
        odd += [{name: bound} for bound in (column.min, column.max) if bound is not None]
        odd += [{name: level} for level in column.levels or ()]
        if column.type == "text":
            texts = [text[: column.max_length] for text in ODD_TEXTS]
            odd += [{name: text} for text in texts if text or name in nothing]
        if column.type == "category" and column.levels is None:
            odd.append({name: UNSEEN[: column.max_length]})
    return [{**row, **change} for change in odd]


if __name__ == "__main__":
    run(main)
