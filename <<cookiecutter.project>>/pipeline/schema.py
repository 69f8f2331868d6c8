"""`schema.yaml`: what a row is, and the one cast from anything row-like to typed columns.

Training, batch prediction, the service and the tests all call `cast`, so a value means the same
everywhere: `""` in a CSV cell, `null` in JSON and NaN in a frame are one missing value.
Typed means float64 for numbers, pandas `str` with NaN for categories and identifiers, `str` with
`""` for texts, and `datetime64[us]` for dates.
"""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired

import numpy as np
import pandas as pd
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from pipeline.params import Section, nearest, read_yaml, sentences
from pipeline.stage import Refusal

Cast = tuple[pd.DataFrame, pd.DataFrame]
Task = Literal["binary", "multiclass", "regression"]
MISSING = "(missing)"  # how a missing value is named among a category's levels
SPELT = ("nan", "NaN", "<NA>", "NaT")  # how programs write one where they should not
PROBLEM_COLUMNS = ["row", "column", "value", "rule"]


class Column(Section):
    """One column: `type` and `role` as `schema.yaml` explains them, and its rules."""

    type: Literal["number", "category", "text", "date", "identifier"]
    role: Literal["feature", "id", "time", "group", "target", "ignored"] = "feature"
    unit: str = ""
    integer: bool = False
    levels: tuple[str, ...] | None = Field(None, strict=False)
    positive: str | None = None
    min: float | datetime.date | None = None
    max: float | datetime.date | None = None
    max_length: int | None = None
    private: bool = False
    max_missing: float = Field(0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _fits_together(self):
        if self.role == "feature" and self.type in ("date", "identifier"):
            raise ValueError(f"a {self.type} is no feature; give it the role it plays")
        if self.role == "target":
            self._can_be_learned()
        return self

    def _can_be_learned(self) -> None:
        if self.type not in ("category", "number"):
            raise ValueError(f"a {self.type} cannot be the target; a category or a number can")
        if self.type == "number":
            return
        if self.levels is None or len(self.levels) < 2:
            raise ValueError("the target needs its `levels`, two or more")
        if len(self.levels) == 2 and self.positive not in self.levels:
            raise ValueError("the target's `positive` must be one of its two `levels`")
        if len(self.levels) > 2 and self.positive is not None:
            raise ValueError("a target of more than two `levels` has no `positive` one")


class Rows(Section):
    """How many rows a data set holds."""

    min: int = Field(1, ge=1)


class Schema(Section):
    """All columns, by name, and what a missing value looks like in a table."""

    missing: tuple[str, ...] = Field(("",), strict=False)
    rows: Rows = Rows()
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _one_of_each(self):
        for role, least in (("target", 1), ("id", 0), ("time", 0), ("group", 0)):
            count = len(self.with_role(role))
            if not least <= count <= 1:
                raise ValueError(f"{count} columns have the role {role}; there is one")
        if not self.features:
            raise ValueError("no column is a feature")
        return self

    def with_role(self, *roles: str) -> list[str]:
        """Return the names of the columns with one of `roles`, in the file's order."""
        return [name for name, column in self.columns.items() if column.role in roles]

    def features_of(self, kind: str) -> list[str]:
        """Return the names of the feature columns of type `kind`."""
        return [name for name in self.features if self.columns[name].type == kind]

    @property
    def private(self) -> list[str]:
        """The columns that the service does not log."""
        return [name for name, column in self.columns.items() if column.private]

    @property
    def features(self) -> list[str]:
        return self.with_role("feature")

    @property
    def target(self) -> str:
        return self.with_role("target")[0]

    @property
    def id(self) -> str:
        """The column that names a row; `row` (its number in the table) where there is none."""
        return next(iter(self.with_role("id")), "row")

    @property
    def task(self) -> Task:
        """What is learned: a number by regression, one of two levels, or one of more."""
        target = self.columns[self.target]
        if target.type == "number":
            return "regression"
        return "binary" if len(target.levels) == 2 else "multiclass"

    @property
    def labels(self) -> list[str]:
        """The target's levels, the positive one last; none where the target is a number."""
        target = self.columns[self.target]
        return sorted(target.levels or (), key=lambda level: level == target.positive)

    def truth(self, values: pd.Series) -> np.ndarray:
        """Return the target's `values` as metrics take them: (n,).

        Whether each is positive (bool), its place in `labels` (int), or the number itself (float).
        """
        if self.task == "regression":
            return values.to_numpy(dtype="float64")
        places = pd.Index(self.labels).get_indexer(values)
        if (places < 0).any():
            raise Refusal(f"`{self.target}` holds a value that is none of its levels")
        return places.astype(bool) if self.task == "binary" else places


def load(path: Path) -> Schema:
    """Read `schema.yaml`; a Refusal names each key that is wrong."""
    try:
        return Schema.model_validate(read_yaml(path))
    except ValidationError as error:
        raise Refusal("; ".join(sentences(error, path, (), Schema))) from None


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
        if raw.dtype.kind not in "fiubM" and (blank := raw.isin(schema.missing)).any():
            raw = raw.mask(blank)
        values, rule = _CASTS[column.type](raw)
        unfit = (values.isna() & raw.notna()).to_numpy()
        if unfit.any():
            problems.append(problem_rows(raw, unfit, name, rule))
        typed[name] = values.fillna("") if column.type == "text" else values
    none = pd.DataFrame(columns=PROBLEM_COLUMNS)
    found = pd.concat(problems, ignore_index=True) if problems else none
    return pd.DataFrame(typed, index=table.index), found


def problem_rows(values: pd.Series, unfit: np.ndarray, name: str, rule: str) -> pd.DataFrame:
    """Return a row (row, column, value, rule) for each of `values` where `unfit` is true."""
    rows = values.index[unfit]
    shown = values[unfit].astype("str").to_numpy()
    return pd.DataFrame(
        {"row": rows, "column": name, "value": shown, "rule": rule}, columns=PROBLEM_COLUMNS
    )


def _numbers(raw: pd.Series) -> tuple[pd.Series, str]:
    if raw.dtype != "float64":
        raw = pd.to_numeric(raw, errors="coerce").astype("float64")
    infinite = np.isinf(raw.to_numpy())
    return raw.mask(infinite) if infinite.any() else raw, "is not a finite number"


def _strings(raw: pd.Series) -> tuple[pd.Series, str]:
    if isinstance(raw.dtype, pd.StringDtype):
        values = raw.astype("str")
    else:
        missing = raw.isna()
        if raw.dtype.kind == "f" and (raw.dropna() % 1 == 0).all():
            raw = raw.astype("Int64")  # a whole number that met a missing one: 3.0 is still "3"
        values = raw.astype("object").astype("str").mask(missing).astype("str")
    return values.mask(values.isin(SPELT)), "is a missing value; name it under `missing`"


def _dates(raw: pd.Series) -> tuple[pd.Series, str]:
    values = pd.to_datetime(raw, format="ISO8601", errors="coerce", utc=True)
    return values.dt.tz_localize(None).astype("datetime64[us]"), "is not an ISO date"


_CASTS = {
    "number": _numbers,
    "category": _strings,
    "text": _strings,
    "identifier": _strings,
    "date": _dates,
}


def violations(typed: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return each value of `typed` that breaks a rule of `schema`: row, column, value, rule.

    Judged by pandera, lazily, so that all of them are found at once. Shares (`max_missing`) and
    the number of rows belong to a whole table, not to a row: see `ingest`.
    """
    import pandera.pandas as pa

    columns = {name: _pandera_column(schema.columns[name]) for name in typed.columns}
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


def _pandera_column(column: Column):
    import pandera.pandas as pa

    unit = f" {column.unit}" if column.unit else ""
    lowest, highest = _bound(column.min), _bound(column.max)
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
    return pa.Column(checks=checks, nullable=may_miss, unique=column.role == "id")


def _bound(value):
    return pd.Timestamp(value) if isinstance(value, datetime.date) else value


def json_rows(table: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the columns `names` of a typed table as rows of JSON: None for a missing value."""
    values = table[list(names)].copy()
    for name in values.select_dtypes("datetime").columns:
        values[name] = values[name].dt.strftime("%Y-%m-%d")
    return values.astype("object").where(values.notna(), None).to_dict("records")


def row_type(schema: Schema) -> type[dict]:
    """Return the type of one row as a client sends it, for pydantic; the same rules as `cast`.

    Features must be there, `null` only where the schema lets them be missing; the columns that
    name a row, its group and its time may be left out; the target and unknown ones are errors.
    """
    fields: dict[str, Any] = {}
    blank = BeforeValidator(_missing_to_none(schema.missing))
    for name in schema.with_role("feature", "id", "time", "group"):
        column = schema.columns[name]
        optional = column.role != "feature"
        kind = _json_type(column)
        if optional or column.max_missing > 0:
            kind |= None
        kind = Annotated[kind, blank]
        fields[name] = NotRequired[kind] if optional else kind
    return _closed("Row", fields)


def request_type(row: type[dict], most: int | None = None) -> type[dict]:
    """Return the type of a request's body: `rows` is a list of up to `most` rows, or one row."""
    some = Field(min_length=1, max_length=most)
    return _closed("Request", {"rows": Annotated[list[row], some] if most else row})


def _closed(title: str, fields: dict[str, Any]) -> type[dict]:
    """Return a type of dict that has these fields and no others. Any string may name a field."""
    made = TypedDict(title, fields)
    made.__pydantic_config__ = ConfigDict(extra="forbid", title=title)
    return made


def _json_type(column: Column):
    if column.type == "number":
        step = 1 if column.integer else None
        rules = Field(strict=True, allow_inf_nan=False, ge=column.min, le=column.max)
        return Annotated[float, rules, Field(multiple_of=step)] if step else Annotated[float, rules]
    if column.type == "date":
        return datetime.date
    if column.type == "identifier":
        return Annotated[str, Field(coerce_numbers_to_str=True)]
    if column.levels is not None:
        return Literal[column.levels]
    return Annotated[str, Field(strict=True, max_length=column.max_length)]


def _missing_to_none(markers: tuple[str, ...]):
    return lambda value: None if isinstance(value, str) and value in markers else value
