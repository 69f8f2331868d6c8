"""Thresholds for a new table's model and its slices, from what cross-validation reached.

A threshold has a margin for what chance does in a test set of few rows.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

from pipeline.adopt import cross_validation
from pipeline.adopt.cross_validation import Trial, value_of
from pipeline.adopt.decisions import ABSENT
from pipeline.adopt.proposal import Proposal, rounded
from pipeline.core.errors import Refusal
from pipeline.data.schema import Schema
from pipeline.evaluation.slices import Cuts, Slice
from recipe import metrics as metric

SLICED = 3  # columns that are cut by value, at most
SLICE_LEVELS = (2, 12)  # levels that such a column has, at least and at most
JUDGED = {  # metrics that get a threshold, of all rows
    "binary": ("roc_auc", "average_precision", "log_loss", "error_rate"),
    "multiclass": ("accuracy", "log_loss"),
    "regression": ("r2", "mae"),
}
SLICE_METRIC = {"binary": "error_rate", "multiclass": "error_rate", "regression": "mae"}


def put_thresholds(plan: Proposal, trial: Trial, rows: int, rules: Schema) -> None:
    """Propose what a model must reach on a test set of `rows`; ask where that stops little."""
    sample, thresholds, watched, comments = trial.sample, {}, {}, {}
    plan.put(
        "evaluate.decision_threshold", ABSENT if sample.threshold is None else sample.threshold
    )
    ends_by_metric = cross_validation.ends_by_chance(sample, JUDGED[rules.task], rows)
    for name, ends in ends_by_metric.items():
        kind = metric.metrics_of(rules.task, rules.labels)[name]
        reached, baseline = value_of(sample, name), value_of(trial.baseline, name)
        limit = cross_validation.least_expected(reached, ends, kind.higher_is_better)
        if limit is None:
            continue
        side, to = ("min", math.floor) if kind.higher_is_better else ("max", math.ceil)
        limit = rounded(limit, to)
        thresholds[name] = {side: limit}
        ahead = kind.gain(limit, baseline)
        if ahead > 0 and np.isfinite(baseline):
            thresholds[name]["gain"] = rounded(ahead / 2, math.floor)
        comments[name] = f"{reached:.4g} in cross-validation, {baseline:.4g} by the baseline"
        slack = 0.1 * abs(limit)
        watched[name] = {side: rounded(limit - slack if side == "min" else limit + slack, to)}
    plan.put("evaluate.thresholds", thresholds, comments)
    plan.put("monitor.thresholds", watched, {})
    first = cross_validation.CHOSEN_BY[rules.task]
    if "gain" not in thresholds.get(first, {}):
        plan.questions.append(
            f"can you get more rows? In a test set of {rows} rows chance may lower {first} to that "
            "of the baseline, so the thresholds stop few models"
        )


def decision_threshold(trial: Trial) -> float | None:
    """Return the probability from which on a row is predicted positive; None but for two classes.

    It is one half; where a class is rare, the level with the best F1 in the trial.
    """
    sample = trial.sample
    if sample.task != "binary":
        return None
    if 0.2 <= sample.truth.mean() <= 0.8:
        return 0.5
    levels = np.arange(0.02, 0.99, 0.02)
    values = [f1_score(sample.truth, sample.scores >= level) for level in levels]
    return round(float(levels[int(np.argmax(values))]), 2)


def cuts(train: pd.DataFrame, test: pd.DataFrame, rules: Schema, names: list[str]) -> Cuts:
    """Return how rows are cut into slices: by the columns `names`, else by those of large levels.

    Raises Refusal for a name that is not in the data set, or whose numbers are too much alike.
    """
    least = min_rows(len(test))
    values, bins = [], {}
    for name in names or _sliceable(train, test, rules, least):
        if name not in train:
            raise Refusal(f"SLICES: `{name}` is left out of the data set, so it cannot cut rows")
        if train[name].dtype.kind == "f":
            edges = _edges(train[name], test[name])
            if not edges:
                raise Refusal(f"SLICES: the numbers of `{name}` are too much alike to be cut")
            bins[name] = edges
        else:
            values.append(name)
    return Cuts(values=values, bins=bins)


def _sliceable(train: pd.DataFrame, test: pd.DataFrame, rules: Schema, least: int) -> list[str]:
    """Return up to SLICED columns to cut by; a number where no category has large levels."""
    share = {}
    for name in rules.features_of("category"):
        counts = test[name].value_counts()
        large = counts[counts >= least]
        few_levels = SLICE_LEVELS[0] <= train[name].nunique() <= SLICE_LEVELS[1]
        if few_levels and name not in rules.private and len(large) >= 2:
            share[name] = large.sum() / len(test)
    chosen = [name for name in share if share[name] > 0.5]
    if chosen:
        return sorted(chosen, key=lambda name: -share[name])[:SLICED]
    numbers = rules.features_of("number")
    return [name for name in numbers if len(_edges(train[name], test[name])) == 2][:1]


def _edges(train: pd.Series, test: pd.Series) -> list[float]:
    """Return up to two numbers that cut the rows of both sets into thirds, none of them empty."""
    inner = train.dropna().quantile([1 / 3, 2 / 3]).round(6)
    low, high = max(train.min(), test.min()), test.max()
    return sorted({float(edge) for edge in inner if low < edge <= high})


def min_rows(test: int) -> int:
    """Return the rows that a slice of a test set of `test` rows needs to be judged."""
    return 100 if test >= 2000 else max(10, test // 10)


def put_slices(plan: Proposal, how: Cuts, slices: Sequence[Slice], trial: Trial, test: int) -> None:
    """Propose slices and a limit for the worst; `slices` are those of the trial's rows.

    `test` is the number of rows in the test set.
    """
    name = SLICE_METRIC[trial.sample.task]
    value, worst = value_of(trial.sample, name), 0.0
    for piece in slices:
        rows = max(min_rows(test), round(test * piece.member.mean()))
        if piece.member.sum() >= 10:
            drawn = cross_validation.by_chance(trial.sample, name, rows, piece.member)
            expected = cross_validation.least_expected(value, drawn, higher=False)
            worst = max(worst, expected or 0.0)
    limit = rounded((worst or 2 * value) * 1.1, math.ceil)
    if name == "error_rate":
        limit = min(1.0, max(limit, 0.05))
    plan.put("evaluate.slices.values", how.values)
    plan.put("evaluate.slices.crossed", [])
    bins = {
        name: [int(edge) if edge.is_integer() else edge for edge in edges]
        for name, edges in how.bins.items()
    }
    plan.put("evaluate.slices.bins", bins)
    plan.put("evaluate.slices.queries", {})
    plan.put("evaluate.slices.min_rows", min_rows(test))
    plan.put("evaluate.slices.thresholds", {name: {"max": limit}}, {})
    plan.put("evaluate.slices.disparity", {})
    plan.put("monitor.slices", {"values": how.values})
