"""Learning: the model can overfit, beats the baseline, and learns nothing from a shuffled target.

Skill is the share of the baseline's squared error that a model avoids: R² of a number; of classes,
the skill score of their probabilities (Brier, 1950). The baseline knows only the training set's
mean, or its class shares.
"""

import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from pipeline.core import params
from pipeline.model import training
from recipe import estimators


@pytest.fixture(scope="module")
def how():
    return params.load("train", estimators.Params)


def test_the_model_can_overfit_a_few_rows(features, train, rules, some, how, settings):
    places = some(settings.overfit_rows)
    few, target = features["train"].iloc[places], train[rules.target].iloc[places]
    estimator, _ = training.train(few, target, how)
    predicted = estimator.predict(few.to_numpy())
    if rules.task == "regression":
        what, learned = "an R² of", r2_score(target, predicted)
    else:
        what, learned = "an accuracy of", float(np.mean(predicted == target.to_numpy("U")))
    assert learned >= settings.min_overfit, (
        f"trained on {len(few)} rows, the model has {what} {learned:.3f} on the same rows, below "
        f"check_model.min_overfit {settings.min_overfit}"
    )


def test_the_model_beats_the_baseline(scorer, test, rules, settings):
    truth, scores = rules.truth(test[rules.target]), scorer.scores(test)
    if rules.task == "regression":
        what, gain = "R²", r2_score(truth, scores)
    else:
        what, gain = "ROC AUC", roc_auc_score(truth, scores, multi_class="ovr") - 0.5
    assert gain >= settings.min_gain, (
        f"the model's {what} is {gain:.3f} above chance, less than "
        f"check_model.min_gain {settings.min_gain}"
    )


def test_scores_rise_with_the_target(scorer, test, rules):
    truth, scores = rules.truth(test[rules.target]), scorer.scores(test)
    if rules.task == "regression":
        rises = np.corrcoef(truth, scores)[0, 1]
        assert rises > 0, f"the scores fall where the target rises (correlation {rises:.2f})"
        return
    for place, label in enumerate(rules.labels):
        if rules.task == "binary":
            score, own = scores if place else 1 - scores, truth == bool(place)
        else:
            score, own = scores[:, place], truth == place
        assert score[own].mean() > score[~own].mean(), (
            f"rows of {rules.target} = {label} score lower for that class than other rows: "
            "are the classes swapped?"
        )


def test_nothing_is_learned_from_a_shuffled_target(
    scorer, features, train, test, rules, how, estimate, settings
):
    places = np.random.default_rng(0).permutation(len(train))[: settings.shuffled_rows]
    # Each class must occur in the sample.
    first = train[rules.target].drop_duplicates().index if rules.labels else []
    places = np.union1d(places, train.index.get_indexer(first)).astype(int)
    target = train[rules.target].iloc[np.random.default_rng(1).permutation(places)]
    estimator, _ = training.train(features["train"].iloc[places], target, how)
    truth, known = (_sides(part[rules.target], rules) for part in (test, train))
    by_chance = _skill(truth, estimate(estimator, features["test"]), known)
    assert by_chance <= settings.max_shuffled_skill, (
        f"trained on a shuffled target, the model has a skill of {by_chance:.3f} on the "
        f"test set, above check_model.max_shuffled_skill {settings.max_shuffled_skill}: "
        "where did it learn that?"
    )
    skill = _skill(truth, scorer.scores(test), known)
    assert skill >= by_chance + settings.min_gain, (
        f"the model's skill is {skill:.3f}, and {by_chance:.3f} when trained on a shuffled target: "
        f"less than check_model.min_gain {settings.min_gain} apart"
    )


def _sides(target, rules):
    """The target as scores are: (n,), or (n, classes) of 0 and 1."""
    truth = rules.truth(target)
    if rules.task == "multiclass":
        return (truth[:, None] == np.arange(len(rules.labels))).astype(float)
    return truth.astype(float)


def _skill(truth, scores, known):
    """1 - squared error / that of the mean of `known`."""
    return 1 - ((truth - scores) ** 2).sum() / ((truth - known.mean(axis=0)) ** 2).sum()
