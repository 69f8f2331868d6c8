"""Derived columns: plain functions of one row's values become columns like any other.

A function in recipe/features.py that is decorated with `number`, `category` or `text` is a column
of its name and of that type. Its parameters name the columns it reads. It gets one row's values:
a float, a str, or a datetime without a time zone, and None where a value is missing (a missing text
too). It returns a value of its type, or None. Tables and single rows call it in the same way, so a
row alone has the value that it has in a batch.
"""

import csv
import functools
import inspect
import math
import numbers
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pipeline.core.errors import Refusal
from pipeline.core.params import nearest
from pipeline.data.kinds import WRITTEN_MISSING
from pipeline.data.schema import Column, Schema

Kind = Literal["number", "category", "text"]
MARK = "derived"  # the attribute of a decorated function: (kind, columns or None)
SHOWN = 40  # characters of a value that a message quotes
ROLES = ("feature", "time")  # of the columns that may be read: a client sends these


def _decorator(kind: Kind) -> Callable:
    def decorate(*columns):
        if len(columns) == 1 and callable(columns[0]):  # written without names: @number
            return _marked(columns[0], kind, None)
        return lambda function: _marked(function, kind, columns)

    decorate.__name__ = kind
    decorate.__doc__ = f"""Make a function of one row's values a derived column: a {kind}.

    `@{kind}` reads the columns that the parameters name; `@{kind}("flight phase", "speed")` says
    which, where a column's name is no Python name.
    """
    return decorate


def _marked(function: Callable, kind: Kind, columns: Sequence[str] | None) -> Callable:
    setattr(function, MARK, (kind, columns))
    return function


number, category, text = _decorator("number"), _decorator("category"), _decorator("text")


@dataclass(frozen=True)
class Derived:
    """A derived column: its name, its type, the columns it reads, and its function.

    `private`: one of the columns it reads is, so that no message may quote a value.
    """

    name: str
    kind: Kind
    reads: tuple[str, ...]
    function: Callable[..., Any]
    private: bool = False
    where: str = "recipe/features.py"

    def value(self, arguments: Sequence[Any]) -> float | str | None:
        """Return the function's value of one row's `arguments`, typed; None where it is missing.

        Raises Refusal when the function raises, or returns something of another type.
        """
        try:
            return _TYPED[self.kind](self.function(*arguments))
        except Refusal:
            raise
        except _WrongType as error:
            returned = type(error.args[0]).__name__
            problem = f"returned a {returned}, and is declared as a {self.kind}"
        except Exception as error:
            message = "" if self.private else f": {' '.join(str(error).split())}"
            problem = f"raised {type(error).__name__}{message} in line {_line_of(error)}"
        raise Refusal(f"{self.where}: `{self.name}` {problem}{self._of(arguments)}") from None

    def _of(self, arguments: Sequence[Any]) -> str:
        if self.private:
            return ", for a row that is not shown, because it reads a private column"
        shown = [
            f"`{name}` {str(value)[:SHOWN]!r}" if isinstance(value, str) else f"`{name}` {value}"
            for name, value in zip(self.reads, arguments, strict=True)
        ]
        return f", for {', '.join(shown)}; return None where it has no value"


class _WrongType(Exception):
    """A function returned a value, the argument, that is not of its column's type."""


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if not isinstance(value, numbers.Real):
        raise _WrongType(value)
    return float(value) if math.isfinite(value) else None


def _string(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _WrongType(value)
    return None if value == "" or value in WRITTEN_MISSING else str(value)


_TYPED = {"number": _number, "category": _string, "text": _string}


def _line_of(error: Exception) -> int:
    """Return the line of the user's function in which it raised: the frame below `value`."""
    frame = error.__traceback__.tb_next or error.__traceback__
    return frame.tb_lineno


def functions(module: ModuleType, schema: Schema) -> list[Derived]:
    """Return the derived columns that a module declares, in the order of their definitions.

    Raises Refusal when one has the name of a column, or reads what is no column of a client's row.
    """
    marked = [one for one in vars(module).values() if hasattr(one, MARK) and callable(one)]
    return [_checked(function, schema) for function in dict.fromkeys(marked)]


def _checked(function: Callable, schema: Schema) -> Derived:
    kind, names = getattr(function, MARK)
    name = function.__name__
    where = f"recipe/features.py: the derived column `{name}`"
    if name in schema.columns:
        raise Refusal(f"{where} has the name of a column in schema.yaml; rename the function")
    parameters = inspect.signature(function).parameters.values()
    if loose := [one for one in parameters if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]:
        raise Refusal(f"{where} takes `{loose[0]}`; each of its parameters is to be one column")
    if names is not None and len(names) != len(parameters):
        raise Refusal(f"{where} is given {len(names)} columns for {len(parameters)} parameters")
    reads = tuple(one.name for one in parameters) if names is None else tuple(names)
    if not reads:
        raise Refusal(f"{where} reads no column: it is the same in every row")
    require_readable(where, reads, schema)
    private = any(schema.columns[one].private for one in reads)
    return Derived(name, kind, reads, _by_position(function), private)


def _by_position(function: Callable) -> Callable:
    """Return the function, callable by position also where its parameters are keyword-only."""
    parameters = inspect.signature(function).parameters.values()
    if not any(one.kind is one.KEYWORD_ONLY for one in parameters):
        return function
    names = [one.name for one in parameters]
    return lambda *values: function(**dict(zip(names, values, strict=True)))


def require_readable(where: str, names: Sequence[str], schema: Schema) -> None:
    """Refuse to derive a column from what is no column, or is not in a row to be predicted."""
    for name in names:
        if name not in schema.columns:
            hint = nearest(name, schema.with_role(*ROLES))
            raise Refusal(f"{where} reads `{name}`, which is no column of schema.yaml{hint}")
        role = schema.columns[name].role
        if role == "target":
            raise Refusal(f"{where} reads `{name}`, the target, which no row to be predicted has")
        if role not in ROLES:
            raise Refusal(
                f"{where} reads `{name}`, whose role in schema.yaml is {role}: only features and "
                "the time column can be read"
            )


def column_of(derived: Derived) -> Column:
    """Return the rules of a derived column, as schema.yaml would state them."""
    return Column(type=derived.kind, max_missing=1.0, missing=("",), private=derived.private)


def lookup(path: Path) -> Mapping[str, str]:
    """Return a CSV table in recipe/tables as a mapping: the first column's cell to the second's.

    `CLASSES = lookup(TABLES / "classes.csv")`, then `CLASSES.get(aircraft)`. It is read when it is
    first used; raises Refusal then, when it is missing or is no such table.
    """
    return _Lookup(path)


class _Lookup(Mapping):
    def __init__(self, path: Path):
        self.path = path

    @functools.cached_property
    def _content(self) -> dict[str, str]:
        where = f"recipe/tables/{self.path.name}"
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                _, *rows = csv.reader(file)
        except FileNotFoundError:
            raise Refusal(f"{where} is missing, and recipe/features.py looks values up") from None
        except (UnicodeDecodeError, ValueError, csv.Error) as error:
            raise Refusal(f"{where} is no CSV table with a header: {error}") from None
        content: dict[str, str] = {}
        for line, row in enumerate(rows, start=2):
            if len(row) < 2:
                raise Refusal(f"{where}, line {line}: a key and a value are needed")
            if row[0] in content:
                raise Refusal(f"{where}, line {line}: {row[0]!r} stands there twice")
            content[row[0]] = row[1]
        return content

    def __getitem__(self, key: str) -> str:
        return self._content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)
