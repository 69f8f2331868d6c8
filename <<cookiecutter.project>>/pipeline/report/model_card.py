"""The model card: what a person wrote about the model, and what the run says of it.

After Mitchell et al., "Model Cards for Model Reporting" (2019). Markdown and HTML say the same.
"""

from typing import Any

from pipeline.data.schema import Schema
from pipeline.evaluation import page as evaluation_page
from pipeline.html import page
from pipeline.production.card import TEXTS, Card, missing
from recipe import metrics as metric

MOST_SLICES = 15
BEFORE, AFTER = ("intended_use", "not_for"), ("limits", "ethics", "owner")


def build(
    card: Card, facts: dict[str, Any], measured: dict[str, Any], judging, rules: Schema | None
) -> list:
    """Return the card's items: texts and tables.

    `facts` are shown as they are; `measured` is the record of `evaluate`, and `judging` its
    parameters; without a record the card says that nothing has been measured.
    """
    items: list = [_table_of("The model", "What it is, by the run's own records.", facts)]
    items += [_text(card, key) for key in BEFORE]
    items += [_text(card, "data"), *_columns(rules)]
    if measured:
        items.append(evaluation_page.metrics_table(measured, judging))
        items += _slices(measured, judging, rules)
    else:
        items.append(page.Text("Metrics", "", ["Not measured: `evaluate` has not run."], bad=True))
    return items + [_text(card, key) for key in AFTER]


def facts_of(
    name: str, judged: dict[str, Any], trained: dict[str, Any], ingested: dict[str, Any], rules
) -> dict[str, Any]:
    """Return what the records of the stages say of the model, by what it is called."""
    parts = ingested.get("parts", {})
    return {
        "project": name,
        "target": _target(rules),
        "estimator": trained.get("params", {}).get("estimator"),
        "arguments": _words(trained.get("params", {}).get("arguments")),
        "digest of the model": next(iter(trained.get("outputs", {}).values()), None),
        "rows trained on": parts.get("train", {}).get("rows"),
        "rows tested on": parts.get("test", {}).get("rows"),
        "split": _words(ingested.get("params", {}).get("split")),
        "judged": judged.get("verdict"),
    }


def _words(value: Any) -> str | None:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in value.items() if one is not None)
    return None if value is None else str(value)


def _target(rules: Schema | None) -> str | None:
    if rules is None:
        return None
    if rules.task == "regression":
        return f"{rules.target}, a number"
    return f"{rules.target}: {', '.join(rules.labels)}"


def _table_of(heading: str, reading: str, facts: dict[str, Any]) -> page.Table:
    return page.Table(heading, reading, ["what", "which"], [[key, facts[key]] for key in facts])


def _text(card: Card, key: str) -> page.Text:
    """Return a person's text, its paragraphs apart; what is missing is said in its place."""
    heading, text = TEXTS[key][0], getattr(card, key)
    if said := [one for one in missing(card) if f".{key}`" in one]:
        return page.Text(heading, "", said, bad=True)
    return page.Text(heading, "", [one.strip() for one in text.split("\n\n") if one.strip()])


def _columns(rules: Schema | None) -> list[page.Table]:
    if rules is None:
        return []
    rows = [
        [name, column.type, column.role, column.unit or None, column.private]
        for name, column in rules.columns.items()
    ]
    reading = "By schema.yaml. A private column is learned from, and neither logged nor shown."
    return [page.Table("Columns", reading, ["column", "type", "role", "unit", "private"], rows)]


def _slices(measured: dict[str, Any], judging, rules: Schema | None) -> list[page.Table]:
    """Return the worst slices by the first metric that slices are judged by."""
    settings = judging.slices
    names = list({**settings.thresholds, **settings.disparity}) or list(measured["metrics"])
    name = names[0]
    known = metric.metrics_of(measured["task"], list(measured["classes"]))
    private = set(rules.private) if rules else set()
    pieces = [
        one
        for one in measured["slices"]
        if one["metrics"].get(name) is not None and not set(one["by"].split(" x ")) & private
    ]
    if not pieces or name not in known:
        return []
    pieces = sorted(pieces, key=lambda piece: evaluation_page.badness(piece, name, known))
    rows = [
        [one["by"], one["value"], one["rows"], one["metrics"][name],
         evaluation_page.ends(one["intervals"].get(name)), one["verdict"]]
        for one in pieces[:MOST_SLICES]
    ]  # fmt: skip
    reading = (
        f"The {len(rows)} worst of {len(measured['slices'])} slices by {name}, with intervals; "
        "those of too few rows are not judged and stand last."
    )
    return [page.Table("Slices", reading, ["by", "value", "rows", name, "interval", ""], rows)]


def markdown(title: str, lead: str, items: list) -> str:
    """Return the card as Markdown."""
    blocks = [f"# {page.plain(title)}", page.plain(lead)]
    for item in items:
        blocks.append(f"## {page.plain(item.heading)}")
        blocks += [page.plain(item.reading)] if item.reading else []
        if item.kind == "table":
            blocks.append(_markdown_table(item))
        else:
            blocks += [page.plain(text) for text in item.paragraphs]
    return "\n\n".join(blocks) + "\n"


def _markdown_table(table: page.Table) -> str:
    lines = [table.columns, ["---"] * len(table.columns)]
    lines += [[page.plain(page.shown(cell)) for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
