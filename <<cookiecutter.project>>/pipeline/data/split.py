"""The split of a data set into a training set and a test set: by time, by group, or at random."""

import datetime
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.core.errors import Refusal
from pipeline.core.params import Section
from pipeline.data.schema import Schema
from pipeline.data.tally import missing_counts

STRATA = 10  # bins of equal size of a target that is a number, for a split at random


class Split(Section):
    """How the data set is split into a training set and a test set."""

    by: Literal["time", "group", "random"]
    test_from: datetime.date | None = Field(None, strict=False)
    test_share: float = Field(0.2, gt=0, lt=1)


class Params(Section):
    """Section `ingest` of params.yaml."""

    raw: str
    max_bad_rows: float = Field(ge=0, lt=1)
    max_rows: int = Field(ge=2)
    split: Split
    seed: int


def training_and_test(
    typed: pd.DataFrame, rules: Schema, settings: Params
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the training set and the test set of `typed`, rows with a unique index.

    By time, the test set is what happened at `test_from` or later; by group, no group is in both
    sets; at random, both have the same share of each class (or of each tenth of a number).
    Raises Refusal when the column that it is split by, or `test_from`, is not there.
    """
    by = settings.split.by
    if by == "time":
        in_test = _later(typed, rules, settings.split)
    elif by == "group":
        in_test = _in_chosen_groups(typed, rules, settings)
    else:
        in_test = _stratified(typed, rules, settings)
    return typed[~in_test], typed[in_test]


def _later(typed: pd.DataFrame, rules: Schema, how: Split) -> pd.Series:
    column = column_with_role(rules, "time")
    if how.test_from is None:
        raise Refusal(
            "params.yaml: `ingest.split.test_from` is missing; by time, it is the first day"
        )
    return typed[column] >= pd.Timestamp(how.test_from)


def _in_chosen_groups(typed: pd.DataFrame, rules: Schema, settings: Params) -> pd.Series:
    groups = typed[column_with_role(rules, "group")]
    names = np.array(sorted(groups.unique()), dtype=object)
    count = max(1, round(len(names) * settings.split.test_share))
    chosen = np.random.default_rng(settings.seed).choice(names, count, replace=False)
    return groups.isin(list(chosen))


def _stratified(typed: pd.DataFrame, rules: Schema, settings: Params) -> pd.Series:
    generator = np.random.default_rng(settings.seed)
    strata = typed[rules.target]
    if rules.task == "regression":
        strata = pd.qcut(strata.rank(method="first"), min(STRATA, len(strata)), labels=False)
    in_test = pd.Series(False, index=strata.index)
    for _, stratum in strata.groupby(strata, sort=True):
        count = max(1, round(len(stratum) * settings.split.test_share))
        in_test[generator.choice(stratum.index, count, replace=False)] = True
    return in_test


def column_with_role(rules: Schema, role: Literal["time", "group"]) -> str:
    """Return the column that `ingest.split.by` asks for; a Refusal when no column has the role."""
    names = rules.with_role(role)
    if not names:
        raise Refusal(f"params.yaml: `ingest.split.by` is {role}, but no column has that role")
    return names[0]


def faults(train: pd.DataFrame, test: pd.DataFrame, rules: Schema) -> list[str]:
    """Return a sentence for each reason why one cannot learn from `train` and measure on `test`."""
    return [
        reason
        for name, rows in (("training set", train), ("test set", test))
        if (reason := _fault(name, rows, rules))
    ]


def _fault(name: str, rows: pd.DataFrame, rules: Schema) -> str | None:
    if len(rows) == 0:
        return f"the {name} is empty (ingest.split in params.yaml)"
    values = sorted(rows[rules.target].unique())
    if len(values) < 2:
        kind = "value" if rules.task == "regression" else "class"
        return (
            f"the {name} holds one {kind} only ({rules.target} = {values[0]}); "
            "nothing can be learned or measured from that"
        )
    if absent := [label for label in rules.labels if label not in values]:
        return f"the {name} holds no row of {rules.target} = {absent[0]}, one of its levels"
    return None


def facts(rows: pd.DataFrame, rules: Schema) -> dict:
    """Return a set's size, its target (mean, or share of each level) and its missing shares."""
    target = rows[rules.target]
    if rules.task == "regression":
        of_target = {"mean": float(target.mean()), "deviation": float(target.std())}
    else:
        of_target = {label: float((target == label).mean()) for label in rules.labels}
    counts = missing_counts(rows, rules)
    missing = {name: count / max(1, len(rows)) for name, count in counts.items()}
    return {"rows": len(rows), "target": of_target, "missing_share": missing}
