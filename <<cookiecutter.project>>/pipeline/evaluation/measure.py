"""Measure the model, the baseline and the champion on the test set and on each slice of it."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.core.errors import Refusal
from pipeline.core.metric import Metric
from pipeline.evaluation import bootstrap
from pipeline.evaluation.bootstrap import Part
from pipeline.evaluation.record import Evaluation, Measured, MeasuredSlice
from pipeline.evaluation.sample import Sample, class_counts, values_of
from pipeline.evaluation.settings import Params
from pipeline.evaluation.slices import Slice
from pipeline.model.scorer import Scorer


@dataclass(frozen=True)
class Rivals:
    """The model, the baseline, and the champion where there is one, on the same rows."""

    model: Sample
    baseline: Sample
    champion: Sample | None = None


def with_champion(rivals: Rivals, champion: Scorer, rows: pd.DataFrame) -> tuple[Rivals, str]:
    """Return `rivals` with the champion's scores of `rows`, and why it has none ("": it has)."""
    model = rivals.model
    if (champion.rules.task, champion.rules.labels) != (model.task, model.labels):
        return rivals, "the champion predicts another target"
    try:
        return replace(rivals, champion=replace(model, scores=champion.scores(rows))), ""
    except Refusal as refusal:
        return rivals, f"the champion cannot score these rows: {refusal}"


def measure(
    rivals: Rivals, slices: list[Slice], metrics: dict[str, Metric], settings: Params
) -> Evaluation:
    """Return the metrics of the rivals on all rows and by slice, and the model's intervals.

    A slice has intervals of the metrics that it is judged by, and only where it has
    `slices.min_rows` rows.
    """
    sample, confidence = rivals.model, settings.bootstrap.confidence
    every = np.ones(len(sample.truth), bool)
    large = [piece for piece in slices if piece.member.sum() >= settings.slices.min_rows]
    parts = [Part(np.flatnonzero(every), metrics)]
    judged = {name: metrics[name] for name in settings.slices.judged}
    parts += [Part(np.flatnonzero(piece.member), judged) for piece in large]
    resampled = _resampled(rivals, parts, settings)
    by_slice = {id(piece): values for piece, values in zip(large, resampled[1:], strict=True)}
    return {
        "task": sample.task,
        "rows": len(sample.truth),
        **_measured(rivals, every, resampled[0], metrics, confidence),
        "baseline": values_of(rivals.baseline, every, metrics),
        "slices": [
            {
                "by": piece.by,
                "value": piece.value,
                "rows": int(piece.member.sum()),
                **_measured(rivals, piece.member, by_slice.get(id(piece), []), metrics, confidence),
                "named": piece.named,
            }
            for piece in slices
        ],
    }


def _resampled(rivals: Rivals, parts: list[Part], settings: Params) -> list[list[dict]]:
    """Return for each part the resampled metrics of the model, then those of the champion."""
    samples = [rivals.model] + ([rivals.champion] if rivals.champion else [])
    how = settings.bootstrap
    by_sample = bootstrap.resample(samples, parts, how.resamples, how.seed)
    return [list(values) for values in zip(*by_sample, strict=True)]


def _measured(rivals: Rivals, member, resampled: list[dict], metrics, confidence) -> Measured:
    """Return what is known of the rows in `member`; without `resampled` there are no intervals."""
    model = resampled[0] if resampled else {}
    measured: Measured = {
        "metrics": values_of(rivals.model, member, metrics),
        "intervals": {name: bootstrap.interval(model[name], confidence) for name in model},
        "classes": class_counts(rivals.model, member),
        "champion": {},
    }
    if rivals.champion:
        theirs = values_of(rivals.champion, member, metrics)
        measured["champion"] = {"metrics": theirs, "better_by": {}, "better_by_intervals": {}}
        for name in model:
            own, other = measured["metrics"][name], theirs[name]
            if own is None or other is None:
                continue
            # The difference of each pair of resamples: both models have the same draws.
            paired = metrics[name].gain(model[name], resampled[1][name])
            measured["champion"]["better_by"][name] = metrics[name].gain(own, other)
            interval = bootstrap.interval(paired, confidence)
            measured["champion"]["better_by_intervals"][name] = interval
    return measured


def note_lost(
    measured: Evaluation, train: list[Slice], test: list[Slice], settings: Params
) -> None:
    """Add the slices that the test set lacks though the training set has rows enough of them."""
    kept = {(piece.by, piece.value) for piece in test}
    for piece in train:
        expected = piece.member.mean() * measured["rows"]
        if expected >= settings.slices.min_rows and (piece.by, piece.value) not in kept:
            lost: MeasuredSlice = {
                "by": piece.by,
                "value": piece.value,
                "rows": 0,
                "named": False,
                "metrics": {},
                "intervals": {},
                "champion": {},
                "classes": {},
                "train_rows": int(piece.member.sum()),
            }
            measured["slices"].append(lost)
