"""Columns of strings in a new table: categories, texts, or identifiers of rows."""

from typing import Any

import pandas as pd

from pipeline.adopt.guess import WORDS, Guess
from pipeline.data.kinds import WRITTEN_MISSING
from pipeline.gates import leaks

MOST_LEVELS = 12  # of more levels none is declared, so that a new one is accepted
SURE_ROWS = 5  # rows that the rarest level needs before the levels are declared as all there are
LEAST_WORDS = 3  # words that occur in at least five texts; a text with fewer teaches nothing
MOST_TEXTS = 5000  # in which those words are counted
TEXT_WORDS = 3  # words that a text has on average, at least
DISTINCT = 0.3  # share of distinct strings above which they may be texts


def describe(name: str, words: pd.Series, missing: list[str]) -> Guess:
    """Return whether a column of strings holds categories, texts, or identifiers.

    `missing` are the cells of the table that mean "no value".
    """
    keys: dict[str, Any] = {}
    warnings, questions = [], []
    present = words[words.notna() & ~words.isin(missing)]
    if _na_is_a_code(present, words, missing):
        keys["missing"] = [cell for cell in missing if cell != "NA"]
        present = words[words.notna() & ~words.isin(keys["missing"])]
        questions.append(
            f"`{name}`: is NA a code here, or a missing value? It is taken for a code; "
            f'SET=\'columns.{name}.missing=["", "NA"]\' makes it a missing value'
        )
    spellings = sorted({*present.unique()} & {*WRITTEN_MISSING})
    if spellings:
        keys["missing"] = sorted({*keys.get("missing", missing), *spellings})
        present = present[~present.isin(spellings)]
    counts = present.value_counts()
    if len(counts) <= 1:
        return Guess({"type": "category", "role": "ignored", **keys}, "never varies", warnings)
    doubtful = [word for word in counts.index if word.strip() in WORDS]
    if doubtful:
        questions.append(
            f"`{name}`: is {doubtful[0]!r} ({counts[doubtful[0]]:,} rows) a level, or a missing "
            "value? It is taken for a level; list it under `missing` in schema.yaml to change that"
        )
    own, why = _kind(present, counts)
    if own["type"] == "category" and "levels" not in own and _mostly_distinct(counts, 0.5):
        warnings.append(
            f"`{name}`: {len(counts):,} levels in {len(present):,} rows; most occur only once"
        )
    return Guess({**own, **keys}, why, warnings, questions)


def _kind(present: pd.Series, counts: pd.Series) -> tuple[dict[str, Any], str]:
    """Return the type with its rules, and why: text, identifier, or category.

    `counts` holds the number of rows of each distinct string in `present`.
    """
    length = _max_length(int(present.str.len().max()))
    mean_words = float(counts.index.to_series().str.split().str.len().mean())
    several = mean_words >= TEXT_WORDS or (mean_words >= 2 and _mostly_distinct(counts, 0.5))
    if several and _mostly_distinct(counts, DISTINCT) and _share_words(present):
        return {"type": "text", "max_length": length}, f"texts of {mean_words:.0f} words on average"
    if _mostly_distinct(counts, 0.95):
        return {"type": "identifier"}, "differs in each row"
    if len(counts) <= MOST_LEVELS and counts.min() >= SURE_ROWS:
        return {"type": "category", "levels": sorted(counts.index)}, f"{len(counts)} levels"
    return {"type": "category", "max_length": length}, f"{len(counts):,} levels"


def _mostly_distinct(counts: pd.Series, share: float) -> bool:
    """Whether more than `share` of the rows, and more than 30, hold different strings."""
    return len(counts) > 30 and len(counts) / counts.sum() > share


def _share_words(texts: pd.Series) -> bool:
    """Whether enough words occur in several texts, so that something can be learned from them."""
    return leaks.frequent_words(texts.head(MOST_TEXTS), 5) >= LEAST_WORDS


def _na_is_a_code(present: pd.Series, words: pd.Series, missing: list[str]) -> bool:
    """Whether NA stands among other codes of two capitals, such as those of countries."""
    if "NA" not in missing or not (words == "NA").any():
        return False
    return present.nunique() >= 10 and bool(present.str.fullmatch("[A-Z]{2}").all())


def _max_length(longest: int) -> int:
    """Return a limit on the length of strings, the longest of which has `longest` characters.

    >>> _max_length(3), _max_length(70)
    (20, 140)
    """
    return max(20, 2 * longest)
