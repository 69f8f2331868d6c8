"""Proposes numbers made of dates, where cross-validation shows that they help on unseen rows.

Each part of each date is tried by itself, beside all other features, with the linear estimator and
the folds of `cross_validation`: by time, it has to help on later rows. It is proposed where it
improves the metric by more than MIN_GAIN, and by more than SURE deviations of that improvement
between resamples of the same rows.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.adopt import cross_validation
from pipeline.adopt.cross_validation import CANDIDATES, CHOSEN_BY
from pipeline.adopt.proposal import Proposal
from pipeline.data import dates
from pipeline.data.dates import DateFeatures
from pipeline.data.schema import Schema
from pipeline.evaluation.sample import Sample
from pipeline.model import featurizer as featurizers
from pipeline.model.inputs import Inputs
from recipe import estimators
from recipe.features import Params

PARTS = ("year", "month_cyclic", "day_of_week_cyclic", "hour_cyclic")
MIN_GAIN = 0.002  # of the metric: less is not worth a feature
SURE = 3.0
RESAMPLES = 100

Found = dict[tuple[str, str], tuple[float, float]]  # by column and part: with it, and without
Scores = dict[tuple[str, str] | None, np.ndarray]  # by column and part; None: without any


def put_dates(
    plan: Proposal, rows: pd.DataFrame, rules: Schema, settings: Params, split: str
) -> Params:
    """Propose `featurize.dates` for the typed training set `rows`; return the settings with it."""
    found = helpful(rows, rules, settings, split)
    parts = {name: [part for other, part in found if other == name] for name, _ in found}
    for name in rules.features_of("date"):  # of a feature something has to be made
        parts.setdefault(name, ["year"])
    metric = CHOSEN_BY[rules.task]
    why = "; ".join(
        f"{name}, {part}: {metric} {with_it:.4g} in cross-validation, {without:.4g} without"
        for (name, part), (with_it, without) in found.items()
    )
    plan.put("featurize.dates", {name: {"parts": of} for name, of in parts.items()},
             why or "parts of dates were tried where there are any, and do not help")  # fmt: skip
    made = {name: DateFeatures(parts=of) for name, of in parts.items()}
    return settings.model_copy(update={"dates": made})


def helpful(rows: pd.DataFrame, rules: Schema, settings: Params, split: str) -> Found:
    """Return the parts of dates that help, each with the metric with it and without it."""
    rows = cross_validation.some(rows, rules, split)
    tried = dict(_columns(rows, rules))
    undated = _without_dates(rules)
    if not tried or not undated.features:
        return {}
    scores, scored = _scores(rows, undated, settings.model_copy(update={"dates": {}}), split, tried)
    truth = rules.truth(rows[rules.target])[scored]
    threshold = 0.5 if rules.task == "binary" else None
    before = Sample(rules.task, rules.labels, truth, scores[None][scored], threshold)
    found = {}
    for key in tried:
        after = replace(before, scores=scores[key][scored])
        gain, with_it, without = _gain(after, before)
        if gain > max(MIN_GAIN, SURE * _deviation(after, before)):
            found[key] = (with_it, without)
    return found


def _columns(rows: pd.DataFrame, rules: Schema) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """Yield, by column and part, the numbers that are made of it, (n, k), where they vary."""
    for name in rules.with_role("feature", "time"):
        if rules.columns[name].type != "date":
            continue
        for part in PARTS:
            made = dates.derived({name: DateFeatures(parts=[part])}, rules)
            table = Inputs(rules, made).table(rows)
            values = table[[one.name for one in made]].to_numpy()
            if np.nanstd(values, axis=0).max() > 0:
                yield (name, part), values


def _without_dates(rules: Schema) -> Schema:
    """Return the schema in which no date is a feature."""
    ignored = {
        name: rules.columns[name].model_copy(update={"role": "ignored"})
        for name in rules.features_of("date")
    }
    return rules.model_copy(update={"columns": {**rules.columns, **ignored}})


def _scores(
    rows: pd.DataFrame,
    rules: Schema,
    settings: Params,
    split: str,
    tried: dict[tuple[str, str], np.ndarray],
) -> tuple[Scores, np.ndarray]:
    """Return the scores of unseen rows without and with each part, and which rows were scored."""
    name, arguments = CANDIDATES["number" if rules.task == "regression" else "classes"][0]
    linear = estimators.Params(estimator=name, arguments=arguments, seed=1)
    shape = (len(rows), len(rules.labels)) if rules.task == "multiclass" else len(rows)
    scores: Scores = {key: np.zeros(shape) for key in (None, *tried)}
    scored = np.zeros(len(rows), bool)
    for train, test in cross_validation.folds(rows, rules, split):
        fitted = featurizers.fit(rows.iloc[train], rules, settings)
        seen, unseen = (
            featurizers.transform(fitted, rows.iloc[places], rules) for places in (train, test)
        )
        target = rows[rules.target].iloc[train]
        for key in scores:
            more = (seen, unseen) if key is None else _beside(seen, unseen, tried[key], train, test)
            scores[key][test] = cross_validation.scores_of(more[0], target, more[1], linear, rules)
        scored[test] = True
    return scores, scored


def _beside(
    seen: pd.DataFrame,
    unseen: pd.DataFrame,
    values: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return features with columns more, imputed and scaled as the training rows say."""
    filled = np.where(np.isnan(values), np.nanmedian(values[train], axis=0), values)
    deviation = filled[train].std(axis=0)
    scaled = (filled - filled[train].mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    return tuple(
        pd.DataFrame(np.column_stack([part.to_numpy(), scaled[places]]))
        for part, places in ((seen, train), (unseen, test))
    )


def _gain(after: Sample, before: Sample) -> tuple[float, float, float]:
    """Return how much better the metric is, and the metric with and without the part."""
    name = CHOSEN_BY[before.task]
    values = [cross_validation.value_of(sample, name) for sample in (after, before)]
    return values[0] - values[1], *values


def _deviation(after: Sample, before: Sample) -> float:
    """Return the standard deviation of the gain between resamples of the same rows."""
    draw, count, gains = np.random.default_rng(0), len(before.truth), []
    for _ in range(RESAMPLES):
        places = draw.integers(0, count, count)
        samples = (
            replace(sample, truth=sample.truth[places], scores=sample.scores[places])
            for sample in (after, before)
        )
        gains.append(_gain(*samples)[0])
    return float(np.nanstd([gain for gain in gains if np.isfinite(gain)] or [np.inf]))
