"""Live predictions: the logged rows, their drift, and their metrics once labels arrive."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.data import columns, tables
from pipeline.data import schema as schemas
from pipeline.evaluation import settings as evaluate_settings
from pipeline.evaluation.sample import Sample, values_of
from pipeline.evaluation.slices import Cuts, cut
from pipeline.evaluation.thresholds import Threshold
from pipeline.gates import drift
from pipeline.model.scorer import scores_in
from pipeline.serving import prediction_log
from recipe import metrics as metric


class Params(params.Section):
    """Section `monitor` of params.yaml."""

    labels: str | None
    min_rows: int = Field(ge=1)
    drifted_psi: float = Field(gt=0)
    drifted_missing: float = Field(gt=0)
    max_psi: float = Field(gt=0)
    thresholds: dict[str, Threshold]
    slices: Cuts


def live_rows(log: Path, rules: schemas.Schema, model: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the typed rows that `model` scored, oldest first, and their scores."""
    entries = [entry for entry in prediction_log.read(log) if entry["model"] == model]
    if not entries:
        return pd.DataFrame(), np.empty(0)
    table = pd.DataFrame([entry["row"] for entry in entries])
    named = rules.with_role("id") if rules.id in table.columns else []
    typed, _ = columns.cast(table, rules, [*named, *logged(rules)])
    return typed, scores_in(entries, rules)


def logged(rules: schemas.Schema) -> list[str]:
    """Return the features that the service logs: all but the private ones."""
    return [name for name in rules.features if name not in rules.private]


def drift_table(
    train: pd.DataFrame, live: pd.DataFrame, rules: schemas.Schema, settings: Params
) -> list[dict[str, Any]]:
    """Return the drift figures of each logged column, the most drifted one first."""
    table = []
    for name in logged(rules):
        figures = drift.compare(train[name], live[name], rules.columns[name].type)
        table.append({"column": name, "verdict": drift_verdict(figures, settings), **figures})
    return sorted(table, key=lambda row: -row["psi"])


def drift_verdict(figures: dict[str, Any], settings: Params) -> str:
    """Return ok, drifted or alert for one column's figures."""
    if figures["psi"] > settings.max_psi:
        return "alert"
    moved = abs(figures["missing_live"] - figures["missing_train"])
    if figures["psi"] > settings.drifted_psi or moved > settings.drifted_missing:
        return "drifted"
    return "ok"


def live_metrics(
    live: pd.DataFrame, scores: np.ndarray, rules: schemas.Schema, settings: Params
) -> dict[str, Any]:
    """Return the metrics of the labelled live rows, as a whole and by slice."""
    unlabelled = {"rows": 0, "metrics": {}, "slices": []}
    if settings.labels is None or rules.id not in live.columns:
        return unlabelled
    labels = late_labels(Path(settings.labels), rules)
    ids = live[rules.id]
    labelled = (ids.isin(labels.index) & ~ids.duplicated(keep="last")).to_numpy()
    if not labelled.any():
        return unlabelled
    rows, scores = live[labelled], scores[labelled]
    truth = rules.truth(rows[rules.id].map(labels))
    sample = Sample(rules.task, rules.labels, truth, scores, _decision_threshold())
    known = metric.metrics_of(rules.task, rules.labels)
    return {
        "rows": len(rows),
        "metrics": values_of(sample, slice(None), known),
        "slices": [
            {
                "by": piece.by,
                "value": piece.value,
                "rows": int(piece.member.sum()),
                "metrics": values_of(sample, piece.member, known),
            }
            for piece in cut(rows, settings.slices, "monitor.slices")
        ],
    }


def late_labels(path: Path, rules: schemas.Schema) -> pd.Series:
    """Return the target by id, from a table that holds both columns."""
    if not path.exists():
        raise Refusal(f"{path} is missing (monitor.labels in params.yaml; null: no labels)")
    typed, _ = columns.cast(tables.read(path), rules, [rules.id, rules.target])
    known = typed.dropna().drop_duplicates(rules.id, keep="last")
    return known.set_index(rules.id)[rules.target]


def _decision_threshold() -> float | None:
    return params.load("evaluate", evaluate_settings.Params).decision_threshold
