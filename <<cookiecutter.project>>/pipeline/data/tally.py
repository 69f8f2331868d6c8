"""Counts over a stream of rows: violations, missing values, ids that occur more than once.

All violations are counted, few are listed. Each id costs sixteen bytes of memory, a bad row eight.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from pipeline.data import columns
from pipeline.data.schema import Schema

REPEATED = "stands more than once"  # the rule that a repeated id breaks
ID = ("id",)  # names the id beside columns of any name: a tuple is none of theirs
Rule = tuple[str, str]  # a column, and the rule that a value of it breaks


class Tally:
    """Counts over frames of typed rows, whose index is the row's number from 1."""

    def __init__(self, rules: Schema, most_listed: int):
        self.rules, self.most_listed = rules, most_listed
        self.rows = self.good = 0
        self.without_target = 0  # further rows, which nothing can be learned from
        self.missing: Counter[str] = Counter()  # by feature, among the good rows
        self.counts: Counter[Rule] = Counter()
        self.examples: dict[Rule, tuple[int, str]] = {}  # the first row, and its value
        self.listed = pd.DataFrame(columns=columns.PROBLEM_COLUMNS)
        self.bad = np.empty(0, "int64")  # numbers of the rows that break a rule
        self._bad_ids = np.empty(0, "int64")  # those of them where the id does
        self._ids: list[tuple[np.ndarray, np.ndarray]] = []  # row numbers, hashes of their ids

    def add(self, typed: pd.DataFrame, violations: pd.DataFrame) -> pd.DataFrame:
        """Count rows and their violations (row, column, value, rule); return the good rows."""
        self.rows += len(typed)
        self._count(violations)
        good = typed[~typed.index.isin(violations["row"])] if len(violations) else typed
        self.good += len(good)
        self.missing.update(missing_counts(good, self.rules))
        if self.rules.with_role("id"):
            hashes = pd.util.hash_pandas_object(typed[self.rules.id], False, categorize=False)
            self._ids.append((typed.index.to_numpy("int64"), hashes.to_numpy()))
        return good

    def _count(self, violations: pd.DataFrame) -> None:
        if violations.empty:
            return
        self.counts.update(violations.groupby(["column", "rule"]).size().to_dict())
        for case in violations.drop_duplicates(["column", "rule"]).itertuples():
            self.examples.setdefault((case.column, case.rule), (int(case.row), case.value))
        both = violations if self.listed.empty else pd.concat([self.listed, violations])
        self.listed = both.sort_values(["row", "column"]).head(self.most_listed)
        rows = violations["row"].to_numpy("int64")
        self.bad = np.union1d(self.bad, rows)
        self._bad_ids = np.union1d(
            self._bad_ids, rows[(violations["column"] == self.rules.id).to_numpy()]
        )

    def suspects(self) -> np.ndarray:
        """Return the numbers of the rows whose ids may be repeated: the ids' hashes are."""
        if not self._ids:
            return np.empty(0, "int64")
        rows, hashes = (np.concatenate(of) for of in zip(*self._ids, strict=True))
        order = np.argsort(hashes, kind="stable")
        equal = hashes[order][1:] == hashes[order][:-1]
        return np.sort(rows[order[np.append(equal, False) | np.append(False, equal)]])

    def add_repeated(self, suspects: Iterable[pd.DataFrame]) -> np.ndarray:
        """Count the ids of typed rows that do occur more than once; return these rows' numbers."""
        frames = [_ids_and_gaps(typed, self.rules) for typed in suspects]
        if not frames:
            return np.empty(0, "int64")
        rows = pd.concat(frames)
        repeated = rows[rows[ID].duplicated(keep=False) & rows[ID].notna()]
        no_longer_good = repeated[~repeated.index.isin(self.bad)]
        self.good -= len(no_longer_good)
        self.missing.subtract({name: int(no_longer_good[name].sum()) for name in self.missing})
        # A cell with two faults counts by the first, as everywhere.
        new = repeated[~repeated.index.isin(self._bad_ids)]
        ids = new[ID].astype("object")
        violations = {"row": new.index, "column": self.rules.id, "value": ids, "rule": REPEATED}
        self._count(pd.DataFrame(violations).reset_index(drop=True))
        return repeated.index.to_numpy()


def _ids_and_gaps(typed: pd.DataFrame, rules: Schema) -> pd.DataFrame:
    """Return the id of each row, and whether each of its features is missing."""
    missing = {name: is_missing(typed[name]) for name in rules.features}
    return pd.DataFrame({**missing, ID: typed[rules.id]})


def is_missing(values: pd.Series) -> pd.Series:
    """Return whether each value is missing; an empty text is."""
    return values.isna() | (values == "")


def missing_counts(typed: pd.DataFrame, rules: Schema) -> dict[str, int]:
    """Return the number of missing values of each feature."""
    return {name: int(is_missing(typed[name]).sum()) for name in rules.features}
