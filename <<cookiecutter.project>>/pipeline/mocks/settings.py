"""Section `mocks` of params.yaml: how many mocks a table may have, and how finely they cover it."""

import math

from pydantic import Field

from pipeline.core import params


class Params(params.Section):
    """Section `mocks` of params.yaml."""

    max_share: float = Field(gt=0, lt=1)
    max_rows: int = Field(ge=1)
    small_table_rows: int = Field(ge=10)
    common_rows: int = Field(ge=2)
    bins: int = Field(ge=2)
    rare_share: float = Field(gt=0, lt=1)
    region_quantile: float = Field(gt=0, le=1)
    min_coverage: float = Field(gt=0, le=1)
    min_column_coverage: float = Field(gt=0, le=1)
    min_in_region: float = Field(gt=0, le=1)
    seed: int


def most_mocks(real: int, settings: Params) -> int:
    """Return the maximum number of mocks, of all kinds together, for `real` rows.

    It is `max_share` of the real rows, but at least `small_table_rows`: 1 % of a small table would
    be too few to hold both edge cases and typical rows. 20 mocks of 178 rows are 11 %.
    """
    wanted = max(int(real * settings.max_share), settings.small_table_rows)
    return min(wanted, settings.max_rows)


def grain(mocks: int, settings: Params) -> tuple[int, float]:
    """Return how finely `mocks` rows can cut a column: bins of a number, minimum share of a level.

    Two numbers together get at most one cell for every two mocks. A level gets a cell of its own if
    `mocks` rows drawn like the real ones would hold it twice. `bins` and `rare_share` limit both.

    >>> from types import SimpleNamespace
    >>> settings = SimpleNamespace(bins=10, rare_share=0.01)
    >>> grain(20, settings), grain(300, settings)
    ((3, 0.1), (10, 0.01))
    """
    bins = max(2, min(settings.bins, math.isqrt(mocks // 2)))
    return bins, max(settings.rare_share, 2 / mocks)
