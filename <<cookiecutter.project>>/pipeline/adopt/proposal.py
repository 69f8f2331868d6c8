"""A proposal: parameters for a new table, each a value with the reason for it."""

import math
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Subset:
    """The typed rows of the training set or the test set, and their features, row by row."""

    rows: pd.DataFrame
    features: pd.DataFrame


@dataclass
class Proposal:
    """Values by their key in params.yaml, each with its reason; mocks, warnings and questions."""

    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    mocks: pd.DataFrame | None = None
    questions: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def put(self, key: str, value: Any, why: str | dict[str, str] = "") -> None:
        """Propose `value` for the key, with `why` as its comment; "" leaves the comment as it is.

        Of a mapping, `why` may hold a comment for each of its keys.
        """
        self.values[key] = (value, why)


def rounded(value: float, to) -> float:
    """Return a threshold in three digits, rounded by `to`, floor or ceil, so that it is looser.

    >>> rounded(0.87654, math.floor), rounded(1234.5, math.ceil)
    (0.876, 1240.0)
    """
    if value == 0 or not math.isfinite(value):
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    return float(f"{to(value / step) * step:.6g}")


def with_slack(share: float) -> float:
    """Return a limit a quarter above `share`, rounded up to a hundredth.

    >>> with_slack(0.4)
    0.5
    """
    return math.ceil(share * 125) / 100
