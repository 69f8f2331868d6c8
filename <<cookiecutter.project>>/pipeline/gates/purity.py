"""Purity: a derived column is the same for the same row, whatever else there is.

Its values in the batch are compared with those that a process of its own derives of the same rows,
alone, in another order, at another time, and without the data set (see `isolated`).
"""

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core.errors import Refusal
from pipeline.data.derived import Derived
from pipeline.model import inputs as model_inputs
from pipeline.model.inputs import Inputs

ROOT = Path(__file__).parents[2]
ROWS = 200  # that are derived again
SECONDS = 300  # that all circumstances may take together
KEPT = ("PATH", "LD_LIBRARY_PATH")  # variables of this process that the other one gets
ELSEWHERE = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "12345",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
CIRCUMSTANCES = {
    "fresh": "in a process of its own, without the data set",
    "shuffled": "when the rows come in another order",
    "alone": "when a row comes alone",
    "later": "when the clock is moved ahead by years",
    "earlier": "when the clock is moved back by years",
}


@dataclass(frozen=True)
class Purity:
    """What was found: sentences by circumstance, and the files that were opened."""

    differences: dict[str, list[str]]
    opened: list[str]


def examine(table: pd.DataFrame, inputs: Inputs, schema: Path) -> Purity:
    """Return how derived values of `table`, which holds them, differ under other circumstances.

    Nothing is run where recipe/features.py derives no column. Raises Refusal when it cannot be run.
    """
    own = [one for one in inputs.derived if one.where == "recipe/features.py"]
    if not own or table.empty:
        return Purity({name: [] for name in CIRCUMSTANCES}, [])
    few = table.sample(min(ROWS, len(table)), random_state=0)
    outcomes = _outcomes(inputs.arguments(few), schema)
    differences = {name: _differences(few, own, outcomes[name], name) for name in CIRCUMSTANCES}
    opened = sorted({path for outcome in outcomes.values() for path in outcome["opened"]})
    return Purity(differences, opened)


def _outcomes(rows: dict[str, list[tuple]], schema: Path) -> dict[str, dict[str, Any]]:
    """Run `isolated` on the rows in a folder that holds a copy of recipe/ and nothing else.

    Returns `values`, `problems` and what was `opened` by circumstance.
    """
    recipe = Path(model_inputs.RECIPE.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        clean = shutil.ignore_patterns("__pycache__")
        shutil.copytree(recipe, work / "recipe", ignore=clean)
        (work / "rows.pickle").write_bytes(pickle.dumps(rows))
        shutil.copyfile(schema, work / "schema.yaml")
        command = [sys.executable, "-m", "pipeline.gates.isolated", "--schema", "schema.yaml",
                   "--rows", "rows.pickle", "--outcomes", "outcomes.pickle"]  # fmt: skip
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment = {**kept, **ELSEWHERE, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, cwd=work, env=environment, capture_output=True, text=True, timeout=SECONDS
        )
        if not (work / "outcomes.pickle").exists():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise Refusal(f"derived columns cannot be examined in a process of their own: {last}")
        return pickle.loads((work / "outcomes.pickle").read_bytes())


def _differences(
    few: pd.DataFrame, own: list[Derived], outcome: dict[str, Any], circumstance: str
) -> list[str]:
    """Return a sentence for each derived column that differs in an outcome."""
    when, reasons = CIRCUMSTANCES[circumstance], []
    for one in own:
        if problem := outcome["problems"].get(one.name):
            reasons.append(f"`{one.name}` fails {when}: {problem}")
            continue
        again = outcome["values"][one.name]
        before = [None if _is_missing(value) else value for value in few[one.name]][: len(again)]
        pairs = list(zip(before, again, strict=True))
        wrong = [place for place, (old, new) in enumerate(pairs) if old != new]
        if wrong:
            old, new = pairs[wrong[0]]
            shown = "" if one.private else f", such as {new!r} instead of {old!r}"
            reasons.append(
                f"recipe/features.py: `{one.name}` has other values for {len(wrong)} of "
                f"{len(pairs)} rows {when}{shown}"
            )
    return reasons


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or value != value
