"""Reads a new table in bounded memory: a sample first, then every row.

Column types are guessed from the sample; ranges, levels and missing values are counted in all rows.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.core.console import progress
from pipeline.core.errors import Refusal
from pipeline.data import columns
from pipeline.data.sampling import Sample
from pipeline.data.schema import Schema
from pipeline.data.tables import Table

SAMPLE_ROWS = 200_000  # rows of a larger table from which column types are guessed
CHUNK_ROWS = 100_000
MOST_COLUMNS = 1000


@dataclass
class Survey:
    """What all rows hold; mappings are by column of the schema.

    rows: number of rows. without_target: rows whose target is missing or left out. bad: rows that
    break a rule. missing: rows without a value. low, high: of numbers and dates. levels: rows by
    level, of the target and of categories with `levels`. longest: characters of the longest string.
    repeated: surplus rows whose id occurs before.
    """

    rows: int = 0
    without_target: int = 0
    bad: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    low: dict[str, float] = field(default_factory=dict)
    high: dict[str, float] = field(default_factory=dict)
    levels: dict[str, dict[str, int]] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    repeated: int = 0


def sample(table: Table) -> pd.DataFrame:
    """Return at most SAMPLE_ROWS rows of a table: a seeded random sample, in the table's order.

    Raises Refusal for a table of more than MOST_COLUMNS columns.
    """
    width = len(table.format.names)
    if width > MOST_COLUMNS:
        raise Refusal(f"{table.path} has {width:,} columns, more than {MOST_COLUMNS:,}")
    sampled, report = Sample(SAMPLE_ROWS, seed=0), progress("adopt: sampling the table")
    for chunk in table.chunks(CHUNK_ROWS):
        sampled.add(chunk)
        report(chunk.index[-1])
    return sampled.rows()


def of_all(table: Table, rules: Schema, whole: pd.DataFrame | None = None) -> Survey:
    """Return what all rows of the table hold; `whole` is the table where it was read already."""
    survey, report = Survey(), progress("adopt: counting in every row")
    hashes: list[np.ndarray] = []
    for chunk in [whole] if whole is not None else table.chunks(CHUNK_ROWS):
        _add(survey, chunk, rules, hashes)
        report(survey.rows)
    if hashes:
        ids = np.concatenate(hashes)
        survey.repeated = len(ids) - len(np.unique(ids))
    return survey


def _add(survey: Survey, chunk: pd.DataFrame, rules: Schema, hashes: list[np.ndarray]) -> None:
    """Add the rows of a chunk to the survey; the hashes of their ids to `hashes`."""
    typed, unfit = columns.cast(chunk, rules, rules.used)
    survey.rows += len(chunk)
    survey.bad += unfit["row"].nunique()
    target = rules.columns[rules.target]
    survey.without_target += int(typed[rules.target].isna().sum())
    for name in rules.used:
        values, kind = typed[name], rules.columns[name].kind
        missing = kind.is_missing(values)
        survey.missing[name] = survey.missing.get(name, 0) + int(missing.sum())
        present = values[~missing]
        if present.empty:
            continue
        if kind.has_range:
            low, high = present.min(), present.max()
            survey.low[name] = min(survey.low.get(name, low), low)
            survey.high[name] = max(survey.high.get(name, high), high)
            continue
        longest = int(present.str.len().max())
        survey.longest[name] = max(survey.longest.get(name, 0), longest)
        if rules.columns[name].levels is not None or name == rules.target:
            counts = survey.levels.setdefault(name, {})
            for level, count in present.value_counts().items():
                counts[level] = counts.get(level, 0) + int(count)
    if target.left_out:
        survey.without_target += int(typed[rules.target].isin(target.left_out).sum())
    for name in rules.with_role("id"):
        hashes.append(pd.util.hash_pandas_object(typed[name], index=False).to_numpy())
