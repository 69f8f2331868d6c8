"""The report's part on the data: each column in its parts, missing values, drift, what tells the
target, and the rows that broke the schema.

Values of columns that schema.yaml marks private are in no picture and no table.
"""

from typing import Any

import pandas as pd

from pipeline.data import tally
from pipeline.data.schema import Schema
from pipeline.gates import drift, leaks
from pipeline.html import figures, page
from pipeline.report import column_plots
from pipeline.report.settings import Params

MOST_ROWS = 20_000  # of a part that are looked at, chosen at random
MOST_DRAWN = 40  # columns in a picture of all of them; the table lists all
MOST_LISTED = 20  # rows that broke the schema
SETTLED = 0.1  # a PSI below this is usually called stable

Parts = dict[str, pd.DataFrame]


def build(parts: Parts, ingested: dict[str, Any], rules: Schema, settings: Params) -> page.Part:
    """Return the part; `parts` holds train and test, and live where there are live rows."""
    items: list = []
    lead = "The data set has not been made: see `ingest` above."
    if parts:
        sampled = {name: sample(rows) for name, rows in parts.items()}
        facts = columns_facts(sampled, rules)
        items = [*_pictures(facts, sampled, rules), *_rows(facts, sampled, rules, settings)]
        items.append(_table(facts, list(parts)))
        lead = _lead(parts, rules)
    return page.Part("data", "Data", lead, [*items, *_violations(ingested, rules)])


def public(rules: Schema, names: list[str]) -> list[str]:
    """Return those of the columns that are not private."""
    return [name for name in names if name not in rules.private]


def left_out(rules: Schema) -> str:
    """Return a sentence that names the private columns; "" where there are none."""
    if not rules.private:
        return ""
    return f" Private in schema.yaml, so left out: {', '.join(rules.private)}."


def sample(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sample(MOST_ROWS, random_state=0) if len(rows) > MOST_ROWS else rows


def _lead(parts: Parts, rules: Schema) -> str:
    counts = ", ".join(f"{len(rows):,} {name}" for name, rows in parts.items())
    live = "" if "live" in parts else " There are no live rows yet: `make monitor` fetches them."
    most = f" Of a part with more, {MOST_ROWS:,} are looked at."
    more = most if any(len(rows) > MOST_ROWS for rows in parts.values()) else ""
    return f"{len(rules.features)} columns to learn from; rows: {counts}.{live}{more}" + left_out(
        rules
    )


def columns_facts(parts: Parts, rules: Schema) -> list[dict[str, Any]]:
    """Return what is known of each public feature's column, what tells the target best first."""
    train = parts["train"]
    truth = rules.truth(train[rules.target])
    found = []
    for name in public(rules, rules.features):
        kind = rules.columns[name].type
        facts: dict[str, Any] = {"column": name, "type": kind}
        for part, rows in parts.items():
            facts[f"missing {part}"] = (
                float(tally.is_missing(rows[name]).mean()) if len(rows) else 0.0
            )
            if part != "train":
                facts[f"PSI {part}"] = drift.compare(train[name], rows[name], kind)["psi"]
        alone = leaks.of_column(name, train, truth, rules)
        facts["alone"] = max(value for _, value in alone)
        facts["rank correlation"] = None
        if kind == "number" and rules.task != "multiclass":
            spread = train[name].notna().to_numpy()
            ranked = pd.Series(truth[spread]).corr(
                train[name][spread].reset_index(drop=True), method="spearman"
            )
            facts["rank correlation"] = None if pd.isna(ranked) else float(ranked)
        found.append(facts)
    return sorted(found, key=lambda facts: -facts["alone"])


def _pictures(facts: list[dict], parts: Parts, rules: Schema) -> list:
    """Return what is seen at a glance: what tells the target, what drifted, what is missing."""
    few = facts[:MOST_DRAWN]
    if not few:
        return []
    more = f" The first {MOST_DRAWN} of {len(facts)} columns." if len(facts) > MOST_DRAWN else ""
    least = 0.0 if rules.task == "regression" else 0.5
    alone = figures.bars([one["column"] for one in few], [one["alone"] for one in few],
                       [False] * len(few), least, leaks.name_of(rules))  # fmt: skip
    items = [
        page.Figure("Correlation with the target", "How well each column alone orders the rows of "
                    f"the train part by {rules.target} ({leaks.name_of(rules)}); at the dashed "
                    f"line it tells nothing, near 1 it would be a leak.{more}", alone)
    ]  # fmt: skip
    last = list(parts)[-1]
    key = f"PSI {last}"
    moved = sorted(facts, key=lambda one: -one[key])[:MOST_DRAWN]
    bars = figures.bars([one["column"] for one in moved], [one[key] for one in moved],
                      [one[key] > SETTLED for one in moved], SETTLED, "PSI")  # fmt: skip
    items.append(
        page.Figure(f"Drift of the {last} rows", f"How far each column's values in the {last} rows "
                    f"are from those of the train part; beyond the dashed line ({SETTLED:g}, red) "
                    "they are worth a look.", bars)
    )  # fmt: skip
    return [*items, *_missing(facts, list(parts))]


def _missing(facts: list[dict], names: list[str]) -> list[page.Figure]:
    shares = {one["column"]: [one[f"missing {name}"] for name in names] for one in facts}
    some = sorted((name for name in shares if any(shares[name])), key=lambda one: -max(shares[one]))
    some = some[:MOST_DRAWN]
    if not some:
        return []
    sides = {part: [shares[one][at] for one in some] for at, part in enumerate(names)}
    reading = (
        "The share of rows in which a column is empty, by part; a long line is a column that is "
        "filled in more or less often than it was. Columns that are always there are left out."
    )
    return [page.Figure("Missing values", reading, figures.pairs(some, sides, "share of rows"))]


def _rows(facts: list[dict], parts: Parts, rules: Schema, settings: Params) -> list:
    """Return the row of small pictures of the target, and of each column that has its place."""
    target, rows = rules.target, []
    wanted, label = _wanted(parts, rules)
    shown = facts[: settings.columns]
    names = public(rules, [*rules.with_role("time"), target])
    told = {one["column"]: _told(one, list(parts)) for one in shown}
    for name in [*names, *told]:
        kind = rules.columns[name].type
        column = {part: one[name] for part, one in parts.items() if name in one}
        unit = rules.columns[name].unit
        shares = column_plots.values(column, kind, unit)
        pictures = [("The share of each part's rows, by value.", shares)]
        if name != target and target not in rules.private:
            drawn = column_plots.rates(column, wanted, kind, unit)
            pictures.append((f"The {label}, by value.", drawn))
        facts_of = told.get(name, f"the {rules.columns[name].role}")
        rows.append(page.Row(name, "", pictures, facts_of))
    if not rows:
        return []
    more = len(facts) - len(shown)
    capped = f" {more} more columns are in the table only (report.columns)." if more else ""
    reading = (
        "Grey is the train part, blue the test part, amber what came in live: where they lie on "
        "each other nothing has moved. Beside it, the target by the column's values: a flat line "
        f"tells nothing, and lines that part are a relation that has changed.{capped}"
    )
    return [page.Text("Column by column", reading), *rows]


def _told(facts: dict[str, Any], names: list[str]) -> str:
    missing = " / ".join(f"{facts[f'missing {name}']:.0%}" for name in names)
    psi = ", ".join(f"{name} {facts[f'PSI {name}']:.2f}" for name in names[1:])
    return f"{facts['type']}; missing {missing} ({' / '.join(names)}); PSI {psi}"


def _wanted(parts: Parts, rules: Schema) -> tuple[dict[str, pd.Series], str]:
    """Return the target of each labelled part as a number, and what its mean is called.

    Of more than two classes, whether it is the last one.
    """
    truth = {
        part: pd.Series(rules.truth(rows[rules.target]))
        for part, rows in parts.items()
        if rules.target in rows
    }
    if rules.task == "regression":
        return truth, f"mean {rules.target}"
    last = len(rules.labels) - 1
    label = f"share of {rules.target} = {rules.labels[-1]}"
    return {part: (one == last).astype("float64") for part, one in truth.items()}, label


def _table(facts: list[dict], names: list[str]) -> page.Table:
    keys = ["column", "type", *(f"missing {name}" for name in names)]
    keys += [*(f"PSI {name}" for name in names[1:]), "alone", "rank correlation"]
    reading = (
        "What the pictures show, of all columns. PSI: 0 is the same, above 0.25 is usually called "
        "changed. Alone: how well the column orders the target; the rank correlation has a sign "
        "and is there for numbers."
    )
    return page.Table("All columns", reading, keys, [[one[key] for key in keys] for one in facts])


def _violations(ingested: dict[str, Any], rules: Schema) -> list:
    found = ingested.get("violations")
    if found is None:
        return []
    if not found["count"]:
        return [page.Text("Violations", f"Each of {ingested['rows']:,} rows fits schema.yaml.")]
    hidden = "(private)"
    rows = [
        [one["line"] or one["row"], one["column"], one["rule"],
         hidden if one["column"] in rules.private else figures.words(one["value"])]
        for one in found["first"][:MOST_LISTED]
    ]  # fmt: skip
    counts = "; ".join(
        f"{one['column']} {one['rule']}: {one['count']:,}" for one in found["by_rule"]
    )
    reading = (
        f"Values that break schema.yaml: {found['count']:,}, among {ingested['rows']:,} rows "
        f"({counts}). Their rows were left out; {len(rows)} of them, by their line in the raw "
        "table:"
    )
    return [page.Table("Violations", reading, ["line", "column", "rule", "value"], rows)]
