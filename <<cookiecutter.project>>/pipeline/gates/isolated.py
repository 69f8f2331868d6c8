"""Derives columns for a few rows in a process of its own, under changed circumstances.

It holds nothing but those rows' values and a copy of recipe/: no data set, no target, another time
zone, other environment variables. Each circumstance is a fork of it, so that it begins anew:

- fresh: the rows in their order; shuffled: in another order, and then once more in theirs
- alone: each row in a fork of its own
- later, earlier: the clock is moved by years, before recipe/features.py is imported

Every file that is opened meanwhile, but for code and recipe/tables, is noted and refused. It is run
by `purity`, and writes an Outcome as a dict by circumstance, as a pickle.
"""

import argparse
import importlib
import os
import pickle
import random
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy  # noqa: F401 - imported before the clock and the files are watched, as what follows
import pandas  # noqa: F401
import sklearn.compose
import sklearn.decomposition
import sklearn.feature_extraction.text
import sklearn.impute
import sklearn.pipeline
import sklearn.preprocessing  # noqa: F401

from pipeline.core.errors import Refusal
from pipeline.data import derived
from pipeline.data import schema as schemas
from pipeline.gates import clock

ALONE = 25  # rows that are derived each in a process of its own
DAYS_LATER, DAYS_EARLIER = 1000, -19_000
# Where code lies, and what the system says of itself: functions may well read these.
SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/proc", "/sys")
# What opens files in C++, which Python's audit events do not tell: modules and their functions.
ARROW = {
    "pyarrow": ("OSFile", "memory_map", "input_stream"),
    "pyarrow.csv": ("read_csv", "open_csv"),
    "pyarrow.dataset": ("dataset",),
    "pyarrow.feather": ("read_feather", "read_table"),
    "pyarrow.json": ("read_json",),
    "pyarrow.parquet": ("read_table", "ParquetFile", "ParquetDataset", "read_metadata"),
}
WATCHED = {"open", "sqlite3.connect", "socket.connect", "subprocess.Popen", "os.system"}

Rows = dict[str, list[tuple]]  # by derived column, the arguments of its function for each row
Values = dict[str, list[Any]]  # by derived column, its value for each row


@dataclass
class Outcome:
    """What came of one circumstance: the values, or a sentence why there are none, by column.

    `opened` lists what was opened that is neither code nor a table of recipe/.
    """

    values: Values = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)


def main() -> None:
    """Derive the rows in the file `--rows` under each circumstance; write `--outcomes`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("schema", "rows", "outcomes"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    schema = schemas.load(options.schema)
    rows: Rows = pickle.loads(options.rows.read_bytes())
    later = lambda: clock.move(DAYS_LATER)  # noqa: E731
    earlier = lambda: clock.move(DAYS_EARLIER)  # noqa: E731
    outcomes = {
        "fresh": forked(lambda: derive(rows, schema, in_order)),
        "shuffled": forked(lambda: derive(rows, schema, in_another_order)),
        "alone": forked(lambda: derive(rows, schema, each_alone)),
        "later": forked(lambda: derive(rows, schema, in_order, later)),
        "earlier": forked(lambda: derive(rows, schema, in_order, earlier)),
    }
    plain = {name: asdict(outcome) for name, outcome in outcomes.items()}
    options.outcomes.write_bytes(pickle.dumps(plain))


def forked(work: Callable[[], Any]) -> Any:
    """Return what `work` returns in a fork of this process, which keeps nothing of it."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        status = 1
        try:
            with os.fdopen(writing, "wb") as file:
                file.write(pickle.dumps(work()))
            status = 0
        finally:  # whatever happens, this copy of the process must not go on
            if status:
                sys.excepthook(*sys.exc_info())
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        content = file.read()
    os.wait()
    return pickle.loads(content)


def derive(
    rows: Rows, schema: schemas.Schema, how: Callable, before: Callable = lambda: None
) -> Outcome:
    """Import recipe/features.py and derive the rows; `before` changes the circumstances."""
    outcome = Outcome()
    before()
    watch_files(outcome.opened)
    try:
        recipe = importlib.import_module("recipe.features")
        columns = {one.name: one for one in derived.functions(recipe, schema)}
        lost = sorted(rows.keys() - columns.keys())
        if lost:  # a function that is defined here and not there
            raise LookupError(f"it declares no {', '.join(lost)}")
    except Exception as error:
        reason = f"recipe/features.py cannot be imported: {type(error).__name__}: {error}"
        return replace(outcome, problems=dict.fromkeys(rows, reason))
    for name in rows:
        try:
            outcome.values[name] = how(columns[name], rows[name])
        except Refusal as refusal:
            outcome.problems[name] = str(refusal)
    return outcome


def in_order(one: derived.Derived, rows: list[tuple]) -> list[Any]:
    """Return the values of the rows, derived one after the other."""
    return [one.value(row) for row in rows]


def in_another_order(one: derived.Derived, rows: list[tuple]) -> list[Any]:
    """Return the values of the rows, derived in another order, and then once more in theirs."""
    order = random.Random(0).sample(range(len(rows)), len(rows))
    values = {place: one.value(rows[place]) for place in order}
    again = in_order(one, rows)
    return [values[place] if values[place] != again[place] else again[place]
            for place in range(len(rows))]  # fmt: skip


def each_alone(one: derived.Derived, rows: list[tuple]) -> list[Any]:
    """Return the values of the first rows, each derived in a process in which it is the only one.

    Raises Refusal when the function fails on one.
    """
    values = []
    for row in rows[:ALONE]:
        value = forked(lambda row=row: _value_or_refusal(one, row))
        if isinstance(value, Refusal):
            raise value
        values.append(value)
    return values


def _value_or_refusal(one: derived.Derived, row: tuple) -> Any:
    try:
        return one.value(row)
    except Refusal as refusal:
        return refusal


def watch_files(opened: list[str]) -> None:
    """Refuse, from now on, to open what is neither code nor in recipe/tables; note it in `opened`.

    The hook cannot be removed; it ends with the process.
    """
    prefixes = {sys.prefix, sys.base_prefix, *(entry for entry in sys.path if "site-" in entry)}
    code = tuple(f"{os.path.realpath(one)}{os.sep}" for one in (*prefixes, *SYSTEM))
    tables = f"{os.path.realpath('recipe/tables')}{os.sep}"

    def hook(event: str, arguments: tuple) -> None:
        if event not in WATCHED or isinstance(arguments[0], int):
            return
        name = os.fsdecode(arguments[0]) if event == "open" else str(arguments[0])
        path = os.path.realpath(name)
        known = path.endswith((".py", ".pyc")) or path.startswith((*code, tables))
        known = known or path in ("/dev/null", "/dev/urandom")
        if event != "open" or not known:
            opened.append(name)
            raise PermissionError(f"a derived column opens {name}")

    sys.addaudithook(hook)
    for module, names in ARROW.items():
        for name in names:
            setattr(importlib.import_module(module), name, _refusing(opened))


def _refusing(opened: list[str]) -> Callable:
    def refuse(source: Any, *more: Any, **how: Any) -> None:
        opened.append(str(source))
        raise PermissionError(f"a derived column opens {source}")

    return refuse


if __name__ == "__main__":
    main()
