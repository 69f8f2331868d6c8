"""The report's part on the data: its columns, missing values, drift, the correlation of each column
with the target, and the rows that broke the schema.

Values of columns that schema.yaml marks private are in no picture and no table.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.data.schema import Schema
from pipeline.gates import drift, leaks
from pipeline.html import figures, page
from pipeline.report import column_plots
from pipeline.report.settings import Params

MOST_ROWS = 20_000  # rows of a set that are examined, chosen at random
MOST_DRAWN = 40  # columns in a picture of all of them; the table lists all
MOST_LISTED = 20  # values that broke the schema
SETTLED = 0.1  # a PSI below this is usually called stable

Sets = dict[str, pd.DataFrame]  # typed rows by the name of their set: train, test, live


@dataclass(frozen=True)
class Facts:
    """What is known of a feature's column.

    alone: how well the column orders the target by itself: ROC AUC, or rank correlation.
    correlation: Spearman's rank correlation with the target; None but for numbers. missing: the
    share of missing values, by set. psi: the drift from the training set, by each other set.
    """

    column: str
    type: str
    alone: float
    correlation: float | None
    missing: dict[str, float]
    psi: dict[str, float]


def build(sets: Sets, ingested: dict[str, Any], rules: Schema, settings: Params) -> page.Part:
    """Return the part; `sets` holds train and test, and live where there are live rows.

    `ingested` is the record of `ingest`.
    """
    items: list = []
    lead = "There is no data set yet: see `ingest` above."
    if sets:
        sampled = {name: sample(rows) for name, rows in sets.items()}
        facts = columns_facts(sampled, rules)
        items = [*_pictures(facts, sampled, rules), *_rows(facts, sampled, rules, settings)]
        items.append(_table(facts, list(sets)))
        lead = _lead(sets, rules)
    return page.Part("data", "Data", lead, [*items, *_violations(ingested, rules)])


def public(rules: Schema, names: list[str]) -> list[str]:
    """Return those of the columns that are not private."""
    return [name for name in names if name not in rules.private]


def left_out(rules: Schema) -> str:
    """Return a sentence that names the private columns; "" where there are none."""
    if not rules.private:
        return ""
    return f" Columns that are private in schema.yaml are left out: {', '.join(rules.private)}."


def sample(rows: pd.DataFrame) -> pd.DataFrame:
    """Return at most MOST_ROWS of the rows, drawn at random by a fixed seed."""
    return rows.sample(MOST_ROWS, random_state=0) if len(rows) > MOST_ROWS else rows


def _lead(sets: Sets, rules: Schema) -> str:
    counts = ", ".join(f"{len(rows):,} {name}" for name, rows in sets.items())
    live = "" if "live" in sets else " There are no live rows yet; `make monitor` fetches them."
    large = any(len(rows) > MOST_ROWS for rows in sets.values())
    most = f" Pictures and figures are of at most {MOST_ROWS:,} rows of each." if large else ""
    return f"{len(rules.features)} features; rows: {counts}.{live}{most}{left_out(rules)}"


def columns_facts(sets: Sets, rules: Schema) -> list[Facts]:
    """Return the facts of each public feature's column, the best predictor of the target first."""
    train = sets["train"]
    truth = rules.truth(train[rules.target])
    facts = []
    for name in public(rules, rules.features):
        column = rules.columns[name]
        alone = max(strength for _, strength in leaks.of_column(name, train, truth, rules))
        several = rules.task == "multiclass"
        correlation = None
        if column.type == "number" and not several:
            correlation = _rank_correlation(train[name], truth)
        missing = {
            key: float(column.kind.is_missing(rows[name]).mean()) if len(rows) else 0.0
            for key, rows in sets.items()
        }
        psi = {
            key: drift.compare(train[name], rows[name], column.type)["psi"]
            for key, rows in sets.items()
            if key != "train"
        }
        facts.append(Facts(name, column.type, alone, correlation, missing, psi))
    return sorted(facts, key=lambda fact: -fact.alone)


def _rank_correlation(values: pd.Series, truth) -> float | None:
    """Return Spearman's rank correlation of two columns (n,); None where it is undefined."""
    present = values.notna().to_numpy()
    ranked = (
        values[present].reset_index(drop=True).corr(pd.Series(truth[present]), method="spearman")
    )
    return None if pd.isna(ranked) else float(ranked)


def _pictures(facts: list[Facts], sets: Sets, rules: Schema) -> list:
    """Return pictures of all columns: correlation with the target, drift, missing values."""
    few = facts[:MOST_DRAWN]
    if not few:
        return []
    more = f" The first {MOST_DRAWN} of {len(facts)} columns." if len(facts) > MOST_DRAWN else ""
    least = 0.0 if rules.task == "regression" else 0.5
    names = [fact.column for fact in few]
    alone = figures.bars(names, [fact.alone for fact in few], [False] * len(few), least,
                         leaks.name_of(rules))  # fmt: skip
    reading = (
        f"How well each column alone predicts {rules.target} in the training set "
        f"({leaks.name_of(rules)}). A column at the dashed line predicts nothing; one near 1 may "
        f"be a leak.{more}"
    )
    return [
        page.Figure("Correlation with the target", reading, alone),
        _drift(facts, list(sets)[-1]),
        *_missing(facts, list(sets)),
    ]


def _drift(facts: list[Facts], last: str) -> page.Figure:
    """Return the picture of the drift of the rows in the set `last`, the largest first."""
    moved = sorted(facts, key=lambda fact: -fact.psi[last])[:MOST_DRAWN]
    values = [fact.psi[last] for fact in moved]
    bars = figures.bars([fact.column for fact in moved], values,
                        [value > SETTLED for value in values], SETTLED, "PSI")  # fmt: skip
    reading = (
        f"How far the values of each column in the {last} rows differ from those of the training "
        f"set. Beyond the dashed line ({SETTLED:g}) a column is red and deserves a look."
    )
    return page.Figure(f"Drift of the {last} rows", reading, bars)


def _missing(facts: list[Facts], names: list[str]) -> list[page.Figure]:
    """Return the picture of the columns with missing values, by set; none where all are filled."""
    some = [fact for fact in facts if any(fact.missing.values())]
    some = sorted(some, key=lambda fact: -max(fact.missing.values()))[:MOST_DRAWN]
    if not some:
        return []
    sides = {name: [fact.missing[name] for fact in some] for name in names}
    reading = (
        "The share of rows without a value, in each set. A long line between the dots is a column "
        "that is filled in more or less often than before. Columns without missing values are left "
        "out."
    )
    drawn = figures.pairs([fact.column for fact in some], sides, "share of rows")
    return [page.Figure("Missing values", reading, drawn)]


def _rows(facts: list[Facts], sets: Sets, rules: Schema, settings: Params) -> list:
    """Return a row of small pictures of each time, of the target, and of the first columns."""
    target, rows = rules.target, []
    wanted, label = _wanted(sets, rules)
    shown = facts[: settings.columns]
    notes = {fact.column: _note(fact) for fact in shown}
    for name in [*public(rules, [*rules.with_role("time"), target]), *notes]:
        column, kind = rules.columns[name], rules.columns[name].type
        values = {key: rows_of[name] for key, rows_of in sets.items() if name in rows_of}
        shares = column_plots.values(values, kind, column.unit)
        pictures = [("Share of the rows of each set, by value", shares)]
        if name != target and target not in rules.private:
            drawn = column_plots.rates(values, wanted, kind, column.unit)
            pictures.append((f"{label[:1].upper()}{label[1:]}, by value", drawn))
        rows.append(page.Row(name, "", pictures, notes.get(name, f"the {column.role}")))
    if not rows:
        return []
    more = len(facts) - len(shown)
    capped = f" {more} more columns are in the table only (report.columns)." if more else ""
    reading = (
        "Grey is the training set, blue the test set, amber the live rows. Where they cover each "
        "other, nothing has changed. On the right, the target by the column's values: a flat line "
        "means that the column alone predicts nothing, and lines that differ mean that the "
        f"relation has changed.{capped}"
    )
    return [page.Row("Column by column", reading, []), *rows]


def _note(fact: Facts) -> str:
    """Return the facts that stand beside the name of a column."""
    missing = " / ".join(f"{share:.0%}" for share in fact.missing.values())
    psi = ", ".join(f"{name} {value:.2f}" for name, value in fact.psi.items())
    return f"{fact.type}; missing {missing} ({' / '.join(fact.missing)}); PSI {psi}"


def _wanted(sets: Sets, rules: Schema) -> tuple[dict[str, pd.Series], str]:
    """Return the target of each labelled set as a number, and the name of its mean.

    Of classes, it is 1 for the last one (of two, the positive one) and 0 for the others.
    """
    truth = {
        name: pd.Series(rules.truth(rows[rules.target]))
        for name, rows in sets.items()
        if rules.target in rows
    }
    if rules.task == "regression":
        return truth, f"mean {rules.target}"
    last = len(rules.labels) - 1
    label = f"share of {rules.target} = {rules.labels[-1]}"
    return {name: (classes == last).astype("float64") for name, classes in truth.items()}, label


def _table(facts: list[Facts], names: list[str]) -> page.Table:
    """Return the table of all columns; `names` are those of the sets."""
    others = names[1:]
    columns = ["column", "type", *(f"missing {name}" for name in names)]
    columns += [*(f"PSI {name}" for name in others), "alone", "rank correlation"]
    rows = [
        [fact.column, fact.type, *(fact.missing[name] for name in names),
         *(fact.psi[name] for name in others), fact.alone, fact.correlation]
        for fact in facts
    ]  # fmt: skip
    reading = (
        "The figures behind the pictures. A PSI of 0 means no drift; above 0.25 a column is "
        "usually called changed. Alone: how well the column orders the target by itself. The rank "
        "correlation is of numbers only, and has a sign."
    )
    return page.Table("All columns", reading, columns, rows)


def _violations(ingested: dict[str, Any], rules: Schema) -> list:
    """Return the values that break the schema, or a sentence that there are none."""
    violations = ingested.get("violations")
    if violations is None:
        return []
    if not violations["count"]:
        return [page.Text("Violations", f"All {ingested['rows']:,} rows fit schema.yaml.")]
    hidden = "(private)"
    rows = [
        [case["line"] or case["row"], case["column"], case["rule"],
         hidden if case["column"] in rules.private else figures.words(case["value"])]
        for case in violations["first"][:MOST_LISTED]
    ]  # fmt: skip
    counts = "; ".join(
        f"{case['column']} {case['rule']}: {case['count']:,}" for case in violations["by_rule"]
    )
    reading = (
        f"Violations of schema.yaml: {violations['count']:,} in {ingested['rows']:,} rows "
        f"({counts}). Their rows were left out; the first {MOST_LISTED}, by line in the raw "
        "table:"
    )
    return [page.Table("Violations", reading, ["line", "column", "rule", "value"], rows)]
