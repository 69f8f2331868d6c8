"""Parameters of a new table's model: the estimator, and the gate on the model's behaviour."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.adopt import cross_validation
from pipeline.adopt.cross_validation import Trial, value_of
from pipeline.adopt.proposal import Proposal, Subset, with_slack
from pipeline.core.errors import Refusal
from pipeline.data.schema import Schema
from pipeline.evaluation import bootstrap
from pipeline.evaluation.sample import Sample
from pipeline.model.scorer import Scorer
from recipe import estimators
from recipe import metrics as metric

OVERFIT = (50, 100, 200, 20, 10)  # numbers of rows to overfit: the first that the model can learn
MOST_SCORED = 2000  # rows in which unused columns are looked for


def require_gain(trial: Trial, rules: Schema) -> None:
    """Refuse a table whose columns predict the target no better than chance."""
    reached, chance = gain(trial.sample), gain_by_chance(trial.sample)
    if reached > 2 * chance:
        return
    raise Refusal(
        f"the columns do not predict `{rules.target}`: in cross-validation a model reaches "
        f"{reached:.3f} ({_gain_name(rules)}), and chance alone {chance:.3f}; other columns or "
        "more rows are needed"
    )


def put_model_gate(
    plan: Proposal, train: Subset, test: Subset, trial: Trial, model, rules: Schema
) -> None:
    """Propose the estimator and the limits of `check_model`.

    `model` is the whole model, trained on the training set.
    """
    reached = ", ".join(
        f"{name.rsplit('.', 1)[-1]} {value:.3f}" for name, value in trial.reached.items()
    )
    plan.put("train.estimator", trial.estimator,
             f"recipe/estimators.py lists the trusted ones; tried: {reached}")  # fmt: skip
    plan.put("train.arguments", dict(trial.arguments))
    rows, accuracy = _overfit(train, trial.settings, rules)
    plan.put("check_model.overfit_rows", rows)
    plan.put("check_model.min_overfit", min(0.95, math.floor(accuracy * 20 - 0.5) / 20))
    count = len(test.rows)
    skill = 0.05 if count >= 500 else 0.1 if count >= 100 else 0.2
    plan.put("check_model.max_shuffled_skill", skill)
    least = min(gain(trial.sample), _skill(trial))
    plan.put("check_model.min_gain", max(0.0, min(0.1, math.floor(least * 400) / 1000)))
    plan.put("check_model.unused", _unused(model, test.rows, rules))
    plan.put("check_model.expectations", _expectations(test.rows, rules))


def _expectations(test: pd.DataFrame, rules: Schema) -> list[dict]:
    """Return what must not change a prediction: the id of a row, and its time."""
    expectations = [
        {"name": "the id of a row changes nothing", "set": {rules.id: "0"}, "expect": "same"}
    ]
    for name in rules.with_role("time"):
        last = f"{test[name].max():%Y-%m-%d}"
        expectations.append(
            {"name": "the time of a row changes nothing", "set": {name: last}, "expect": "same"}
        )
    return expectations


def warn_of_test_set(
    plan: Proposal, model, test: pd.DataFrame, trial: Trial, rules: Schema
) -> None:
    """Ask about a model that fails on the test set; no threshold is taken from that."""
    scores, truth = Scorer(model, rules).scores(test), rules.truth(test[rules.target])
    reached = gain(replace(trial.sample, truth=truth, scores=scores))
    if reached >= plan.values["check_model.min_gain"][0]:
        return
    plan.questions.insert(
        0,
        f"`make validate` will stop: on the test set the model reaches {reached:.2f} "
        f"({_gain_name(rules)}), in cross-validation {gain(trial.sample):.2f}. Have the rows "
        "changed over time (then only newer rows help), or is the split wrong?",
    )


def put_mock_gate(
    plan: Proposal, model, real: pd.DataFrame, mocks: pd.DataFrame, rules: Schema
) -> None:
    """Propose how far the scores of typical `mocks` may lie beyond those of `real` rows."""
    scorer = Scorer(model, rules)
    real_scores, mock_scores = (
        scores.reshape(len(scores), -1) for scores in (scorer.scores(real), scorer.scores(mocks))
    )
    low, high = real_scores.min(axis=0), real_scores.max(axis=0)
    beyond = np.maximum(low - mock_scores.min(axis=0), mock_scores.max(axis=0) - high)
    most = float((beyond / np.maximum(high - low, 1e-12)).max(initial=0))
    plan.put("check_model.max_mock_beyond", max(0.1, with_slack(most)))


def gain(sample: Sample) -> float:
    """Return how far the sample's ROC AUC is above chance, or its R²."""
    if sample.task == "regression":
        return value_of(sample, "r2")
    return value_of(sample, "roc_auc") - 0.5


def gain_by_chance(sample: Sample) -> float:
    """Return the standard deviation of `gain` in resamples of the sample's rows."""
    name = "r2" if sample.task == "regression" else "roc_auc"
    metrics = {name: metric.metrics_of(sample.task, sample.labels)[name]}
    part = [bootstrap.Part(np.arange(len(sample.truth)), metrics)]
    ((resampled,),) = bootstrap.resample([sample], part, cross_validation.RESAMPLES, seed=1)
    return float(np.nanstd(resampled[name]))


def _gain_name(rules: Schema) -> str:
    return "R²" if rules.task == "regression" else "ROC AUC above 0.5"


def _skill(trial: Trial) -> float:
    """Return the share of the baseline's squared error that the tried model avoids."""
    truth, scores, baseline = trial.sample.truth, trial.sample.scores, trial.baseline.scores
    if trial.sample.task == "multiclass":
        truth = truth[:, None] == np.arange(scores.shape[1])
    return float(1 - ((truth - scores) ** 2).sum() / ((truth - baseline) ** 2).sum())


def _overfit(train: Subset, settings: estimators.Params, rules: Schema) -> tuple[int, float]:
    """Return the first of OVERFIT rows that the estimator learns by heart, and its score there.

    The score is the accuracy, or R².
    """
    name = "r2" if rules.task == "regression" else "accuracy"
    kind, reached = metric.metrics_of(rules.task, rules.labels)[name], {}
    for count in OVERFIT:
        places = _some(train.rows, count, rules)
        target = train.rows[rules.target].iloc[places]
        if count > len(train.rows) or target.nunique() < max(2, len(rules.labels)):
            continue
        some = train.features.iloc[places]
        scores = cross_validation.scores_of(some, target, some, settings, rules)
        reached[count] = kind.value(rules.truth(target), scores, 0.5)
        if reached[count] >= 0.96:
            return count, reached[count]
    if not reached:
        return OVERFIT[-1], 0.1
    best = max(reached, key=reached.get)
    return best, max(0.1, reached[best])


def _some(rows: pd.DataFrame, count: int, rules: Schema) -> np.ndarray:
    """Return the places of about `count` rows, the same number of each class."""
    if rules.task == "regression":
        return np.random.default_rng(0).permutation(len(rows))[:count]
    labels, each = rows[rules.target].to_numpy(), count // len(rules.labels)
    return np.concatenate([np.flatnonzero(labels == label)[:each] for label in rules.labels])


def _unused(model, test: pd.DataFrame, rules: Schema) -> list[str]:
    """Return the features' columns that change no score, whichever value they have."""
    scorer, unused = Scorer(model, rules), []
    rows = test.head(MOST_SCORED)
    before = scorer.scores(rows)
    for name in rules.features:
        values = rows[name].to_numpy(dtype=object)
        others = (rules.columns[name].kind.missing, np.roll(values, 1), values[::-1])
        changes = (np.abs(scorer.scores(rows.assign(**{name: other})) - before) for other in others)
        if not any(change.max() > 1e-9 for change in changes):
            unused.append(name)
    return unused
