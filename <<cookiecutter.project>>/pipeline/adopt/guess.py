"""A guess of what a column of a new table is, and what its name says."""

import re
from dataclasses import dataclass, field
from typing import Any

# Cells that mean "no value" in any column, and words that mean it among numbers and dates only.
BLANKS = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>", "NaT", "?")
WORDS = ("None", "none", "NONE", "-", "--", ".", "na", "unknown", "Unknown", "UNKNOWN", "missing")
MOST = 0.98  # share of a column's cells that must be of a type for the column to be of that type
ID_NAME = re.compile(r"(^|[\W_])(id|ids|uuid|guid|key|nr|no|index|unnamed)(\.\d+)?$", re.I)
ID_CASE = re.compile(r"[a-z]I[Dd]$")


@dataclass
class Guess:
    """What a column is taken for: its keys in schema.yaml, why, warnings and questions.

    `odd` are cells that do not fit the type and occur so often that they must mean "no value".
    """

    keys: dict[str, Any]
    why: str
    warnings: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    odd: tuple[str, ...] = ()


def is_id(name: str) -> bool:
    """Whether a column's name is that of an identifier.

    >>> is_id("report_id"), is_id("customerID"), is_id("humid"), is_id("unnamed")
    (True, True, False, True)
    """
    return bool(ID_NAME.search(name) or ID_CASE.search(name))
