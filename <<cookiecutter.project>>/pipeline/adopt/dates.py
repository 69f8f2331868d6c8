"""Columns of dates in a new table: the forms in which they are written, and their range."""

import numpy as np
import pandas as pd

from pipeline.adopt.guess import MOST, Guess
from pipeline.data.cells import dates_as

FORMATS = (
    "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%b %d %Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M:%S %p",
)  # fmt: skip
MOST_CELLS = 5000  # distinct cells that the forms of dates are tried on


def parse(name: str, counts: pd.Series) -> Guess | None:
    """Return the guess that a column holds dates, in one form or several; None when it does not.

    `counts` holds the number of rows of each distinct cell, by the cell, the most frequent first.
    """
    counts = counts.head(MOST_CELLS)
    cells = pd.Series(counts.index.astype("str"))
    if not cells.str.contains(r"\d").mean() >= MOST or cells.str.fullmatch(r"\s*0\d*\s*").any():
        return None  # 0012 is a name, not a year
    formats, ties = _forms(cells, counts.to_numpy())
    if not formats:
        return None
    guess = Guess({"type": "date"}, "dates")
    others = [form for form in formats if form != "ISO8601"]
    if others:
        guess.keys["formats"] = others
        guess.warnings.append(f"`{name}`: dates are written as {', '.join(formats)}")
    if others and ties:
        guess.questions.append(
            f"`{name}`: is {cells[0]!r} written as {formats[0]} or as {ties[0]}? It is read as "
            f"{formats[0]}; SET='columns.{name}.formats=[\"{ties[0]}\"]' reads it the other way"
        )
    return guess


def _forms(cells: pd.Series, weights: np.ndarray) -> tuple[list[str], list[str]]:
    """Return the forms that nearly all dates are written in, and others that fit as well.

    Both are empty where the cells are not dates. The form that fits most cells is taken first, then
    the one that fits most of the rest. `weights` (n,) are the rows of each cell.
    """
    left, formats, ties = np.ones(len(cells), bool), [], []
    fits = {form: _fits(cells, form) for form in ("ISO8601", *FORMATS)}
    while weights[left].sum() > (1 - MOST) * weights.sum():
        gains = {form: weights[left & fit].sum() for form, fit in fits.items()}
        best = max(gains, key=gains.get)
        if gains[best] < 0.01 * weights.sum():
            return [], []
        ties += [form for form, gain in gains.items() if gain == gains[best] and form != best]
        formats.append(best)
        left &= ~fits[best]
    return formats, ties


def _fits(cells: pd.Series, form: str) -> np.ndarray:
    """Return which cells are dates in this form: bool (n,)."""
    try:
        return dates_as(cells, form).notna().to_numpy()
    except (ValueError, OverflowError):  # pandas cannot read any of them in this form
        return np.zeros(len(cells), bool)


def describe(name: str, values: pd.Series, guess: Guess) -> Guess:
    """Return the guess with the first and the last date; no rule, since time goes on."""
    present = dates_as(values, "ISO8601").dropna()
    if present.empty:
        return Guess({"type": "category", "role": "ignored"}, "holds nothing")
    guess.why = f"dates from {present.min():%Y-%m-%d} to {present.max():%Y-%m-%d}"
    return guess
