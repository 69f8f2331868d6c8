"""What a table's columns are, judged by their cells: type, rules and how a missing value looks.

A column is a number, a category, a text, a date or an identifier (see schema.yaml). Each guess says
why, and holds warnings and questions about the column.
"""

import math
from typing import Any

import pandas as pd

from pipeline.adopt import dates, numbers, strings
from pipeline.adopt.guess import BLANKS, WORDS, Guess
from pipeline.data.schema import Column


def missing_cells(table: pd.DataFrame) -> list[str]:
    """Return the cells of `table` that mean "no value" in any column; the empty one always."""
    blanks = {""}
    for name in table.columns:
        if table[name].dtype.kind in "fiubM":
            continue
        cells = table[name].dropna().unique()
        blanks |= {cell for cell in cells if isinstance(cell, str) and cell.strip() in BLANKS}
    return sorted(blanks)


def guess(name: str, values: pd.Series, missing: list[str]) -> Guess:
    """Return what the column `name` is; `missing` are the table's cells that mean "no value"."""
    kind = values.dtype.kind
    if kind == "b":
        return _strings(name, values.astype("str"), missing)
    if kind in "iuf":
        return numbers.describe(
            name, values.astype("float64"), Guess({"type": "number"}, "numbers")
        )
    if kind == "M":
        return dates.describe(name, values, Guess({"type": "date"}, "dates"))
    words = values.map(lambda cell: None if pd.isna(cell) else str(cell)).astype("str")
    return _strings(name, words, missing)


def _strings(name: str, words: pd.Series, missing: list[str]) -> Guess:
    """Return what a column is whose cells are strings, by what is written in them."""
    present = words[words.notna() & ~words.isin(missing)]
    if present.empty:
        return Guess({"type": "category", "role": "ignored"}, "holds nothing")
    counts = present[~present.str.strip().isin(WORDS)].value_counts()
    for kind in (numbers, dates):
        if len(counts) and (found := kind.parse(name, counts)):
            return _typed(name, words, found, kind, missing)
    return strings.describe(name, words, missing)


def _typed(name: str, words: pd.Series, found: Guess, kind: Any, missing: list[str]) -> Guess:
    """Return the guess of a column of numbers or dates, without the cells that are neither."""
    present = words[words.notna() & ~words.isin(missing)]
    blanks = sorted({*present[present.str.strip().isin(WORDS)].unique(), *found.odd})
    if blanks:
        found.keys["missing"] = sorted({*missing, *blanks})
        shown = ", ".join(map(repr, blanks[:3]))
        found.warnings.append(f"`{name}`: {shown} is taken for a missing value")
    column = Column.model_validate({**found.keys, "role": "time"})  # any role but a feature's
    typed = column.kind.cast(words.mask(words.isin(missing + blanks)), column)[0]
    return kind.describe(name, typed, found)


def with_missing_share(keys: dict[str, Any], share: float) -> dict[str, Any]:
    """Return the keys of a feature that is missing in `share` of the rows, with slack."""
    if share > 0 and keys.get("role", "feature") == "feature":
        return {**keys, "max_missing": min(1.0, math.ceil(share * 125 + 5) / 100)}
    return keys
