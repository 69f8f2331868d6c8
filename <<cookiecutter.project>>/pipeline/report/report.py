"""report: what a run left behind -> reports/index.html and the model card, whatever it got to.

A stage that has not run and a gate that is closed are shown as such. The exit code is 1 when
nothing has run at all, and when a text of the model card is missing: the pages are written all the
same.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core import machinery, params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed, Refusal
from pipeline.core.files import read_json
from pipeline.core.project import Project
from pipeline.core.stage import Figures, IfThere, Input, run
from pipeline.data import schema as schemas
from pipeline.evaluation import settings as evaluate_settings
from pipeline.evaluation.sample import sample_of
from pipeline.html import page
from pipeline.model import model_file
from pipeline.model.scorer import Scorer
from pipeline.production import card, live
from pipeline.production.releases import history
from pipeline.report import (
    custody as custody_section,
)
from pipeline.report import (
    data as data_section,
)
from pipeline.report import (
    journey as journey_section,
)
from pipeline.report import (
    model as model_section,
)
from pipeline.report import (
    model_card,
)
from pipeline.report import (
    serving as serving_section,
)
from pipeline.report import settings as report_settings
from pipeline.report import (
    stages as progress,
)
from pipeline.report.stages import Step
from pipeline.serving import prediction_log
from recipe import metrics

WRITTEN = "What a person wrote (`card` in params.yaml), and what this run says of the model."


@dataclass(frozen=True)
class Found:
    """What a run left behind, as far as it got: each stage, what a row is, the parts' rows."""

    steps: list[Step]
    rules: schemas.Schema
    parts: dict[str, pd.DataFrame]
    releases: list[dict[str, Any]]

    def record(self, name: str) -> dict[str, Any]:
        """Return the record of a stage, empty where it has none."""
        return progress.of(self.steps, name)


def main(
    stages: Input,
    schema: Input,
    dataset: IfThere,
    model: IfThere,
    smoked: IfThere,
    deployment: IfThere,
    log: IfThere,
    monitored: IfThere,
    html: Figures,
    card_markdown: Figures,
    card_html: Figures,
) -> None:
    """Write the page and the model card; ask for the texts that a person has to write."""
    settings = params.load("report", report_settings.Params)
    written = params.load("card", card.Card)
    steps = progress.read(stages)
    if not any(step.record for step in steps):
        raise Refusal("nothing has run yet, so there is nothing to report; `make validate` runs it")
    rules, releases = schemas.load(schema), history(deployment)
    found = Found(steps, rules, parts_of(dataset, log, rules, releases), releases)
    judging = params.load("evaluate", evaluate_settings.Params)
    items = card_items(found, written, judging)
    parts = [
        journey_section.build(steps, releases, read(monitored), machinery.state(Path()).sentence()),
        data_section.build(found.parts, found.record("ingest"), rules, settings),
        model_part(found, model, judging, settings),
        serving_section.build(read(smoked), found.record("containerize")),
        custody_section.build(steps, found.record("smoke")),
        page.Part("card", "Model card", WRITTEN, items),
    ]
    write(found, parts, items, html, card_markdown, card_html)
    reasons = card.missing(written)
    say(f"report: the model card is {card_html}, and {card_markdown}")
    say(f"report: open {html}")
    if reasons:
        raise GateClosed(reasons, {})


def write(found: Found, parts: list, items: list, html: Path, markdown: Path, card_html: Path):
    """Write the page, and the card by itself as Markdown and as a page."""
    name, word = params.load("project", Project).name, journey_section.verdict(found.steps)
    closed = progress.stopped(found.steps)
    reasons = closed.reasons[: journey_section.MOST_REASONS] if closed else []
    lead = journey_section.lead(found.steps)
    html.write_text(page.render(name, word, lead, reasons, [], parts), encoding="utf-8")
    title = f"Model card of {name}"
    markdown.write_text(model_card.markdown(title, WRITTEN, items), encoding="utf-8")
    card_html.write_text(page.render(title, word, WRITTEN, [], items), encoding="utf-8")


def parts_of(
    dataset: Path, log: Path, rules: schemas.Schema, releases: list[dict[str, Any]]
) -> dict[str, pd.DataFrame]:
    """Return the typed rows of train and test, and live where the log of predictions holds some."""
    found = {
        name: pd.read_parquet(path)
        for name in ("train", "test")
        if (path := dataset / f"{name}.parquet").exists()
    }
    if len(found) < 2 or any(set(rules.features) - set(rows) for rows in found.values()):
        return {}  # of another schema
    try:
        rows, _ = live.live_rows(log, rules, live_model(log, releases))
    except (Refusal, LookupError, TypeError) as error:
        say(f"report: the live rows in {log} cannot be shown: {error}")
        rows = pd.DataFrame()
    return {**found, "live": rows} if len(rows) else found


def live_model(log: Path, releases: list[dict[str, Any]]) -> str:
    """Return the digest of the model whose rows are shown: the one deployed, or logged last."""
    if releases:
        return releases[0]["model"]
    last = ""
    for entry in prediction_log.read(log):
        last = entry["model"]
    return last


def model_part(
    found: Found, model: Path, judging: evaluate_settings.Params, settings: report_settings.Params
) -> page.Part:
    """Return the part on the model, or a sentence where there is none that can be asked."""
    if not model.exists() or not found.parts:
        return page.Part("model", "Model", "No model has been trained: see the journey above.", [])
    step = next(step for step in found.steps if step.name == "evaluate")
    measured = step.record if step.verdict in (progress.PASSED, progress.STOPPED) else {}
    trained = next(step for step in found.steps if step.name == "train")
    old = f"It is the model of a former run: `train` is {trained.verdict}."
    try:
        known = metrics.metrics_of(found.rules.task, found.rules.labels)
        evaluate_settings.require_known(judging, known, found.rules)
        scorer = Scorer(model_file.load(model), found.rules)
        sample = sample_of(scorer, found.parts["test"], judging.decision_threshold)
        judged = model_section.Judged(scorer, found.parts["test"], sample, measured, judging)
        note = "" if trained.verdict == progress.PASSED else old
        return model_section.build(judged, settings, note)
    except Refusal as refusal:
        lead = f"The model that is there cannot be asked: {refusal}"
        return page.Part("model", "Model", lead, [])


def card_items(found: Found, written: card.Card, judging: evaluate_settings.Params) -> list:
    """Return the items of the model card."""
    measured = found.record("evaluate")
    facts = model_card.facts_of(
        params.load("project", Project).name,
        measured,
        found.record("train"),
        found.record("ingest"),
        found.rules,
    )
    if "metrics" not in measured:
        measured = {}
    return model_card.build(written, facts, measured, judging, found.rules)


def read(path: Path) -> dict[str, Any]:
    """Return what a JSON file holds, nothing where there is none or it is cut off."""
    try:
        content = read_json(path)
    except Refusal:
        return {}
    return content if isinstance(content, dict) else {}


if __name__ == "__main__":
    run(main)
