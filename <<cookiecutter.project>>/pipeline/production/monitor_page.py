"""The page of `monitor`: drift, missing values, live metrics."""

from typing import Any

from pipeline.evaluation import thresholds
from pipeline.html import figures, page
from pipeline.production.live import Params

COLUMNS = ("column", "verdict", "psi", "test", "statistic", "p_value", "missing_train",
           "missing_live")  # fmt: skip


def render(measured: dict[str, Any], reasons: list[str], settings: Params) -> str:
    """Return the report of `monitor` as one self-contained HTML page."""
    live = measured["live"]
    sections = [
        *_drift_figures(measured["drift"], settings),
        _metrics(live, settings),
        _drift_table(measured["drift"]),
        _slices(live, settings),
    ]
    lead = f"{measured['rows']:,} live predictions, {live['rows']:,} of them with a label."
    return page.render("Monitoring", "alert" if reasons else "ok", lead, reasons, sections)


def _drift_figures(drift: list[dict[str, Any]], settings: Params) -> list[page.Figure]:
    names, values = [row["column"] for row in drift], [row["psi"] for row in drift]
    drifted = [row["verdict"] != "ok" for row in drift]
    reading = (
        "The most drifted column first. Red columns have drifted: their PSI is beyond the dashed "
        "line (monitor.drifted_psi), or their share of missing values has changed."
    )
    label = "PSI against the training set"
    bars = figures.bars(names, values, drifted, settings.drifted_psi, label)
    missing = {
        "train": [row["missing_train"] for row in drift],
        "live": [row["missing_live"] for row in drift],
    }
    difference = (
        "A long line is a column whose share of missing values differs from that in the training "
        "set."
    )
    pairs = figures.pairs(names, missing, "share of missing values")
    return [
        page.Figure("Drift", reading, bars),
        page.Figure("Missing values", difference, pairs),
    ]


def _metrics(live: dict[str, Any], settings: Params) -> page.Table:
    rows = [
        [name, value, thresholds.words(settings.thresholds.get(name))]
        for name, value in live["metrics"].items()
    ]
    reading = "Of the live rows whose label has arrived."
    return page.Table("Live metrics", reading, ["metric", "live", "threshold"], rows)


def _drift_table(drift: list[dict[str, Any]]) -> page.Table:
    reading = (
        "The most drifted column first. PSI is 0 for equal distributions. The p-value is the "
        "probability of so large a difference without drift; many rows make it small."
    )
    rows = [[row[key] for key in COLUMNS] for row in drift]
    return page.Table("Columns", reading, list(COLUMNS), rows)


def _slices(live: dict[str, Any], settings: Params) -> page.Table:
    rows = [
        [
            slice_["by"],
            slice_["value"],
            slice_["rows"],
            *(slice_["metrics"][name] for name in settings.thresholds),
        ]
        for slice_ in live["slices"]
    ]
    columns = ["cut by", "value", "rows", *settings.thresholds]
    return page.Table("Slices", "Live metrics of the rows that share a value.", columns, rows)
