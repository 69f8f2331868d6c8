"""monitor: live predictions (and late labels) -> report. Drift, live metrics, alerts.

It reads what the service logged, joins the labels that have arrived since, and ends with exit code
1 when something needs a person, 3 when there is too little to tell.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.errors import CouldNotTell, GateClosed, Refusal
from pipeline.core.metric import Metric
from pipeline.core.stage import Figures, Input, Report, run
from pipeline.data import schema as schemas
from pipeline.evaluation import thresholds
from pipeline.evaluation.thresholds import Check, Measurement
from pipeline.html import figures, page
from pipeline.production import swarm_target
from pipeline.production.collect import collect
from pipeline.production.live import Params, drift_table, live_metrics, live_rows
from pipeline.production.releases import Release, history
from recipe import metrics as metric


def main(
    deployment: Input, dataset: Input, schema: Input, log: Figures, html: Figures, report: Report
) -> dict:
    """Compare what production saw and said with what the model was trained on."""
    settings = params.load("monitor", Params)
    rules = schemas.load(schema)
    current = current_release(deployment, dataset)
    collect(swarm_target.current(), log)
    known = metric.metrics_of(rules.task, rules.labels)
    thresholds.require_known(settings.thresholds, known, "monitor.thresholds")
    rows, scores = live_rows(log, rules, current["model"])
    if len(rows) < settings.min_rows:
        raise CouldNotTell(
            f"{len(rows)} live predictions are fewer than {settings.min_rows} (monitor.min_rows); "
            "wait for traffic, or send the bundled one by `make replay`"
        )
    train = pd.read_parquet(dataset / "train.parquet")
    measured = {
        "model": current["model"],
        "rows": len(rows),
        "drift": drift_table(train, rows, rules, settings),
        "live": live_metrics(rows, scores, rules, settings),
    }
    reasons = judge(measured, known, settings)
    html.write_text(picture(measured, reasons, settings), encoding="utf-8")
    drifted = [row["column"] for row in measured["drift"] if row["verdict"] != "ok"]
    say(f"monitor: {len(rows):,} live predictions, {measured['live']['rows']:,} with labels")
    if hidden := [name for name in rules.features if name in rules.private]:
        say(f"monitor: private, so not looked at: {', '.join(hidden)}")
    say(f"monitor: drifted: {', '.join(drifted) or 'nothing'}; look at {html}")
    if reasons:
        raise GateClosed([*reasons, "retrain on newer rows, or look for what changed"], measured)
    return measured


def current_release(deployment: Path, dataset: Path) -> Release:
    """Return the release in production; refuse when `dataset` is not what it learned from."""
    releases = history(deployment)
    if not releases:
        raise CouldNotTell("nothing is deployed; `make validate deploy` does it")
    learned = releases[0]["files"].get(dataset.as_posix())
    if learned != custody.digest(dataset):
        raise Refusal(
            f"{dataset} is not what the deployed model was trained on; deploy the new model, or "
            "check out the commit it was made from"
        )
    return releases[0]


def judge(measured: dict[str, Any], known: dict[str, Metric], settings: Params) -> list[str]:
    """Return a sentence for each alert: a column that drifted too far, a metric that fell."""
    reasons = [
        f"`{row['column']}` drifted: PSI {row['psi']:.3f}, above monitor.max_psi {settings.max_psi}"
        for row in measured["drift"]
        if row["verdict"] == "alert"
    ]
    if measured["live"]["rows"] >= settings.min_rows:
        for name, threshold in settings.thresholds.items():
            key, where = f"monitor.thresholds.{name}", " on live rows"
            check = Check(name, known[name], threshold, key, where=where)
            reasons += check.missed(Measurement(measured["live"]["metrics"].get(name)))
    return reasons


def picture(measured: dict[str, Any], reasons: list[str], settings: Params) -> str:
    """Return the report as one self-contained HTML page."""
    table, live = measured["drift"], measured["live"]
    names, values = [row["column"] for row in table], [row["psi"] for row in table]
    keys = ["column", "verdict", "psi", "test", "statistic", "p_value",
            "missing_train", "missing_live"]  # fmt: skip
    drifted = [row["verdict"] != "ok" for row in table]
    bars = figures.bars(names, values, drifted, settings.drifted_psi, "PSI against the train part")
    sides = {"train": [row["missing_train"] for row in table],
             "live": [row["missing_live"] for row in table]}  # fmt: skip
    missing = figures.pairs(names, sides, "share of missing values")
    sections = [
        page.Figure("Drift", "The most drifted first; red has drifted: beyond the dashed line "
                    "(monitor.drifted_psi), or in its missing values.", bars),
        page.Figure("Missing values", "A long line is a column that is filled in more or less "
                    "often than it was in training.", missing),
        page.Table("Live metrics", "On the live rows whose label has arrived.",
                   ["metric", "live", "threshold"],
                   [[name, value, thresholds.words(settings.thresholds.get(name))]
                    for name, value in live["metrics"].items()]),
        page.Table("Columns", "The most drifted first. PSI: 0 is the same; the p-value says how "
                   "likely chance alone is; many rows make small changes certain.", keys,
                   [[row[key] for key in keys] for row in table]),
        page.Table("Slices", "Live metrics of the rows that share a value.",
                   ["cut by", "value", "rows", *settings.thresholds],
                   [[piece["by"], piece["value"], piece["rows"],
                     *(piece["metrics"][name] for name in settings.thresholds)]
                    for piece in live["slices"]]),
    ]  # fmt: skip
    lead = f"{measured['rows']:,} live predictions, {live['rows']:,} of them with a label by now."
    return page.render("Monitoring", "alert" if reasons else "ok", lead, reasons, sections)


if __name__ == "__main__":
    run(main)
