"""Learning: the estimator can learn a few rows by heart, and the model beats a trivial one."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pipeline import params
from pipeline import train as stage


@pytest.fixture
def few(train, rules, settings):
    """As many rows of each class, `overfit_rows` in all."""
    count = settings.overfit_rows // 2
    parts = [train[train[rules.target] == label].head(count) for label in rules.labels]
    return pd.concat(parts)


def test_it_can_overfit_a_few_rows(model, few, rules, settings):
    features = pd.DataFrame(model[0].transform(few[rules.features]))
    how = params.load("train", stage.Params)
    estimator, _ = stage.train(features, few[rules.target], how)
    accuracy = (estimator.predict(features.to_numpy()) == few[rules.target].to_numpy("U")).mean()
    assert accuracy >= settings.overfit_accuracy, (
        f"trained on {len(few)} rows it gets {accuracy:.0%} of them right, fewer than "
        f"test_model.overfit_accuracy {settings.overfit_accuracy:.0%}"
    )


def test_it_beats_a_model_that_knows_the_class_shares_only(scorer, test, rules, settings):
    positive = test[rules.target] == rules.columns[rules.target].positive
    gain = roc_auc_score(positive, scorer.scores(test)) - 0.5
    assert gain >= settings.min_gain, (
        f"its ROC AUC is {gain:.3f} above chance, less than test_model.min_gain {settings.min_gain}"
    )


def test_positive_rows_score_higher_on_average(scorer, test, rules):
    positive = (test[rules.target] == rules.columns[rules.target].positive).to_numpy()
    scores = scorer.scores(test)
    assert np.mean(scores[positive]) > np.mean(scores[~positive]), "the classes are swapped"
