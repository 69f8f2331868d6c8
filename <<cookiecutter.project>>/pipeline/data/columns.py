"""The one cast of rows to typed columns, and the values in them that break the schema's rules.

Training, batch prediction, the service and the tests all call `cast`, so a value means the same
everywhere: `""` in a CSV cell, `null` in JSON and NaN in a frame are one missing value. Typed means
the dtype of the column's kind: see `kinds`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.core.errors import Refusal
from pipeline.core.params import nearest
from pipeline.data.kinds import iso_dates
from pipeline.data.schema import Column, Schema

Cast = tuple[pd.DataFrame, pd.DataFrame]  # typed rows, and what does not fit
PROBLEM_COLUMNS = ["row", "column", "value", "rule"]


def cast(table: pd.DataFrame, schema: Schema, names: Sequence[str]) -> Cast:
    """Return the columns `names` of `table`, typed, and the values that do not fit their type.

    The second frame has the columns row (label in the table's index), column, value and rule;
    those values are missing in the first. Extra columns are left out; order does not matter.
    Raises Refusal when a column is absent.
    """
    for name in names:
        if name not in table.columns:
            raise Refusal(f"the column `{name}` is missing{nearest(name, list(table.columns))}")
    typed, problems = {}, []
    for name in names:
        column, raw = schema.columns[name], table[name]
        if raw.dtype.kind not in "fiubM" and (blank := raw.isin(schema.missing_of(name))).any():
            raw = raw.mask(blank)
        values, rule = column.kind.cast(raw, column)
        unfit = (values.isna() & raw.notna()).to_numpy()
        if unfit.any():
            problems.append(problem_rows(raw, unfit, name, rule))
        typed[name] = column.kind.filled(values)
    none = pd.DataFrame(columns=PROBLEM_COLUMNS)
    unfit_values = pd.concat(problems, ignore_index=True) if problems else none
    return pd.DataFrame(typed, index=table.index), unfit_values


def problem_rows(values: pd.Series, unfit: np.ndarray, name: str, rule: str) -> pd.DataFrame:
    """Return a row (row, column, value, rule) for each of `values` where `unfit` is true."""
    rows = values.index[unfit]
    shown = values[unfit].astype("str").to_numpy()
    return pd.DataFrame(
        {"row": rows, "column": name, "value": shown, "rule": rule}, columns=PROBLEM_COLUMNS
    )


def violations(typed: pd.DataFrame, schema: Schema, unique: bool = True) -> pd.DataFrame:
    """Return each value of `typed` that breaks a rule of `schema`: row, column, value, rule.

    `unique`: ids that occur more than once break one. pandera validates lazily, so it finds all
    violations at once. Rules about a whole table (`max_missing`, `rows.min`) are `ingest`'s.
    """
    import pandera.pandas as pa

    columns = {name: _pandera_column(schema.columns[name], unique) for name in typed.columns}
    try:
        pa.DataFrameSchema(columns).validate(typed, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        found = pd.DataFrame(
            {
                "row": cases["index"],
                "column": cases["column"],
                "value": cases["failure_case"].astype("str"),
                "rule": cases["check"].replace("field_uniqueness", "stands more than once"),
            }
        )
        found["rule"] = found["rule"].replace("not_nullable", "must not be missing")
        return found.sort_values(["row", "column", "rule"], ignore_index=True)
    return pd.DataFrame(columns=PROBLEM_COLUMNS)


def _pandera_column(column: Column, unique: bool):
    import pandera.pandas as pa

    unit = f" {column.unit}" if column.unit else ""
    lowest, highest = column.kind.bound(column.min), column.kind.bound(column.max)
    checks = []
    if lowest is not None:
        checks.append(pa.Check.ge(lowest, error=f"is below {column.min}{unit}"))
    if highest is not None:
        checks.append(pa.Check.le(highest, error=f"is above {column.max}{unit}"))
    if column.levels is not None:
        checks.append(pa.Check.isin(list(column.levels), error="is none of the levels"))
    if column.max_length is not None:
        longest = column.max_length
        error = f"is longer than {longest} characters"
        checks.append(pa.Check.str_length(max_value=longest, error=error))
    if column.integer:
        checks.append(pa.Check(lambda values: values % 1 == 0, error="is not a whole number"))
    may_miss = column.role == "feature" and column.max_missing > 0
    return pa.Column(checks=checks, nullable=may_miss, unique=unique and column.role == "id")


def json_rows(table: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the columns `names` of a typed table as rows of JSON: None for a missing value."""
    values = table[list(names)].copy()
    for name in values.select_dtypes("datetime").columns:
        values[name] = iso_dates(values[name])
    return values.astype("object").where(values.notna(), None).to_dict("records")
