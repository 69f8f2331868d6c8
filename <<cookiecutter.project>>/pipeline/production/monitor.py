"""monitor: live predictions (and late labels) -> report. Drift, live metrics, alerts.

It reads the log of the service and joins the labels that have arrived since. The exit code is 1
when a person has to act, and 3 when there are too few rows to tell.
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
from pipeline.production import monitor_page, swarm_target
from pipeline.production.collect import collect
from pipeline.production.live import Params, drift_table, live_metrics, live_rows
from pipeline.production.releases import Release, history
from recipe import metrics as metric


def main(
    deployment: Input, dataset: Input, schema: Input, log: Figures, html: Figures, report: Report
) -> dict:
    """Compare the rows and predictions of production with the training set."""
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
            "wait for traffic, or send the bundled rows by `make replay`"
        )
    train = pd.read_parquet(dataset / "train.parquet")
    measured = {
        "model": current["model"],
        "rows": len(rows),
        "drift": drift_table(train, rows, rules, settings),
        "live": live_metrics(rows, scores, rules, settings),
    }
    reasons = judge(measured, known, settings)
    html.write_text(monitor_page.render(measured, reasons, settings), encoding="utf-8")
    drifted = [row["column"] for row in measured["drift"] if row["verdict"] != "ok"]
    say(f"monitor: {len(rows):,} live predictions, {measured['live']['rows']:,} with labels")
    if hidden := [name for name in rules.features if name in rules.private]:
        say(f"monitor: private, so not examined: {', '.join(hidden)}")
    say(f"monitor: drifted: {', '.join(drifted) or 'nothing'}; look at {html}")
    if reasons:
        raise GateClosed([*reasons, "retrain on newer rows, or look for what changed"], measured)
    return measured


def current_release(deployment: Path, dataset: Path) -> Release:
    """Return the release in production; raises Refusal when it was trained on another data set."""
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


if __name__ == "__main__":
    run(main)
