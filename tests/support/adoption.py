"""Tables of a hundred rows, and how `make adopt` describes them."""

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.adopt import column_types, survey
from pipeline.adopt.describe import Described, describe
from pipeline.adopt.guess import Guess
from pipeline.adopt.proposal import Proposal
from pipeline.adopt.propose import propose
from pipeline.adopt.settings import Params
from pipeline.data import tables
from pipeline.data.schema import Schema

COUNT = 100
DRAW = np.random.default_rng(11)
AGE = DRAW.integers(18, 90, COUNT)
LATE = AGE + DRAW.normal(0, 20, COUNT) > 55


def frame(**columns) -> pd.DataFrame:
    """Return rows with `late`, an `age` that predicts it more or less, and other columns."""
    rows = {"age": AGE.astype("str"), "city": DRAW.choice(["Bonn", "Kiel", "Ulm"], COUNT)}
    return pd.DataFrame({**rows, **columns, "late": np.where(LATE, "yes", "no")}).astype("str")


def write(table: pd.DataFrame, name="rows.csv", encoding="utf-8", **how) -> Path:
    path = Path(name)
    if name.endswith(".parquet"):
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, encoding=encoding, **how)
    return path


def described(table: pd.DataFrame | Path, target="late", **options) -> Described:
    source = table if isinstance(table, Path) else write(table)
    settings = Params(data=str(source), target=target, **options)
    found = tables.sniff(source)
    return describe(survey.sample(found), found, settings, Path("schema.yaml"))


def proposed(table: pd.DataFrame, **options) -> tuple[Described, Proposal]:
    description = described(table, **options)
    settings = Params(data="rows.csv", **{"target": "late", **options})
    return description, propose(description, settings)


def column(described: Described, name: str) -> dict:
    return described.schema["columns"][name]


def guess(cells, name="column", missing=("",)) -> Guess:
    """Return what a column of these cells is taken for."""
    values = cells if isinstance(cells, pd.Series) else pd.Series(cells, dtype="str")
    return column_types.guess(name, values, list(missing))


def messages(described: Described | Guess) -> str:
    """Return the warnings and the questions, and why a guess is so: a line each."""
    why = [described.why] if isinstance(described, Guess) else []
    return "\n".join([*why, *described.warnings, *described.questions])


def without(rules: Schema, *names: str, **other) -> Schema:
    """Return the schema without the columns `names`, and with others."""
    rest = {name: column for name, column in rules.columns.items() if name not in names}
    return rules.model_copy(update={"columns": rest | other})


def value(plan: Proposal, key: str):
    """Return the value that is proposed for a key."""
    return plan.values[key][0]
