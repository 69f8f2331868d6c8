"""How far the journey got: each stage's verdict, how long it took, and whether it still holds.

The stages, their order and their records are those of `dvc.yaml`. A record may be out of date:
after a closed gate the records of later stages are those of a former run.
"""

import contextlib
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.core import custody, params
from pipeline.core.errors import Refusal
from pipeline.core.files import read_json
from pipeline.core.timings import timings
from pipeline.evaluation import champion

PASSED, STOPPED, OUTDATED, NOT_RUN = "passed", "stopped", "out of date", "not run"
RECORD = re.compile(r"--report (\S+)")  # the path of the record in a stage's command


@dataclass(frozen=True)
class Step:
    """The state of a stage: its record, which may be empty, its verdict and the reasons for it.

    `seconds` is None where the time that was noted belongs to another record.
    """

    name: str
    path: str
    verdict: str
    record: dict[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    ended_at: str = ""
    reasons: list[str] = field(default_factory=list)


def read(stages: Path) -> list[Step]:
    """Return the state of each stage of `dvc.yaml`, in its order."""
    steps: list[Step] = []
    known, paths = timings(), records(stages)
    digest = functools.cache(lambda path: custody.digest(Path(path)))
    apart = str(champion_apart(paths.values()))
    for name, path in paths.items():
        steps.append(_step(name, path, known.get(name, {}), steps, digest, apart))
    return steps


def champion_apart(paths: Iterable[str]) -> Path | None:
    """Return the champion's folder if it holds the model of these records, else None.

    Then the model was deployed after it was judged, against the champion before it: the folder
    has changed since, and rightly so.
    """
    for path in filter(lambda path: Path(path).exists(), paths):
        with contextlib.suppress(Refusal, AttributeError):
            model = read_json(Path(path)).get("model")
            if model and champion.is_champion(model):
                return champion.FOLDER
    return None


def records(stages: Path) -> dict[str, str]:
    """Return the path of each stage's record, by the stage's name, in the order of `dvc.yaml`."""
    content = params.read_yaml(stages).get("stages", {})
    matches = {name: RECORD.search(stage["cmd"]) for name, stage in content.items()}
    return {name: match[1] for name, match in matches.items() if match}


def of(steps: list[Step], name: str) -> dict[str, Any]:
    """Return the record of a stage, empty where it has none."""
    return next((step.record for step in steps if step.name == name), {})


def stopped(steps: list[Step]) -> Step | None:
    """Return the stage whose gate is closed, if one is."""
    return next((step for step in steps if step.verdict == STOPPED), None)


def _step(
    name: str, path: str, timing: dict[str, Any], before: list[Step], digest, apart: str
) -> Step:
    if not Path(path).exists():
        return Step(name, path, NOT_RUN)
    try:
        record = read_json(Path(path))
        verdict, read = record["verdict"], record["inputs"]
        inputs = {file: sha for file, sha in read.items() if file != apart}
    except (Refusal, LookupError, TypeError) as error:
        return Step(name, path, NOT_RUN, reasons=[f"{path} is no record of a stage ({error})"])
    time: dict[str, Any] = {}
    if timing.get("record") == digest(path):
        time = {"seconds": timing["seconds"], "ended_at": timing["ended_at"]}
    if reasons := _outdated(record, name, inputs, before, digest):
        return Step(name, path, OUTDATED, record, reasons=reasons, **time)
    if verdict == "passed":
        return Step(name, path, PASSED, record, **time)
    return Step(name, path, STOPPED, record, reasons=record.get("reasons", []), **time)


def _outdated(record, name: str, inputs: dict[str, str], before: list[Step], digest) -> list[str]:
    """Return why a record is out of date: its parameters or its inputs have changed since."""
    late = next((step for step in before if step.verdict != PASSED), None)
    if late:
        return [f"from a former run: `{late.name}` before it is {late.verdict} now"]
    reasons = custody.changed_params(name, record)
    for path, was in inputs.items():
        if not Path(path).exists():
            reasons.append(f"{path}: was read, and is missing now")
        elif digest(path) != was:
            reasons.append(f"{path}: changed since it was read")
    return reasons


def seconds(value: float | None) -> str:
    """Return a time as people read it.

    >>> seconds(0.04), seconds(12.34), seconds(130), seconds(None)
    ('0.04 s', '12 s', '2 min 10 s', '')
    """
    if value is None:
        return ""
    if value < 60:
        return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"
    return f"{value // 60:.0f} min {value % 60:.0f} s"
