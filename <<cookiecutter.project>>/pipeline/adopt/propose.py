"""Proposes all parameters for a described table: data, model, thresholds, slices and mocks."""

import json

import pandas as pd

from pipeline.adopt import (
    cross_validation,
    propose_data,
    propose_dates,
    propose_mocks,
    propose_model,
    propose_thresholds,
)
from pipeline.adopt.describe import Described
from pipeline.adopt.proposal import Proposal, Subset
from pipeline.adopt.settings import Params
from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.data import split
from pipeline.data.schema import Schema
from pipeline.evaluation.slices import cut
from pipeline.mocks import mock_rows
from pipeline.model import featurizer as featurizers
from pipeline.model import training


def propose(described: Described, asked: Params) -> Proposal:
    """Return the parameters and the mocks for a described table.

    Raises Refusal where it cannot be split, or where no model predicts the target.
    """
    rules, plan = described.rules, Proposal()
    plan.questions, plan.warnings = described.questions, described.warnings
    settings, train_rows, test_rows = _split(plan, described)
    how = propose_data.features(train_rows, rules)
    propose_data.put_features(plan, how)
    how = propose_dates.put_dates(plan, train_rows, rules, how, settings.split.by)
    say("adopt: trying two estimators by cross-validation")
    trial = cross_validation.run(train_rows, rules, how, settings.split.by)
    propose_model.require_gain(trial, rules)
    trial = trial.with_threshold(propose_thresholds.decision_threshold(trial))
    kept = max(1, described.survey.rows - described.survey.without_target)
    drawn = min(kept, settings.max_rows)
    tested = max(1, round(len(test_rows) * drawn / max(1, len(described.rows))))
    propose_thresholds.put_thresholds(plan, trial, tested, rules)
    cuts = propose_thresholds.cuts(train_rows, test_rows, rules, asked.slices)
    slices = cut(trial.rows, cuts, "SLICES")
    propose_thresholds.put_slices(plan, cuts, slices, trial, tested)
    fitted = featurizers.fit(train_rows, rules, how)
    train, test = (
        Subset(rows, featurizers.transform(fitted, rows, rules)) for rows in (train_rows, test_rows)
    )
    propose_data.put_most_rows(plan, train.features.shape[1], kept, settings)
    propose_data.put_data_gate(plan, train, test, rules, described.strong)
    say("adopt: training the model, and measuring what its gate asks for")
    model = training.whole(fitted, train.features, train_rows[rules.target], trial.settings)
    propose_model.put_model_gate(plan, train, test, trial, model, rules)
    propose_model.warn_of_test_set(plan, model, test_rows, trial, rules)
    say("adopt: making mocks")
    mocks, figures = propose_mocks.put_mocks(plan, train, test, fitted, rules)
    sampled = drawn > len(described.rows)
    propose_mocks.put_mock_figures(plan, figures, drawn if sampled else None)
    real, typical = pd.concat([train_rows, test_rows]), mock_rows.of_kind(mocks, "typical")
    propose_model.put_mock_gate(plan, model, real, typical, rules)
    return plan


def _split(plan: Proposal, described: Described) -> tuple[split.Params, pd.DataFrame, pd.DataFrame]:
    """Propose the split; return it with the rows of the training set and of the test set."""
    how = propose_data.split_of(described.rows, described.rules)
    settings = params.load("ingest", split.Params).model_copy(update={"split": how})
    train, test = split.training_and_test(described.rows, described.rules, settings)
    if reasons := split.faults(train, test, described.rules):
        raise Refusal("; ".join([*reasons, *_advice(described.rules, test)]))
    propose_data.put_split(plan, how, described.bad)
    return settings, train.reset_index(drop=True), test.reset_index(drop=True)


def _advice(rules: Schema, test: pd.DataFrame) -> list[str]:
    """Return what helps where a class has no row in the test set."""
    lost = [label for label in rules.labels if not (test[rules.target] == label).any()]
    if not lost or len(rules.labels) == 2:
        return []
    labels = json.dumps(lost, ensure_ascii=False)
    return [
        f"SET='columns.{rules.target}.left_out={labels}' leaves out the rows of that class, or "
        "choose another split"
    ]
