"""The model card: what a person wrote about the model, and what the stages measured.

After Mitchell et al., "Model Cards for Model Reporting" (2019). Markdown and HTML hold the same.
"""

from typing import Any

from pipeline.data.schema import Schema
from pipeline.evaluation import page as evaluation_page
from pipeline.evaluation.record import Evaluation
from pipeline.evaluation.settings import Params
from pipeline.html import page
from pipeline.production.card import TEXTS, Card, missing
from recipe import metrics as metric

MOST_SLICES = 15  # slices in the table, the worst first
BEFORE, AFTER = ("intended_use", "not_for"), ("limits", "ethics", "owner")  # the metrics


def build(
    card: Card,
    facts: dict[str, Any],
    evaluation: Evaluation | None,
    settings: Params,
    rules: Schema | None,
) -> list:
    """Return the card's items: texts and tables.

    `facts` are shown as they are (see `facts_of`). `evaluation` is the record of `evaluate`, and
    `settings` its section; without a record the card says that nothing has been measured.
    """
    rows = [[name, value] for name, value in facts.items()]
    items: list = [
        page.Table("Model", "By the records of the stages.", ["property", "value"], rows)
    ]
    items += [_text(card, key) for key in BEFORE]
    items += [_text(card, "data"), *_columns(rules)]
    if evaluation:
        items.append(evaluation_page.metrics_table(evaluation, settings))
        items += _slices(evaluation, settings, rules)
    else:
        items.append(page.Text("Metrics", "", ["Not measured: `evaluate` has not run."], bad=True))
    return items + [_text(card, key) for key in AFTER]


def facts_of(
    name: str,
    evaluated: dict[str, Any],
    trained: dict[str, Any],
    ingested: dict[str, Any],
    rules: Schema | None,
) -> dict[str, Any]:
    """Return the properties of the model by their names, from the records of the stages.

    The records are those of `evaluate`, `train` and `ingest`, each empty where there is none.
    """
    sets = ingested.get("parts", {})
    return {
        "project": name,
        "target": _target(rules),
        "estimator": trained.get("params", {}).get("estimator"),
        "arguments": _words(trained.get("params", {}).get("arguments")),
        "digest of the model": next(iter(trained.get("outputs", {}).values()), None),
        "rows of the training set": sets.get("train", {}).get("rows"),
        "rows of the test set": sets.get("test", {}).get("rows"),
        "split": _words(ingested.get("params", {}).get("split")),
        "verdict of evaluate": evaluated.get("verdict"),
    }


def _words(value: Any) -> str | None:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {child}" for key, child in value.items() if child is not None)
    return None if value is None else str(value)


def _target(rules: Schema | None) -> str | None:
    if rules is None:
        return None
    if rules.task == "regression":
        return f"{rules.target}, a number"
    return f"{rules.target}: {', '.join(rules.labels)}"


def _text(card: Card, key: str) -> page.Text:
    """Return a text that a person wrote, by paragraph; or the sentence that it is missing."""
    heading, text = TEXTS[key][0], getattr(card, key)
    if reasons := [reason for reason in missing(card) if f".{key}`" in reason]:
        return page.Text(heading, "", reasons, bad=True)
    paragraphs = (paragraph.strip() for paragraph in text.split("\n\n"))
    return page.Text(heading, "", [paragraph for paragraph in paragraphs if paragraph])


def _columns(rules: Schema | None) -> list[page.Table]:
    if rules is None:
        return []
    rows = [
        [name, column.type, column.role, column.unit or None, column.private]
        for name, column in rules.columns.items()
    ]
    reading = "By schema.yaml. A private column can be a feature, but is neither logged nor shown."
    return [page.Table("Columns", reading, ["column", "type", "role", "unit", "private"], rows)]


def _slices(evaluation: Evaluation, settings: Params, rules: Schema | None) -> list[page.Table]:
    """Return the table of the worst public slices by the first metric that judges them."""
    metrics = metric.metrics_of(evaluation["task"], list(evaluation["classes"]))
    name = [*settings.slices.judged, *evaluation["metrics"]][0]
    private = set(rules.private) if rules else set()
    slices = [
        piece
        for piece in evaluation["slices"]
        if piece["metrics"].get(name) is not None and not set(piece["by"].split(" x ")) & private
    ]
    if not slices or name not in metrics:
        return []
    slices = sorted(slices, key=lambda piece: evaluation_page.badness(piece, name, metrics))
    rows = [
        [piece["by"], piece["value"], piece["rows"], piece["metrics"][name],
         evaluation_page.ends(piece["intervals"].get(name)), piece["verdict"]]
        for piece in slices[:MOST_SLICES]
    ]  # fmt: skip
    reading = (
        f"The {len(rows)} worst of {len(evaluation['slices'])} slices by {name}, with intervals. "
        "Slices of too few rows are not judged and come last."
    )
    columns = ["cut by", "value", "rows", name, "interval", "verdict"]
    return [page.Table("Slices", reading, columns, rows)]


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
