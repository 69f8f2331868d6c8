"""What the featurizer is given: the columns of schema.yaml, and those that are derived from them.

Training, batch prediction, the server, mocks and gates all derive columns here. Which derived
columns a model reads is written in its featurizer, by name; what they are is in recipe/features.py.
"""

import datetime
import importlib.util
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from pipeline.core.errors import Refusal
from pipeline.data import columns, dates, derived
from pipeline.data.derived import Derived
from pipeline.data.kinds import WRITTEN_MISSING
from pipeline.data.schema import Column, Schema
from recipe import features as recipe_features

Row = Mapping[str, Any]
RECIPE: ModuleType = recipe_features
ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")


class Inputs:
    """The columns of a schema's rows, and the derived columns beside them.

    Attributes:
        derived: the derived columns, in order.
        schema: the schema of both, in which derived columns are features too.
        reads: the columns that a row must have: its features, and what is derived from.
        names: the columns that the featurizer reads; a date is read through derived columns only.
    """

    def __init__(self, rules: Schema, derived_columns: Sequence[Derived]):
        self.derived = list(derived_columns)
        extra = {one.name: derived.column_of(one) for one in self.derived}
        self.schema = rules.model_copy(update={"columns": {**rules.columns, **extra}})
        used = {name for one in self.derived for name in one.reads}
        self.reads = [n for n in rules.columns if n in used or rules.columns[n].role == "feature"]
        self.names = [n for n in self.schema.features if self.schema.columns[n].type != "date"]
        self._values = {name: _value_of(name, rules) for name in self.reads if name in used}

    def table(self, typed: pd.DataFrame) -> pd.DataFrame:
        """Return typed rows, as `columns.cast` gives them, with the derived columns, typed.

        Raises Refusal when a function fails on a row.
        """
        kinds, made = {one.name: one for one in self.derived}, {}
        for name, rows in self.arguments(typed).items():
            values = [kinds[name].value(row) for row in rows]
            made[name] = _typed(values, kinds[name].kind, typed.index)
        return typed.assign(**made) if made else typed

    def arguments(self, typed: pd.DataFrame) -> dict[str, list[tuple]]:
        """Return, by derived column, what its function gets for each of the typed rows."""
        plain = {name: _plain(typed[name], self.schema.columns[name].type) for name in self._values}
        return {
            one.name: list(zip(*(plain[name] for name in one.reads), strict=True))
            for one in self.derived
        }

    def row(self, row: Row) -> Row:
        """Return a client's row, as `schema.row_type` gives it, with the derived values.

        Raises KeyError when a column is absent, and Refusal when a function fails.
        """
        if not self.derived:
            return row
        values = {name: value_of(row[name]) for name, value_of in self._values.items()}
        made = {one.name: one.value([values[n] for n in one.reads]) for one in self.derived}
        return {**row, **made}


def declared(
    rules: Schema, settings: recipe_features.Params, recipe: ModuleType | None = None
) -> Inputs:
    """Return the inputs of a featurizer to be fitted: all derived columns that are declared.

    `recipe` is the module that declares them, recipe/features.py if it is not given. Raises Refusal
    for a derived column that cannot be, and for a date of which nothing is made.
    """
    made = derived.functions(recipe or RECIPE, rules) + dates.derived(settings.dates, rules)
    inputs = Inputs(rules, made)
    used = {name for one in made for name in one.reads}
    if idle := [name for name in rules.features_of("date") if name not in used]:
        raise Refusal(
            f"schema.yaml: the date `{idle[0]}` is a feature, and nothing is made of it: say what "
            "in featurize.dates, read it in recipe/features.py, or give it another role"
        )
    return inputs


def of_model(rules: Schema, featurizer: Any, recipe: ModuleType | None = None) -> Inputs:
    """Return the inputs of a fitted featurizer: the derived columns that it was fitted on.

    Raises Refusal when it reads one that neither schema.yaml nor the recipe declares any more.
    """
    wanted = [n for n in getattr(featurizer, "feature_names_in_", ()) if n not in rules.columns]
    if not wanted:
        return Inputs(rules, [])
    known = {one.name: one for one in derived.functions(recipe or RECIPE, rules)}
    known |= {one.name: one for one in dates.possible(rules)}
    if lost := [name for name in wanted if name not in known]:
        raise Refusal(
            f"the model reads a column `{lost[0]}`, which neither schema.yaml nor "
            "recipe/features.py has; `dvc repro` trains a model without it"
        )
    return Inputs(rules, [known[name] for name in wanted])


def recipe_in(folder: Path) -> ModuleType:
    """Return the module features.py in `folder`: another recipe than this project's own."""
    name = f"recipe_in_{abs(hash(folder.resolve()))}"
    spec = importlib.util.spec_from_file_location(name, folder / "features.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _plain(values: pd.Series, kind: str) -> list[Any]:
    """Return a typed column's values as functions get them: None where one is missing."""
    blank = values.isna() | (values == "") if kind == "text" else values.isna()
    if kind == "date":
        return [None if b else v.to_pydatetime() for v, b in zip(values, blank, strict=True)]
    return values.astype("object").where(~blank, None).tolist()


def _typed(values: list, kind: str, index: pd.Index) -> pd.Series:
    """Return derived values as a typed column, as `columns.cast` types one of that kind."""
    if kind == "number":
        return pd.Series(values, index=index, dtype="float64")
    texts = pd.Series(values, index=index, dtype="str")
    return texts.fillna("") if kind == "text" else texts


def _value_of(name: str, rules: Schema) -> Callable[[Any], Any]:
    """Return the function that makes a JSON value of a column what its cast would make of it."""
    column = rules.columns[name]
    if column.type == "number":
        return number_or_none
    blank = frozenset(("", *rules.missing_of(name), *WRITTEN_MISSING))
    if column.type == "date":
        return lambda value: _date(value, name, column, blank)
    return lambda value: None if value is None or value in blank else value


def number_or_none(value: Any) -> float | None:
    """Return a number of JSON as a float; None where there is none, or it is not finite."""
    number = float("nan") if value is None else float(value)
    return number if abs(number) < float("inf") else None


def _date(value: Any, name: str, column: Column, blank: frozenset[str]) -> datetime.datetime | None:
    """Return a date, as JSON, pydantic or pandas give it, without a time zone: UTC, or its own."""
    if value is None or (isinstance(value, str) and value in blank):
        return None
    if isinstance(value, str) and ISO.fullmatch(value):
        try:
            return datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime.datetime) and not isinstance(value, pd.Timestamp):
        if value.tzinfo is None:
            return value
        try:
            return value.astimezone(datetime.UTC).replace(tzinfo=None)
        except OverflowError:  # before the year 1, or after 9999, in UTC
            return None
    if type(value) is datetime.date:
        return datetime.datetime(value.year, value.month, value.day)
    one = Schema.model_construct(missing=("",), columns={name: column})
    cast, _ = columns.cast(pd.DataFrame({name: [value]}), one, [name])
    return None if cast[name].isna()[0] else cast[name][0].to_pydatetime()
