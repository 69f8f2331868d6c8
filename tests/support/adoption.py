"""Tables of a hundred rows, and what `make adopt` finds in them."""

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.adopt import adopt, survey
from pipeline.adopt import describe as adoption

COUNT = 100
DRAW = np.random.default_rng(11)
AGE = DRAW.integers(18, 90, COUNT)
LATE = AGE + DRAW.normal(0, 20, COUNT) > 55


def frame(**columns) -> pd.DataFrame:
    """Return rows of which `age` tells `late` more or less, and other columns."""
    rows = {"age": AGE.astype("str"), "city": DRAW.choice(["Bonn", "Kiel", "Ulm"], COUNT)}
    return pd.DataFrame({**rows, **columns, "late": np.where(LATE, "yes", "no")}).astype("str")


def write(table: pd.DataFrame, name="rows.csv", encoding="utf-8", **how) -> Path:
    path = Path(name)
    if name.endswith(".parquet"):
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, encoding=encoding, **how)
    return path


def described(table: pd.DataFrame | Path, target="late", **said) -> adoption.Described:
    source = table if isinstance(table, Path) else write(table)
    asked = adopt.Params(data=str(source), target=target, **said)
    return adoption.describe(survey.sample(source), source, asked, Path("schema.yaml"))


def proposed(table: pd.DataFrame, **said):
    found = described(table, **said)
    asked = adopt.Params(data="rows.csv", **{"target": "late", **said})
    return found, adoption.propose(found, asked)


def column(found: adoption.Described, name: str) -> dict:
    return found.schema["columns"][name]


def told(found: adoption.Described) -> str:
    return "\n".join([*found.notes, *found.questions])
