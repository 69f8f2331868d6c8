"""Slices: groups of rows that are measured apart, so that a good mean hides no bad group.

By value of a column, by values of several columns crossed, by bins of a number, and by query.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.data.schema import MISSING

MOST_VALUES = 200  # of a column that is cut by value; more would make slices too small


class Cuts(params.Section):
    """How rows are cut: see `params.yaml`."""

    values: list[str] = Field(default_factory=list)
    crossed: list[Annotated[list[str], Field(min_length=2)]] = Field(default_factory=list)
    bins: dict[str, list[float]] = Field(default_factory=dict)
    queries: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Slice:
    """Rows with a common `value` of what they were cut `by`: a column, or several, or a query."""

    by: str
    value: str
    member: np.ndarray  # bool, (rows,)
    named: bool = False  # params.yaml names this slice, so it must have rows


def cut(rows: pd.DataFrame, how: Cuts, where: str) -> list[Slice]:
    """Return the slices of `rows`; a Refusal names the key under `where` that does not fit them."""
    return [
        *_values(rows, how.values, f"{where}.values"),
        *_crossed(rows, how.crossed, f"{where}.crossed"),
        *_bins(rows, how.bins, f"{where}.bins"),
        *_queries(rows, how.queries, f"{where}.queries"),
    ]


def _column(rows: pd.DataFrame, name: str, where: str) -> pd.Series:
    if name not in rows.columns:
        hint = params.nearest(name, rows.columns)
        raise Refusal(f"params.yaml: `{where}`: there is no column `{name}`{hint}")
    return rows[name]


def levels(rows: pd.DataFrame, name: str, where: str) -> pd.Series:
    """Return the column as text, a missing value as "(missing)"; Refusal for too many values."""
    values = _column(rows, name, where)
    if (count := values.nunique()) > MOST_VALUES:
        raise Refusal(
            f"params.yaml: `{where}`: the column `{name}` has {count} values, and more than "
            f"{MOST_VALUES} make slices too small to tell anything; cut a number by `bins`"
        )
    if values.dtype.kind == "f":
        values = values.map(_number, na_action="ignore")
    return values.astype("object").where(values.notna(), MISSING).astype("str")


def _number(value: float) -> str:
    """Return a number with all its digits, as people write it: 1000001, 2.5."""
    return f"{value:.15g}"


def _values(rows: pd.DataFrame, columns: list[str], where: str) -> Iterator[Slice]:
    for name in columns:
        words = levels(rows, name, where)
        for value in sorted(words.unique()):
            yield Slice(name, value, (words == value).to_numpy())


def _crossed(rows: pd.DataFrame, groups: list[list[str]], where: str) -> Iterator[Slice]:
    for names in groups:
        words = [levels(rows, name, where) for name in names]
        joined = words[0].str.cat(words[1:], sep=", ")
        for value in sorted(joined.unique()):
            yield Slice(" x ".join(names), value, (joined == value).to_numpy())


def _bins(rows: pd.DataFrame, bins: dict[str, list[float]], where: str) -> Iterator[Slice]:
    for name, edges in bins.items():
        values = _column(rows, name, where)
        if values.dtype.kind != "f":
            raise Refusal(f"params.yaml: `{where}`: the column `{name}` holds no numbers")
        if not edges or not np.isfinite(edges).all() or sorted(set(edges)) != list(edges):
            raise Refusal(f"params.yaml: `{where}.{name}`: {edges} are no edges; list them rising")
        bins = np.searchsorted(edges, values.to_numpy(), side="right")
        for number, value in enumerate(_bin_names(edges)):
            member = (bins == number) & values.notna().to_numpy()
            yield Slice(name, value, member, named=True)
        if values.isna().any():
            yield Slice(name, MISSING, values.isna().to_numpy())


def _bin_names(edges: list[float]) -> list[str]:
    words = [_number(edge) for edge in edges]
    inner = [f"{low} to under {high}" for low, high in pairwise(words)]
    return [f"under {words[0]}", *inner, f"{words[-1]} or more"]


def _queries(rows: pd.DataFrame, queries: dict[str, str], where: str) -> Iterator[Slice]:
    for name, query in queries.items():
        try:
            mask = rows.eval(query, engine="python") if "@" not in query else None
        except Exception as error:  # whatever pandas raises, the query is at fault
            reason = " ".join(str(error).split())
            raise Refusal(f"params.yaml: `{where}.{name}`: {query!r}: {reason}") from None
        member = np.asarray(mask)
        if member.shape != (len(rows),) or member.dtype.kind != "b":
            raise Refusal(f"params.yaml: `{where}.{name}`: {query!r} is not true or false of a row")
        yield Slice("query", name, member, named=True)
