"""Columns of numbers in a new table: how they are written, and their range with some slack."""

import math
import re
import sys

import numpy as np
import pandas as pd

from pipeline.adopt.guess import MOST, Guess, is_id
from pipeline.data.cells import plain_numbers
from pipeline.data.schema import Column

SYMBOLS = "$€£¥%"
LARGEST = sys.float_info.max
LARGEST_SCALED = 1e150  # the square of a larger number is infinite, so it cannot be scaled


def parse(name: str, counts: pd.Series) -> Guess | None:
    """Return the guess that a column holds numbers; None when too few of its cells are numbers.

    `counts` holds the number of rows of each distinct cell, by the cell.
    """
    cells = pd.Series(counts.index.astype("str"))
    if cells.str.fullmatch(r"\s*0\d+\s*").any():  # 007 is a name
        return None
    total = counts.sum()
    for keys in _notations(cells):
        column = Column.model_validate({"type": "number", **keys})
        plain = plain_numbers(cells, column.decimal, column.symbols + column.thousands)
        typed = pd.to_numeric(plain, errors="coerce")
        fits = np.isfinite(typed.to_numpy(dtype="float64"))
        if counts.to_numpy()[fits].sum() < MOST * total:
            continue
        guess = Guess({"type": "number", **keys}, "numbers")
        if keys:
            guess.warnings.append(f"`{name}`: numbers are written as {cells[fits].iloc[0]!r}")
        odd = cells[~fits]
        if len(odd) and (counts.to_numpy()[~fits] >= 2).all() and len(odd) <= 3:
            guess.odd = tuple(odd)
        return guess
    return None


def _notations(cells: pd.Series) -> list[dict[str, str]]:
    """Return the ways in which the numbers in `cells` may be written, the plain one first."""
    symbols = "".join(sign for sign in SYMBOLS if cells.str.contains(sign, regex=False).any())
    extra = {"symbols": symbols} if symbols else {}
    notations: list[dict[str, str]] = [{}]
    bare = cells.str.replace(f"[{re.escape(symbols)}\\s]", "", regex=True) if symbols else cells
    if bare.str.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?").any():
        notations.append({**extra, "thousands": ","})
    if bare.str.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?").any():
        notations.append({**extra, "decimal": ",", "thousands": "."})
    if bare.str.fullmatch(r"[+-]?\d+,\d+").any():
        notations.append({**extra, "decimal": ","})
    return [*notations[:1], *([extra] if extra else []), *notations[1:]]


def describe(name: str, values: pd.Series, guess: Guess) -> Guess:
    """Return the guess with the rules of a number: whether it is whole, and its range."""
    present = values[np.isfinite(values.to_numpy())]
    if present.empty:
        return Guess({"type": "number", "role": "ignored"}, "holds no finite number")
    if present.abs().max() > LARGEST_SCALED:
        why = f"holds numbers beyond {LARGEST_SCALED:g}, too large to be scaled"
        return Guess({**guess.keys, "role": "ignored"}, why, guess.warnings)
    whole = bool((present % 1 == 0).all()) and bool((present.abs() < 2**53).all())
    low, high = float(present.min()), float(present.max())
    if whole:
        guess.keys["integer"] = True
        if present.nunique() == len(values) and _numbers_rows(present, name):
            return Guess({"type": "identifier"}, "counts the rows", guess.warnings)
    if present.nunique() == 1:
        return Guess({**guess.keys, "role": "ignored"}, "never varies", guess.warnings)
    guess.keys |= number_range(low, high, whole)
    guess.why = f"{present.nunique():,} numbers from {low:g} to {high:g}"
    return guess


def _numbers_rows(values: pd.Series, name: str) -> bool:
    """Whether whole numbers, all different, count the rows or are called an id."""
    return is_id(name) or values.max() - values.min() == len(values) - 1


def number_range(low: float, high: float, whole: bool) -> dict[str, float]:
    """Return `min` and `max` with half a range of slack; a sign that never occurs stays out.

    >>> number_range(3, 95, True)
    {'min': 0, 'max': 150}
    """
    slack = high / 2 - low / 2  # half of `high - low`, which may overflow
    least = 0.0 if low >= 0 else _two_digits(low - slack, math.floor)
    most = 0.0 if high <= 0 else _two_digits(high + slack, math.ceil)
    kind = int if whole else float
    return {"min": kind(least), "max": kind(most)}


def _two_digits(value: float, to) -> float:
    """Return `value` rounded to two digits by `to`, which is floor or ceil."""
    if value == 0:
        return 0.0
    step = 10.0 ** max(-300, math.floor(math.log10(min(abs(value), LARGEST))) - 1)
    rounded = float(f"{to(max(-LARGEST, min(LARGEST, value)) / step) * step:.6g}")
    return max(-LARGEST, min(LARGEST, rounded))
