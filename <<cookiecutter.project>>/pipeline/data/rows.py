"""Raw rows become typed ones, and each violation of `schema.yaml` in them is named."""

import pandas as pd

from pipeline.core.errors import Refusal
from pipeline.core.params import nearest
from pipeline.data import columns
from pipeline.data.schema import Schema


def learnable(table: pd.DataFrame, rules: Schema) -> pd.DataFrame:
    """Return the rows that have a target, and not one of the levels that are `left_out`.

    A target may be missing where the schema gives it a `max_missing`; elsewhere that breaks a rule.
    """
    target = rules.columns[rules.target]
    if rules.target not in table.columns or not (target.max_missing or target.left_out):
        return table
    typed_target, unfit = columns.cast(table, rules, [rules.target])
    values = typed_target[rules.target]
    nothing = values.isna() & ~values.index.isin(unfit["row"])
    return table[~(nothing & (target.max_missing > 0)) & ~values.isin(target.left_out)]


def check(table: pd.DataFrame, rules: Schema, unique: bool = True) -> columns.Cast:
    """Return `table` typed, and each of its violations (row, column, value, rule).

    `unique`: `table` is the whole table, so ids that occur twice in it are violations.
    Raises Refusal when its columns are not those of the schema.
    """
    rows, unfit = typed(table, rules)
    broken = columns.violations(rows[rules.used], rules, unique)
    violations = pd.concat([unfit, broken], ignore_index=True)
    # A value that is no number was made missing by the cast; it is one violation, not two.
    violations = violations.drop_duplicates(["row", "column"]).sort_values(["row", "column"])
    return rows, violations.reset_index(drop=True)


def typed(table: pd.DataFrame, rules: Schema) -> columns.Cast:
    """Return `table` typed, and the values that do not fit their type (row, column, value, rule).

    Raises Refusal when its columns are not those of the schema.
    """
    _require_columns(table, rules)
    if rules.id == "row":
        table = table.assign(row=table.index)
    rows, unfit = columns.cast(table, rules, rules.used)
    if rules.id == "row":
        rows["row"] = table["row"].astype("str")
    return rows, unfit


def _require_columns(table: pd.DataFrame, rules: Schema) -> None:
    absent = [name for name in rules.columns if name not in table.columns]
    if absent:
        name = absent[0]
        hint = nearest(name, table.columns)
        raise Refusal(f"the table has no column `{name}`, which schema.yaml describes{hint}")
    extra = [str(name) for name in table.columns if name not in rules.columns]
    if extra:
        raise Refusal(
            f"schema.yaml does not describe the column `{extra[0]}`; "
            "describe it there (role: ignored leaves it out) or drop it from the table"
        )
