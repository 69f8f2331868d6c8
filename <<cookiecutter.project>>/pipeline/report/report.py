"""report: all records of a run, as far as it got -> reports/index.html and the model card.

A stage that has not run and a gate that is closed are shown as such. The exit code is 1 when
nothing has run at all, and when a text of the model card is missing; in the second case the pages
are written nevertheless.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core import machinery, params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed, Refusal
from pipeline.core.files import read_json, write_text
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
from pipeline.report import custody as custody_section
from pipeline.report import data as data_section
from pipeline.report import journey as journey_section
from pipeline.report import model as model_section
from pipeline.report import model_card
from pipeline.report import serving as serving_section
from pipeline.report import settings as report_settings
from pipeline.report import stages as progress
from pipeline.report.judged import Judged
from pipeline.report.stages import Step
from pipeline.serving import prediction_log
from recipe import metrics

CARD_LEAD = "What a person wrote about the model (`card` in params.yaml), and what was measured."


@dataclass(frozen=True)
class Results:
    """The results of a run, as far as it got.

    steps: the state of each stage. rules: the schema. sets: typed rows by set: train, test, and
    live where there are some; empty where there is no data set. releases: the latest first.
    """

    steps: list[Step]
    rules: schemas.Schema
    sets: dict[str, pd.DataFrame]
    releases: list[dict[str, Any]]

    def step(self, name: str) -> Step:
        """Return the state of a stage."""
        return next(step for step in self.steps if step.name == name)

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
    texts = params.load("card", card.Card)
    steps = progress.read(stages)
    if not any(step.record for step in steps):
        raise Refusal("nothing has run yet, so there is nothing to report; `make validate` runs it")
    rules, releases = schemas.load(schema), history(deployment)
    sets = sets_of(dataset, log, rules, releases)
    results = Results(steps, rules, sets, releases)
    judging = params.load("evaluate", evaluate_settings.Params)
    items = card_items(results, texts, judging)
    sentence = machinery.state(Path()).sentence()
    parts = [
        journey_section.build(steps, releases, read(monitored), sentence),
        data_section.build(sets, results.record("ingest"), rules, settings),
        model_part(results, model, judging, settings),
        serving_section.build(read(smoked), results.record("containerize")),
        custody_section.build(steps, results.record("smoke")),
        page.Part("card", "Model card", CARD_LEAD, items),
    ]
    write(steps, parts, items, html, card_markdown, card_html)
    reasons = card.missing(texts)
    say(f"report: the model card is {card_html} (and {card_markdown})")
    say(f"report: open {html}")
    if reasons:
        raise GateClosed(reasons, {})


def write(
    steps: list[Step], parts: list, items: list, html: Path, markdown: Path, card_html: Path
) -> None:
    """Write the page of all `parts`, and the card of the `items` as Markdown and as a page."""
    name, word = params.load("project", Project).name, journey_section.verdict(steps)
    closed = progress.stopped(steps)
    reasons = closed.reasons[: journey_section.MOST_REASONS] if closed else []
    lead = journey_section.lead(steps)
    write_text(html, page.render(name, word, lead, reasons, [], parts))
    title = f"Model card of {name}"
    write_text(markdown, model_card.markdown(title, CARD_LEAD, items))
    write_text(card_html, page.render(title, word, CARD_LEAD, [], items))


def sets_of(
    dataset: Path, log: Path, rules: schemas.Schema, releases: list[dict[str, Any]]
) -> dict[str, pd.DataFrame]:
    """Return the typed rows of train and test, and live where predictions were logged.

    Nothing where there is no data set, or one of another schema.
    """
    paths = {name: dataset / f"{name}.parquet" for name in ("train", "test")}
    if not all(path.exists() for path in paths.values()):
        return {}
    sets = {name: pd.read_parquet(path) for name, path in paths.items()}
    if any(set(rules.features) - set(rows) for rows in sets.values()):
        return {}
    try:
        rows, _ = live.live_rows(log, rules, live_model(log, releases))
    except (Refusal, LookupError, TypeError) as error:
        say(f"report: the live rows in {log} cannot be shown: {error}")
        rows = pd.DataFrame()
    return {**sets, "live": rows} if len(rows) else sets


def live_model(log: Path, releases: list[dict[str, Any]]) -> str:
    """Return the digest of the model whose rows are shown: the one deployed, or logged last."""
    if releases:
        return releases[0]["model"]
    last = ""
    for entry in prediction_log.read(log):
        last = entry["model"]
    return last


def model_part(
    results: Results,
    path: Path,
    judging: evaluate_settings.Params,
    settings: report_settings.Params,
) -> page.Part:
    """Return the part on the model at `path`, or a sentence where there is none to be scored."""
    if not path.exists() or not results.sets:
        return page.Part("model", "Model", "There is no model yet: see the journey above.", [])
    evaluated, trained = results.step("evaluate"), results.step("train")
    judged = evaluated.verdict in (progress.PASSED, progress.STOPPED)
    old = f"This is the model of a former run: `train` is {trained.verdict}."
    try:
        rules, rows = results.rules, results.sets["test"]
        evaluate_settings.require_known(
            judging, metrics.metrics_of(rules.task, rules.labels), rules
        )
        scorer = Scorer(model_file.load(path), rules)
        sample = sample_of(scorer, rows, judging.decision_threshold)
        record = evaluated.record if judged else None
        note = "" if trained.verdict == progress.PASSED else old
        return model_section.build(Judged(scorer, rows, sample, record, judging), settings, note)
    except Refusal as refusal:
        return page.Part("model", "Model", f"The model cannot be scored: {refusal}", [])


def card_items(results: Results, texts: card.Card, judging: evaluate_settings.Params) -> list:
    """Return the items of the model card."""
    evaluated = results.record("evaluate")
    facts = model_card.facts_of(
        params.load("project", Project).name,
        evaluated,
        results.record("train"),
        results.record("ingest"),
        results.rules,
    )
    evaluation = evaluated if "metrics" in evaluated else None
    return model_card.build(texts, facts, evaluation, judging, results.rules)


def read(path: Path) -> dict[str, Any]:
    """Return the mapping in a JSON file; {} where there is none, or the file is cut off."""
    try:
        content = read_json(path)
    except Refusal:
        return {}
    return content if isinstance(content, dict) else {}


if __name__ == "__main__":
    run(main)
