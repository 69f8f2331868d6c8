"""What was found in a stream of rows: violations, missing values, ids that stand more than once.

All are counted; few are listed. An id costs sixteen bytes of memory, a bad row eight more.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from pipeline.data import columns
from pipeline.data.schema import Schema

TWICE = "stands more than once"
ID = ("id",)  # no column has this name
Rule = tuple[str, str]  # column, and what is wrong there


class Tally:
    """Counts over frames of typed rows, whose index is the row's number from 1."""

    def __init__(self, rules: Schema, most_listed: int):
        self.rules, self.most_listed = rules, most_listed
        self.rows = self.good = 0
        self.without_target = 0  # rows beside these, which nothing can be learned from
        self.missing: Counter[str] = Counter()  # by feature, among the good rows
        self.counts: Counter[Rule] = Counter()
        self.examples: dict[Rule, tuple[int, str]] = {}  # the first row, and its value
        self.listed = pd.DataFrame(columns=columns.PROBLEM_COLUMNS)
        self.bad = np.empty(0, "int64")  # numbers of the rows that break a rule
        self._named = np.empty(0, "int64")  # of those whose id does
        self._ids: list[tuple[np.ndarray, np.ndarray]] = []  # of each row: number, hash of its id

    def add(self, typed: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
        """Count rows and their violations `found`; return the rows that break no rule."""
        self.rows += len(typed)
        self._count(found)
        good = typed[~typed.index.isin(found["row"])] if len(found) else typed
        self.good += len(good)
        self.missing.update(missing_counts(good, self.rules))
        if self.rules.with_role("id"):
            hashes = pd.util.hash_pandas_object(typed[self.rules.id], False, categorize=False)
            self._ids.append((typed.index.to_numpy("int64"), hashes.to_numpy()))
        return good

    def _count(self, found: pd.DataFrame) -> None:
        if found.empty:
            return
        self.counts.update(found.groupby(["column", "rule"]).size().to_dict())
        for case in found.drop_duplicates(["column", "rule"]).itertuples():
            self.examples.setdefault((case.column, case.rule), (int(case.row), case.value))
        shown = found if self.listed.empty else pd.concat([self.listed, found])
        self.listed = shown.sort_values(["row", "column"]).head(self.most_listed)
        rows = found["row"].to_numpy("int64")
        self.bad = np.union1d(self.bad, rows)
        self._named = np.union1d(self._named, rows[(found["column"] == self.rules.id).to_numpy()])

    def suspects(self) -> np.ndarray:
        """Return the numbers of the rows whose ids may stand more than once: their hashes do."""
        if not self._ids:
            return np.empty(0, "int64")
        rows, hashes = (np.concatenate(of) for of in zip(*self._ids, strict=True))
        order = np.argsort(hashes, kind="stable")
        equal = hashes[order][1:] == hashes[order][:-1]
        return np.sort(rows[order[np.append(equal, False) | np.append(False, equal)]])

    def add_twice(self, suspects: Iterable[pd.DataFrame]) -> np.ndarray:
        """Count the ids among typed rows that really stand more than once; return their rows."""
        found = [_seen(typed, self.rules) for typed in suspects]
        if not found:
            return np.empty(0, "int64")
        seen = pd.concat(found)
        twice = seen[seen[ID].duplicated(keep=False) & seen[ID].notna()]
        lost = twice[~twice.index.isin(self.bad)]
        self.good -= len(lost)
        self.missing.subtract({name: int(lost[name].sum()) for name in self.missing})
        # Of two faults of a cell the first is told, as elsewhere.
        told = twice[~twice.index.isin(self._named)]
        ids = told[ID].astype("object")
        cases = {"row": told.index, "column": self.rules.id, "value": ids, "rule": TWICE}
        self._count(pd.DataFrame(cases).reset_index(drop=True))
        return twice.index.to_numpy()


def _seen(typed: pd.DataFrame, rules: Schema) -> pd.DataFrame:
    """Return the id of each row, and which of its features are missing."""
    gone = {name: is_missing(typed[name]) for name in rules.features}
    return pd.DataFrame({**gone, ID: typed[rules.id]})


def is_missing(values: pd.Series) -> pd.Series:
    """Return whether each value is missing; an empty text is."""
    return values.isna() | (values == "")


def missing_counts(typed: pd.DataFrame, rules: Schema) -> dict[str, int]:
    """Return how many values of each feature are missing."""
    return {name: int(is_missing(typed[name]).sum()) for name in rules.features}
