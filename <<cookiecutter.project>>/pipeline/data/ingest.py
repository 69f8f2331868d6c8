"""ingest: raw rows -> data set. Each row fits `schema.yaml`; the split does not leak.

Bad rows are listed with their line and left out; too many of them stop the stage.
"""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.core import params
from pipeline.core.console import progress, say
from pipeline.core.errors import GateClosed, Refusal
from pipeline.core.stage import Input, Output, Report, run
from pipeline.data import columns, tables
from pipeline.data import schema as schemas
from pipeline.data.sampling import Sample
from pipeline.data.tally import Tally, missing_counts

STRATA = 10  # bins of equal size of a target that is a number, for a split at random
CHUNK = 100_000  # rows that are read at once
LISTED = 1000  # violations written to the report in full; all of them are counted


class Split(params.Section):
    """How the data set is split into a train and a test part."""

    by: Literal["time", "group", "random"]
    test_from: datetime.date | None = Field(None, strict=False)
    test_share: float = Field(0.2, gt=0, lt=1)


class Params(params.Section):
    """Section `ingest` of params.yaml."""

    raw: str
    max_bad_rows: float = Field(ge=0, lt=1)
    max_rows: int = Field(ge=2)
    split: Split
    seed: int


def main(raw: Input, schema: Input, dataset: Output, report: Report) -> dict:
    """Read `raw`, keep the rows that fit, write `dataset`/train.parquet and test.parquet."""
    settings = params.load("ingest", Params)
    rules = schemas.load(schema)
    for note in tables.sniff(raw).notes:
        say(f"ingest: {raw}: {note}")
    tally, kept = checked(raw, rules, settings)
    sampled = len(kept) if len(kept) < tally.good else None
    record = {"rows": tally.rows, "without_target": tally.without_target, "sampled": sampled}
    record["violations"] = listed(tally, raw)
    reasons = judge_targets(tally) + judge_bad_rows(tally, settings) + judge_table(tally)
    reasons += judge_sample(kept, tally, rules, settings)
    if reasons:
        raise GateClosed(reasons, record)
    train, test = split(kept, rules, settings)
    reasons = judge_parts(train, test, rules)
    if reasons:
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
    parts = {"train": part_facts(train, rules), "test": part_facts(test, rules)}
    return {**record, "left_out": len(tally.bad), "parts": parts}


def checked(raw: Path, rules: schemas.Schema, settings: Params) -> tuple[Tally, pd.DataFrame]:
    """Return what was found in all rows of `raw`, and at most `max_rows` of the good ones, typed.

    The table is read in chunks, and once more where ids may stand more than once.
    """
    group = _column_with_role(rules, "group") if settings.split.by == "group" else None
    sample = Sample(settings.max_rows, settings.seed, group)
    tally, tell = Tally(rules, LISTED), progress("ingest")
    for chunk in tables.chunks(raw, CHUNK):
        known = learnable(chunk, rules)
        tally.without_target += len(chunk) - len(known)
        sample.add(tally.add(*check(known, rules, unique=False)))
        tell(tally.rows)
    suspects = tally.suspects()
    twice = tally.add_twice(_some(raw, suspects, rules) if len(suspects) else [])
    kept = sample.rows()
    return tally, kept[~kept.index.isin(twice)]


def _some(raw: Path, rows: np.ndarray, rules: schemas.Schema) -> Iterator[pd.DataFrame]:
    """Yield the rows of these numbers, typed."""
    for chunk in tables.chunks(raw, CHUNK):
        yield columns.cast(chunk[chunk.index.isin(rows)], rules, [rules.id, *rules.features])[0]


def learnable(table: pd.DataFrame, rules: schemas.Schema) -> pd.DataFrame:
    """Return the rows that have a target, and not one of the levels that are `left_out`.

    A target may be missing where the schema gives it a `max_missing`; elsewhere it breaks a rule.
    """
    target = rules.columns[rules.target]
    if rules.target not in table.columns or not (target.max_missing or target.left_out):
        return table
    typed, unfit = columns.cast(table, rules, [rules.target])
    values = typed[rules.target]
    nothing = values.isna() & ~values.index.isin(unfit["row"])
    return table[~(nothing & (target.max_missing > 0)) & ~values.isin(target.left_out)]


def check(table: pd.DataFrame, rules: schemas.Schema, unique: bool = True) -> columns.Cast:
    """Return `table` typed, and each of its violations (row, column, value, rule).

    Whether ids are unique only a whole table shows: `unique` says that this is one.
    """
    rows, unfit = typed(table, rules)
    judged = columns.violations(rows[rules.used], rules, unique)
    found = pd.concat([unfit, judged], ignore_index=True)
    # A value that is no number was made missing by the cast; it is one violation, not two.
    found = found.drop_duplicates(["row", "column"]).sort_values(["row", "column"])
    return rows, found.reset_index(drop=True)


def typed(table: pd.DataFrame, rules: schemas.Schema) -> columns.Cast:
    """Return `table` typed, and what does not fit its type: row, column, value, rule."""
    _require_columns(table, rules)
    if rules.id == "row":
        table = table.assign(row=table.index)
    rows, unfit = columns.cast(table, rules, rules.used)
    if rules.id == "row":
        rows["row"] = table["row"].astype("str")
    return rows, unfit


def _require_columns(table: pd.DataFrame, rules: schemas.Schema) -> None:
    absent = [name for name in rules.columns if name not in table.columns]
    if absent:
        name = absent[0]
        hint = params.nearest(name, table.columns)
        raise Refusal(f"the table has no column `{name}`, which schema.yaml describes{hint}")
    extra = [str(name) for name in table.columns if name not in rules.columns]
    if extra:
        raise Refusal(
            f"schema.yaml does not describe the column `{extra[0]}`; "
            "describe it there (role: ignored leaves it out) or drop it from the table"
        )


def judge_targets(tally: Tally) -> list[str]:
    """Return why so many rows have no target to learn from that the table is another one."""
    target = tally.rules.columns[tally.rules.target]
    share = tally.without_target / max(1, tally.rows + tally.without_target)
    if share <= target.max_missing or (target.left_out and share < 1):
        return []
    return [
        f"`{tally.rules.target}` is missing in {share:.2%} of the rows, more than "
        f"{target.max_missing:.2%} (max_missing in schema.yaml)"
    ]


def judge_bad_rows(tally: Tally, settings: Params) -> list[str]:
    """Return why so many of the rows are bad that the rest cannot be trusted either."""
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
    """Return which rules on the table as a whole the good rows break."""
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


def judge_sample(kept: pd.DataFrame, tally: Tally, rules, settings: Params) -> list[str]:
    """Return why the rows that were drawn, in whole groups, cannot be split."""
    if settings.split.by != "group" or len(kept) == tally.good:
        return []
    name = _column_with_role(rules, "group")
    if kept[name].nunique() > 1:
        return []
    return [
        f"no two whole groups of `{name}` are within {settings.max_rows:,} rows "
        "(ingest.max_rows in params.yaml); raise it, or split otherwise (ingest.split.by)"
    ]


def split(typed: pd.DataFrame, rules: schemas.Schema, settings: Params):
    """Return the train part and the test part of `typed`: by time, by group, or at random.

    By time, the test part is what happened at `test_from` or later; by group, a group is in one
    part only; at random, both parts have the target's share of positives.
    """
    by = settings.split.by
    if by == "time":
        later = _later(typed, rules, settings.split)
    elif by == "group":
        later = _chosen_groups(typed, rules, settings)
    else:
        later = _stratified(typed, rules, settings)
    return typed[~later], typed[later]


def _later(typed: pd.DataFrame, rules: schemas.Schema, how: Split) -> pd.Series:
    column = _column_with_role(rules, "time")
    if how.test_from is None:
        raise Refusal(
            "params.yaml: `ingest.split.test_from` is missing; by time, it is the first day"
        )
    return typed[column] >= pd.Timestamp(how.test_from)


def _chosen_groups(typed: pd.DataFrame, rules: schemas.Schema, settings: Params) -> pd.Series:
    groups = typed[_column_with_role(rules, "group")]
    names = np.array(sorted(groups.unique()), dtype=object)
    count = max(1, round(len(names) * settings.split.test_share))
    chosen = np.random.default_rng(settings.seed).choice(names, count, replace=False)
    return groups.isin(list(chosen))


def _stratified(typed: pd.DataFrame, rules: schemas.Schema, settings: Params) -> pd.Series:
    generator = np.random.default_rng(settings.seed)
    target = typed[rules.target]
    if rules.task == "regression":
        target = pd.qcut(target.rank(method="first"), min(STRATA, len(target)), labels=False)
    later = pd.Series(False, index=target.index)
    for _, rows in target.groupby(target, sort=True):
        count = max(1, round(len(rows) * settings.split.test_share))
        later[generator.choice(rows.index, count, replace=False)] = True
    return later


def _column_with_role(rules: schemas.Schema, role: str) -> str:
    names = rules.with_role(role)
    if not names:
        raise Refusal(f"params.yaml: `ingest.split.by` is {role}, but no column has that role")
    return names[0]


def judge_parts(train, test, rules: schemas.Schema) -> list[str]:
    """Return why the two parts cannot be learned from and tested on."""
    reasons = []
    for name, part in (("train", train), ("test", test)):
        found = sorted(part[rules.target].unique())
        lost = [label for label in rules.labels if label not in found]
        one = "value" if rules.task == "regression" else "class"
        if len(part) == 0:
            reasons.append(f"the {name} part is empty (ingest.split in params.yaml)")
        elif len(found) < 2:
            reasons.append(
                f"the {name} part holds one {one} only ({rules.target} = {found[0]}); "
                "nothing can be learned or measured from that"
            )
        elif lost:
            reasons.append(
                f"the {name} part holds no row of {rules.target} = {lost[0]}, one of its levels"
            )
    return reasons


def part_facts(part: pd.DataFrame, rules: schemas.Schema) -> dict:
    """Return a part's size, its target (mean, or share of each level), its missing shares."""
    target = part[rules.target]
    if rules.task == "regression":
        facts = {"mean": float(target.mean()), "deviation": float(target.std())}
    else:
        facts = {label: float((target == label).mean()) for label in rules.labels}
    counts = missing_counts(part, rules)
    missing = {name: count / max(1, len(part)) for name, count in counts.items()}
    return {"rows": len(part), "target": facts, "missing_share": missing}


def listed(tally: Tally, raw: Path) -> dict:
    """Return the number of violations by column and rule, and the first of them with their line."""
    lines = tables.line_numbers(raw, set(tally.listed["row"]))
    return {
        "count": tally.counts.total(),
        "by_rule": [
            {"column": column, "rule": rule, "count": int(count)}
            for (column, rule), count in sorted(tally.counts.items())
        ],
        "first": [
            {
                **case,
                "value": None if pd.isna(case["value"]) else case["value"],  # JSON has no NaN
                "row": int(case["row"]),
                "line": lines.get(int(case["row"])),
            }
            for case in tally.listed.to_dict("records")
        ],
    }


if __name__ == "__main__":
    run(main)
