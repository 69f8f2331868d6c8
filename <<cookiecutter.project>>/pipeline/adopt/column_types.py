"""What a table's columns are, from their cells: type, rules and what a missing value looks like.

A column is a number, a category, a text, a date or an identifier (see `schema.yaml`). Each guess
says why, what is unusual about it, and what it could not decide.
"""

import math
import re
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pipeline.data import schema as schemas
from pipeline.data.cells import dates_as, plain_numbers
from pipeline.data.kinds import WRITTEN_MISSING
from pipeline.data.schema import Column
from pipeline.gates import leaks

# Cells that mean "no value" wherever they stand, and words that do so among numbers and dates only.
BLANKS = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>", "NaT", "?")
WORDS = ("None", "none", "NONE", "-", "--", ".", "na", "unknown", "Unknown", "UNKNOWN", "missing")
MOST = 0.98  # share of a column's cells that must be of a type for it to be of that type
MOST_LEVELS = 12  # levels that are declared, so that no other is accepted; more are left open
SURE_ROWS = 5  # rows of the rarest level, from which on the declared ones are all there are
LEAST_WORDS = 3  # that stand in five texts of a column or more, so that it can be learned from
TEXT_WORDS = 3  # words that a text has on average, at least
DISTINCT = 0.3  # share of distinct strings from which on words are a text, and no categories
ID_NAME = re.compile(r"(^|[\W_])(id|ids|uuid|guid|key|nr|no|index|unnamed)(\.\d+)?$", re.I)
ID_CASE = re.compile(r"[a-z]I[Dd]$")
SYMBOLS = "$€£¥%"
DATE_FORMATS = (
    "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%b %d %Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M:%S %p",
)  # fmt: skip
MOST_NUMBER = 1e150  # that can be scaled
LARGEST = sys.float_info.max
TRIED = 5000  # distinct cells that forms of dates are tried on


@dataclass
class Guess:
    """What a column is taken for: its keys in `schema.yaml`, why, and what is to be said of it."""

    keys: dict[str, Any]
    why: str
    notes: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


def missing_cells(table: pd.DataFrame) -> list[str]:
    """Return the cells of `table` that mean "no value" in any column; the empty one always."""
    found = {""}
    for name in table.columns:
        if table[name].dtype.kind in "fiubM":
            continue
        cells = table[name].dropna().unique()
        found |= {cell for cell in cells if isinstance(cell, str) and cell.strip() in BLANKS}
    return sorted(found)


def guess(name: str, values: pd.Series, missing: list[str]) -> Guess:
    """Return what the column `name` is; `missing` are the table's cells that mean "no value"."""
    kind = values.dtype.kind
    if kind == "b":
        return _strings(name, values.astype("str"), missing)
    if kind in "iuf":
        return _number(name, values.astype("float64"), Guess({"type": "number"}, "numbers"))
    if kind == "M":
        return _date(name, values, Guess({"type": "date"}, "dates"))
    words = values.map(lambda cell: None if pd.isna(cell) else str(cell)).astype("str")
    return _strings(name, words, missing)


def _strings(name: str, words: pd.Series, missing: list[str]) -> Guess:
    present = words[words.notna() & ~words.isin(missing)]
    if present.empty:
        return Guess({"type": "category", "role": "ignored"}, "holds nothing")
    sure = present[~present.str.strip().isin(WORDS)]
    counts = sure.value_counts()
    for attempt in (_as_number, _as_date):
        if len(counts) and (found := attempt(name, counts)):
            lost = sorted({*present[~present.isin(sure)].unique(), *found.keys.pop("odd", ())})
            if lost:
                found.keys["missing"] = sorted({*missing, *lost})
                shown = ", ".join(map(repr, lost[:3]))
                found.notes.append(f"`{name}`: {shown} is taken for a missing value")
            column = Column.model_validate({**found.keys, "role": "time"})  # any but a feature
            typed = column.kind.cast(words.mask(words.isin(missing + lost)), column)[0]
            return (_number if column.type == "number" else _date)(name, typed, found)
    return _words(name, words, present, missing)


def _as_number(name: str, counts: pd.Series) -> Guess | None:
    """Return the guess that cells are numbers, however they are written; None when they are not."""
    cells = pd.Series(counts.index.astype("str"))
    if cells.str.fullmatch(r"\s*0\d+\s*").any():  # 007 is a name
        return None
    total = counts.sum()
    for keys in _spellings(cells):
        column = Column.model_validate({"type": "number", **keys})
        typed = pd.to_numeric(
            plain_numbers(cells, column.decimal, column.symbols + column.thousands), errors="coerce"
        )
        right = np.isfinite(typed.to_numpy(dtype="float64"))
        if counts.to_numpy()[right].sum() < MOST * total:
            continue
        found = Guess({"type": "number", **keys}, "numbers")
        if keys:
            found.notes.append(f"`{name}`: numbers are written as {cells[right].iloc[0]!r}")
        odd = cells[~right]
        if len(odd) and (counts.to_numpy()[~right] >= 2).all() and len(odd) <= 3:
            found.keys["odd"] = tuple(odd)  # the same word again and again says "no value"
        return found
    return None


def _spellings(cells: pd.Series) -> list[dict[str, str]]:
    """Return the ways in which the numbers in `cells` may be written, the plain one first."""
    symbols = "".join(sign for sign in SYMBOLS if cells.str.contains(sign, regex=False).any())
    extra = {"symbols": symbols} if symbols else {}
    ways: list[dict[str, str]] = [{}]
    bare = cells.str.replace(f"[{re.escape(symbols)}\\s]", "", regex=True) if symbols else cells
    if bare.str.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?").any():
        ways.append({**extra, "thousands": ","})
    if bare.str.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?").any():
        ways.append({**extra, "decimal": ",", "thousands": "."})
    if bare.str.fullmatch(r"[+-]?\d+,\d+").any():
        ways.append({**extra, "decimal": ","})
    return [*ways[:1], *([extra] if extra else []), *ways[1:]]


def _number(name: str, values: pd.Series, found: Guess) -> Guess:
    """Add the rules of a number, with slack: whole or not, range, missing share."""
    present = values[np.isfinite(values.to_numpy())]
    if present.empty:
        return Guess({"type": "number", "role": "ignored"}, "holds no finite number")
    if present.abs().max() > MOST_NUMBER:
        why = f"holds numbers beyond {MOST_NUMBER:g}, whose squares are no numbers"
        return Guess({**found.keys, "role": "ignored"}, why, found.notes)
    whole = bool((present % 1 == 0).all()) and bool((present.abs() < 2**53).all())
    low, high = float(present.min()), float(present.max())
    if whole:
        found.keys["integer"] = True
        if present.nunique() == len(values) and _sequence(present, name):
            return Guess({"type": "identifier"}, "counts the rows", found.notes)
    if present.nunique() == 1:
        return Guess({**found.keys, "role": "ignored"}, "never varies", found.notes)
    found.keys |= number_range(low, high, whole)
    found.why = f"{present.nunique():,} numbers from {low:g} to {high:g}"
    return found


def _sequence(values: pd.Series, name: str) -> bool:
    """Whether whole numbers, all different, count something or are called an id."""
    return is_id(name) or values.max() - values.min() == len(values) - 1


def is_id(name: str) -> bool:
    """Whether a column's name is that of an identifier.

    >>> is_id("report_id"), is_id("customerID"), is_id("humid"), is_id("unnamed")
    (True, True, False, True)
    """
    return bool(ID_NAME.search(name) or ID_CASE.search(name))


def number_range(low: float, high: float, whole: bool) -> dict[str, float]:
    """Return `min` and `max` with half a range of slack; what was never negative stays so.

    >>> number_range(3, 95, True)
    {'min': 0, 'max': 150}
    """
    spare = high / 2 - low / 2  # not of the difference, which may be beyond all numbers
    least = 0.0 if low >= 0 else _rounded(low - spare, math.floor)
    most = 0.0 if high <= 0 else _rounded(high + spare, math.ceil)
    kind = int if whole else float
    return {"min": kind(least), "max": kind(most)}


def _rounded(value: float, to) -> float:
    """Return a number of two digits beyond `value`."""
    if value == 0:
        return 0.0
    step = 10.0 ** max(-300, math.floor(math.log10(min(abs(value), LARGEST))) - 1)
    found = float(f"{to(max(-LARGEST, min(LARGEST, value)) / step) * step:.6g}")
    return max(-LARGEST, min(LARGEST, found))


def _as_date(name: str, counts: pd.Series) -> Guess | None:
    """Return the guess that cells are dates, in one form or in several; None when they are not."""
    counts = counts.head(TRIED)
    cells = pd.Series(counts.index.astype("str"))
    if not cells.str.contains(r"\d").mean() >= MOST or cells.str.fullmatch(r"\s*0\d*\s*").any():
        return None  # 0012 is a name, and no year
    weights, left, formats = counts.to_numpy(), np.ones(len(cells), bool), []
    right = {form: _fits(cells, form) for form in ("ISO8601", *DATE_FORMATS)}
    tied = []
    while weights[left].sum() > (1 - MOST) * weights.sum():
        gains = {form: weights[left & fits].sum() for form, fits in right.items()}
        best = max(gains, key=gains.get)
        if gains[best] < 0.01 * weights.sum():
            return None
        tied += [form for form, gain in gains.items() if gain == gains[best] and form != best]
        formats.append(best)
        left &= ~right[best]
    found = Guess({"type": "date"}, "dates")
    if others := [form for form in formats if form != "ISO8601"]:
        found.keys["formats"] = others
        found.notes.append(f"`{name}`: dates are written as {', '.join(formats)}")
    if others and tied:
        found.questions.append(
            f"`{name}`: {cells[0]!r} may be {formats[0]} or {tied[0]}; it is read as {formats[0]} "
            f"(SET='columns.{name}.formats=[\"{tied[0]}\"]' reads it the other way)"
        )
    return found


def _fits(cells: pd.Series, form: str) -> np.ndarray:
    try:
        return dates_as(cells, form).notna().to_numpy()
    except (ValueError, OverflowError):  # a form that pandas cannot read these by at all
        return np.zeros(len(cells), bool)


def _date(name: str, values: pd.Series, found: Guess) -> Guess:
    """Say from when to when; a date's range is open, since time goes on."""
    present = dates_as(values, "ISO8601").dropna()
    if present.empty:
        return Guess({"type": "category", "role": "ignored"}, "holds nothing")
    found.why = f"dates from {present.min():%Y-%m-%d} to {present.max():%Y-%m-%d}"
    return found


def _words(name: str, words: pd.Series, present: pd.Series, missing: list[str]) -> Guess:
    """Return whether strings are categories, a text, or names of rows."""
    keys: dict[str, Any] = {}
    notes, questions = [], []
    present, own = _codes(present, words, missing)
    if own is not None:
        keys["missing"] = own
        questions.append(
            f"`{name}`: is NA a code here, as it is taken for, or a missing value? "
            f'(SET=\'columns.{name}.missing=["", "NA"]\' makes it missing)'
        )
    spelt = sorted({*present.unique()} & {*WRITTEN_MISSING})
    if spelt:
        keys["missing"] = sorted({*keys.get("missing", missing), *spelt})
        present = present[~present.isin(spelt)]
    counts = present.value_counts()
    if len(counts) <= 1:
        return Guess({"type": "category", "role": "ignored", **keys}, "never varies", notes)
    doubtful = [word for word in counts.index if word.strip() in WORDS]
    if doubtful:
        questions.append(
            f"`{name}`: {doubtful[0]!r} ({counts[doubtful[0]]:,} rows) is taken for a level; does "
            "it mean that nothing is known? Then list it under `missing` in schema.yaml"
        )
    length = int(present.str.len().max())
    mean_words = float(counts.index.to_series().str.split().str.len().mean())
    distinct = len(counts) / len(present)
    long = mean_words >= TEXT_WORDS or (mean_words >= 2 and distinct > 0.5)
    if distinct > DISTINCT and long and len(counts) > 30 and _has_words(present):
        keys = {"type": "text", "max_length": _length(length), **keys}
        return Guess(keys, f"texts of {mean_words:.0f} words on average", notes, questions)
    if distinct > 0.95 and len(counts) > 30:
        return Guess({"type": "identifier", **keys}, "another name in each row", notes, questions)
    if len(counts) <= MOST_LEVELS and counts.min() >= SURE_ROWS:
        keys = {"type": "category", "levels": sorted(counts.index), **keys}
        return Guess(keys, f"{len(counts)} levels", notes, questions)
    keys = {"type": "category", "max_length": _length(length), **keys}
    if distinct > 0.5 and len(counts) > 30:
        notes.append(f"`{name}`: {len(counts):,} levels in {len(present):,} rows: most stand alone")
    return Guess(keys, f"{len(counts):,} levels", notes, questions)


def _has_words(texts: pd.Series) -> bool:
    """Whether texts, or most of them, say anything in words that others use too."""
    return leaks.frequent_words(texts.head(TRIED), 5) >= LEAST_WORDS


def _codes(present: pd.Series, words: pd.Series, missing: list[str]):
    """Return the present cells, with NA where it is a code among codes of two capitals."""
    if "NA" not in missing or not (words == "NA").any():
        return present, None
    if present.nunique() < 10 or not present.str.fullmatch("[A-Z]{2}").all():
        return present, None
    own = [cell for cell in missing if cell != "NA"]
    return words[words.notna() & ~words.isin(own)], own


def _length(longest: int) -> int:
    """Return a limit for strings of which the longest has so many characters.

    >>> _length(3), _length(70)
    (20, 140)
    """
    return max(20, 2 * longest)


def with_missing_share(keys: dict[str, Any], share: float) -> dict[str, Any]:
    """Return the keys of a feature that is missing in `share` of the rows, with slack."""
    if share > 0 and keys.get("role", "feature") == "feature":
        return {**keys, "max_missing": min(1.0, math.ceil(share * 125 + 5) / 100)}
    return keys


def schema_of(keys: dict[str, dict[str, Any]], missing: list[str], least: int) -> schemas.Schema:
    """Return the schema of columns with these keys."""
    return schemas.Schema.model_validate(
        {"missing": missing, "rows": {"min": least}, "columns": keys}
    )
