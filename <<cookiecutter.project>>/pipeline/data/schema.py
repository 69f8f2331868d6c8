"""`schema.yaml`: what a row is, and the type of a client's row.

How a table's cells become typed values is in columns.py; a server reads a schema without pandas.
"""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from pipeline.core.errors import Refusal
from pipeline.core.params import Section, read_yaml, sentences
from pipeline.data.kinds import KINDS, Kind

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Task = Literal["binary", "multiclass", "regression"]
MISSING = "(missing)"  # how a missing value is named among a category's levels


class Column(Section):
    """One column: `type` and `role` as `schema.yaml` explains them, and its rules."""

    type: Literal[tuple(KINDS)]
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
    missing: tuple[str, ...] | None = Field(None, strict=False)
    decimal: str = Field(".", min_length=1, max_length=1)
    thousands: str = Field("", max_length=1)
    symbols: str = ""
    formats: tuple[str, ...] = Field((), strict=False)
    spellings: dict[str, Annotated[tuple[str, ...], Field(strict=False)]] = Field({})
    left_out: tuple[str, ...] = Field((), strict=False)

    @model_validator(mode="after")
    def _fits_together(self):
        if self.role == "feature" and not self.kind.can_be_feature:
            raise ValueError(f"a {self.type} is no feature; give it the role it plays")
        if self.role == "target":
            self._can_be_learned()
        elif self.left_out:
            raise ValueError(
                "`left_out` is for the target: rows of its levels that are not learned"
            )
        return self

    @property
    def kind(self) -> Kind:
        """What a value of the column's type is."""
        return KINDS[self.type]

    def _can_be_learned(self) -> None:
        if not self.kind.can_be_target:
            raise ValueError(f"a {self.type} cannot be the target; a category or a number can")
        if self.type == "number":
            return
        if self.levels is None or len(self.levels) < 2:
            raise ValueError("the target needs its `levels`, two or more")
        if len(self.levels) == 2 and self.positive not in self.levels:
            raise ValueError("the target's `positive` must be one of its two `levels`")
        if len(self.levels) > 2 and self.positive is not None:
            raise ValueError("a target of more than two `levels` has no `positive` one")
        if both := sorted({*self.levels} & {*self.left_out}):
            raise ValueError(f"{both[0]!r} is one of `levels` and `left_out`")


class Rows(Section):
    """The number of rows that a data set must have."""

    min: int = Field(1, ge=1)


class Schema(Section):
    """All columns, by name, and the cells of a table that mean a missing value."""

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

    def missing_of(self, name: str) -> tuple[str, ...]:
        """Return the cells that mean "no value" in the column `name`."""
        own = self.columns[name].missing
        return self.missing if own is None else own

    def with_role(self, *roles: str) -> list[str]:
        """Return the names of the columns with one of `roles`, in the file's order."""
        return [name for name, column in self.columns.items() if column.role in roles]

    def features_of(self, kind: str) -> list[str]:
        """Return the names of the features of this type."""
        return [name for name in self.features if self.columns[name].type == kind]

    @property
    def private(self) -> list[str]:
        """The columns that the service does not log."""
        return [name for name, column in self.columns.items() if column.private]

    @property
    def used(self) -> list[str]:
        """The columns that are not ignored."""
        return [name for name, column in self.columns.items() if column.role != "ignored"]

    @property
    def features(self) -> list[str]:
        """The columns that the model is given."""
        return self.with_role("feature")

    @property
    def target(self) -> str:
        """The column that is predicted."""
        return self.with_role("target")[0]

    @property
    def id(self) -> str:
        """The column that names a row; `row` (its number in the table) where there is none."""
        return next(iter(self.with_role("id")), "row")

    @property
    def task(self) -> Task:
        """The task: regression for a number; binary for two levels, multiclass for more."""
        target = self.columns[self.target]
        if target.type == "number":
            return "regression"
        return "binary" if len(target.levels) == 2 else "multiclass"

    @property
    def labels(self) -> list[str]:
        """The target's levels, the positive one last; empty where the target is a number."""
        target = self.columns[self.target]
        return sorted(target.levels or (), key=lambda level: level == target.positive)

    def truth(self, values: "pd.Series") -> "np.ndarray":
        """Return typed values of the target as metrics take them: an array (n,).

        bool whether each is positive; int, its index in `labels`, for more classes; or the number
        itself. Raises Refusal for a value that is no level.
        """
        if self.task == "regression":
            return values.to_numpy(dtype="float64")
        import pandas as pd

        numbers = pd.Index(self.labels).get_indexer(values)
        if (numbers < 0).any():
            raise Refusal(f"`{self.target}` holds a value that is none of its levels")
        return numbers.astype(bool) if self.task == "binary" else numbers


def load(path: Path) -> Schema:
    """Read `schema.yaml`; a Refusal names each key that is wrong."""
    try:
        return Schema.model_validate(read_yaml(path))
    except ValidationError as error:
        raise Refusal("; ".join(sentences(error, path, (), Schema))) from None


def row_type(schema: Schema, reads: Sequence[str] | None = None) -> type[dict]:
    """Return the type of one row as a client sends it, for pydantic; the rules are those of `cast`.

    The columns that the model `reads` (by default the features) are required, `null` only where the
    schema lets them be missing; the other id, group and time columns may be absent; the target and
    unknown columns are errors.
    """
    required = schema.features if reads is None else reads
    fields: dict[str, Any] = {}
    for name in schema.with_role("feature", "id", "time", "group"):
        column = schema.columns[name]
        blank = BeforeValidator(_missing_to_none(schema.missing_of(name)))
        optional = name not in required
        value = column.kind.json_type(column)
        if optional or column.max_missing > 0:
            value |= None
        value = Annotated[value, blank]
        fields[name] = NotRequired[value] if optional else value
    return _closed("Row", fields)


def request_type(row: type[dict], most: int | None = None) -> type[dict]:
    """Return the type of a request's body: `rows` is a list of up to `most` rows, or one row."""
    some = Field(min_length=1, max_length=most)
    return _closed("Request", {"rows": Annotated[list[row], some] if most else row})


def _closed(title: str, fields: dict[str, Any]) -> type[dict]:
    """Return a type of dict that has these fields and no others; any string may name a field."""
    closed = TypedDict(title, fields)
    closed.__pydantic_config__ = ConfigDict(extra="forbid", title=title)
    return closed


def _missing_to_none(markers: tuple[str, ...]) -> Callable[[Any], Any]:
    return lambda value: None if isinstance(value, str) and value in markers else value
