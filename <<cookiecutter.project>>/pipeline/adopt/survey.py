"""A table that nobody has described yet, looked at in bounded memory: a sample, then every row.

What columns are is guessed from a sample; how far their values reach, and how many are missing, is
counted on all rows.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core.console import progress
from pipeline.core.errors import Refusal
from pipeline.data import columns, tables
from pipeline.data.schema import Schema

SAMPLE_ROWS = 200_000  # that columns are guessed from, of a larger table
CHUNK_ROWS = 100_000
MOST_COLUMNS = 1000


@dataclass
class Survey:
    """What all rows hold, by column of the schema.

    rows: of the table; without_target: of these, where nothing is to be learned; bad: that break
    a rule. missing: rows without a value. low, high: of numbers and dates. levels: how many rows
    have each level of the target and of categories with `levels`. longest: characters of a string.
    repeated: ids that stand more than once.
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


def sample(path: Path) -> pd.DataFrame:
    """Return SAMPLE_ROWS rows of a table at most, drawn at random, always the same, in order."""
    generator = np.random.default_rng(0)
    kept: list[pd.DataFrame] = []
    share, count, rows, tell = 1.0, 0, 0, progress("adopt: a look at the table")
    for chunk in tables.chunks(path, CHUNK_ROWS):
        if chunk.shape[1] > MOST_COLUMNS:
            raise Refusal(f"{path} has {chunk.shape[1]:,} columns, more than {MOST_COLUMNS:,}")
        drawn = chunk[generator.random(len(chunk)) < share] if share < 1 else chunk
        kept.append(drawn)
        count, rows = count + len(drawn), rows + len(chunk)
        while count > 2 * SAMPLE_ROWS:  # each row has the same chance, however many there are
            kept = [piece[generator.random(len(piece)) < 0.5] for piece in kept]
            share, count = share / 2, sum(map(len, kept))
        tell(rows)
    table = pd.concat(kept)
    if len(table) > SAMPLE_ROWS:
        table = table.sample(SAMPLE_ROWS, random_state=0).sort_index()
    return table


def of_all(path: Path, rules: Schema, first: pd.DataFrame | None = None) -> Survey:
    """Return what every row of the table holds; `first` is the whole table, where it is at hand."""
    found, tell = Survey(), progress("adopt: what every row holds")
    hashes: list[np.ndarray] = []
    for chunk in [first] if first is not None else tables.chunks(path, CHUNK_ROWS):
        _add(found, chunk, rules, hashes)
        tell(found.rows)
    if hashes:
        every = np.concatenate(hashes)
        found.repeated = len(every) - len(np.unique(every))
    return found


def _add(found: Survey, chunk: pd.DataFrame, rules: Schema, hashes: list[np.ndarray]) -> None:
    """Add a chunk's rows to what was found."""
    typed, unfit = columns.cast(chunk, rules, rules.used)
    found.rows += len(chunk)
    found.bad += unfit["row"].nunique()
    target = rules.columns[rules.target]
    found.without_target += int(typed[rules.target].isna().sum())
    for name in rules.used:
        values, kind = typed[name], rules.columns[name].kind
        missing = kind.is_missing(values)
        found.missing[name] = found.missing.get(name, 0) + int(missing.sum())
        present = values[~missing]
        if present.empty:
            continue
        if kind.has_range:
            low, high = present.min(), present.max()
            found.low[name] = min(found.low.get(name, low), low)
            found.high[name] = max(found.high.get(name, high), high)
            continue
        longest = int(present.str.len().max())
        found.longest[name] = max(found.longest.get(name, 0), longest)
        if rules.columns[name].levels is not None or name == rules.target:
            counts = found.levels.setdefault(name, {})
            for level, count in present.value_counts().items():
                counts[level] = counts.get(level, 0) + int(count)
    if target.left_out:
        found.without_target += int(typed[rules.target].isin(target.left_out).sum())
    for name in rules.with_role("id"):
        hashes.append(pd.util.hash_pandas_object(typed[name], index=False).to_numpy())
