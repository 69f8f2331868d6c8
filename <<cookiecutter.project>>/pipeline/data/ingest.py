"""ingest: raw rows -> data set. Each row fits `schema.yaml`; the split does not leak.

Bad rows are listed with their line and left out; too many of them stop the stage.
"""

from collections.abc import Iterator
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from pipeline.core import params
from pipeline.core.console import progress, say
from pipeline.core.errors import GateClosed
from pipeline.core.stage import Input, Output, Report, run
from pipeline.data import columns, split, tables
from pipeline.data import rows as raw_rows
from pipeline.data import schema as schemas
from pipeline.data.sampling import Sample
from pipeline.data.schema import Schema
from pipeline.data.split import Params
from pipeline.data.tables import Table
from pipeline.data.tally import Tally

CHUNK = 100_000  # rows that are read at once
LISTED = 1000  # violations written to the report in full; all of them are counted


class RuleCount(TypedDict):
    """How many values of a column break a rule."""

    column: str
    rule: str
    count: int


class Violation(TypedDict):
    """A value that breaks a rule: its row, from 1, and the line of the file where that begins."""

    row: int
    line: int | None
    column: str
    value: Any
    rule: str


class Violations(TypedDict):
    """What the report lists of the violations: all are counted, the first LISTED are shown."""

    count: int
    by_rule: list[RuleCount]
    first: list[Violation]


def main(raw: Input, schema: Input, dataset: Output, report: Report) -> dict[str, Any]:
    """Read `raw`, keep the rows that fit, write `dataset`/train.parquet and test.parquet."""
    settings, rules = params.load("ingest", Params), schemas.load(schema)
    table = tables.sniff(raw)
    for note in table.format.notes:
        say(f"ingest: {raw}: {note}")
    tally, kept = checked(table, rules, settings)
    sampled = len(kept) if len(kept) < tally.good else None
    record = {
        "rows": tally.rows,
        "without_target": tally.without_target,
        "sampled": sampled,
        "violations": listed(tally, table),
    }
    reasons = judge_targets(tally) + judge_bad_rows(tally, settings) + judge_table(tally)
    if reasons := reasons + judge_sample(kept, tally, settings):
        raise GateClosed(reasons, record)
    train, test = split.training_and_test(kept, rules, settings)
    if reasons := split.faults(train, test, rules):
        raise GateClosed(reasons, record)
    dataset.mkdir(parents=True, exist_ok=True)
    train.to_parquet(dataset / "train.parquet", index=False)
    test.to_parquet(dataset / "test.parquet", index=False)
    say(f"ingest: {tally.rows:,} rows read, {len(tally.bad):,} left out (see {report})")
    if tally.without_target:
        say(f"ingest: {tally.without_target:,} others have no `{rules.target}` to learn from")
    if sampled:
        say(f"ingest: {sampled:,} of them drawn at random (ingest.max_rows {settings.max_rows:,})")
    say(f"ingest: {len(train):,} rows to train on, {len(test):,} to test on")
    parts = {"train": split.facts(train, rules), "test": split.facts(test, rules)}
    return {**record, "left_out": len(tally.bad), "parts": parts}


def checked(table: Table, rules: Schema, settings: Params) -> tuple[Tally, pd.DataFrame]:
    """Return the tally of all rows of `table`, and at most `max_rows` of the good ones, typed.

    The table is read in chunks, and once more where ids may occur more than once.
    """
    by_group = settings.split.by == "group"
    group = split.column_with_role(rules, "group") if by_group else None
    sample = Sample(settings.max_rows, settings.seed, group)
    tally, tell = Tally(rules, LISTED), progress("ingest")
    for chunk in table.chunks(CHUNK):
        known = raw_rows.learnable(chunk, rules)
        tally.without_target += len(chunk) - len(known)
        sample.add(tally.add(*raw_rows.check(known, rules, unique=False)))
        tell(tally.rows)
    suspects = tally.suspects()
    repeated = tally.add_repeated(_some(table, suspects, rules) if len(suspects) else [])
    kept = sample.rows()
    return tally, kept[~kept.index.isin(repeated)]


def _some(table: Table, numbers: np.ndarray, rules: Schema) -> Iterator[pd.DataFrame]:
    """Yield the rows of these numbers, typed."""
    for chunk in table.chunks(CHUNK):
        some = chunk[chunk.index.isin(numbers)]
        yield columns.cast(some, rules, [rules.id, *rules.features])[0]


def judge_targets(tally: Tally) -> list[str]:
    """Return a reason when more rows lack a target to learn from than `max_missing` allows."""
    target = tally.rules.columns[tally.rules.target]
    share = tally.without_target / max(1, tally.rows + tally.without_target)
    if share <= target.max_missing or (target.left_out and share < 1):
        return []
    return [
        f"`{tally.rules.target}` is missing in {share:.2%} of the rows, more than "
        f"{target.max_missing:.2%} (max_missing in schema.yaml)"
    ]


def judge_bad_rows(tally: Tally, settings: Params) -> list[str]:
    """Return a reason when more rows are bad than `max_bad_rows` allows."""
    share = len(tally.bad) / max(1, tally.rows)
    if share <= settings.max_bad_rows:
        return []
    rule = max(sorted(tally.counts), key=tally.counts.__getitem__)
    row, value = tally.examples[rule]
    return [
        f"{share:.2%} of the rows break schema.yaml, more than {settings.max_bad_rows:.2%} "
        f"(ingest.max_bad_rows); most often column `{rule[0]}`: in row {row}, {value!r} {rule[1]}"
    ]


def judge_table(tally: Tally) -> list[str]:
    """Return the rules about the whole table (missing shares, row count) that good rows break."""
    reasons, rules = [], tally.rules
    for name in rules.features:
        limit, missing = rules.columns[name].max_missing, tally.missing[name] / max(1, tally.good)
        if missing > limit:
            reasons.append(
                f"column `{name}` is missing in {missing:.2%} of the rows, more than {limit:.2%} "
                f"(max_missing in schema.yaml)"
            )
    if tally.good < rules.rows.min:
        reasons.append(
            f"{tally.good} good rows are fewer than {rules.rows.min} (rows.min in schema.yaml)"
        )
    return reasons


def judge_sample(kept: pd.DataFrame, tally: Tally, settings: Params) -> list[str]:
    """Return a reason when a sample of whole groups holds a single group, so cannot be split."""
    if settings.split.by != "group" or len(kept) == tally.good:
        return []
    name = split.column_with_role(tally.rules, "group")
    if kept[name].nunique() > 1:
        return []
    return [
        f"no two whole groups of `{name}` are within {settings.max_rows:,} rows "
        "(ingest.max_rows in params.yaml); raise it, or split otherwise (ingest.split.by)"
    ]


def listed(tally: Tally, table: Table) -> Violations:
    """Return the number of violations by column and rule, and the first of them with their line."""
    lines = table.line_numbers(set(tally.listed["row"]))
    by_rule: list[RuleCount] = [
        {"column": column, "rule": rule, "count": int(count)}
        for (column, rule), count in sorted(tally.counts.items())
    ]
    first: list[Violation] = [
        {
            "row": int(case.row),
            "line": lines.get(int(case.row)),
            "column": case.column,
            "value": None if pd.isna(case.value) else case.value,  # JSON has no NaN
            "rule": case.rule,
        }
        for case in tally.listed.itertuples()
    ]
    return {"count": tally.counts.total(), "by_rule": by_rule, "first": first}


if __name__ == "__main__":
    run(main)
