"""Learning: a few rows by heart, more than a trivial model knows, and nothing where nothing is.

Skill is the share of a trivial model's squared error that a model does away with: R² of a number,
of classes that of their probabilities (the skill score of Brier, 1950). A trivial model knows the
train part's mean, or its class shares, only.
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


def test_it_can_overfit_a_few_rows(features, train, rules, some, how, settings):
    places = some(settings.overfit_rows)
    few, target = features["train"].iloc[places], train[rules.target].iloc[places]
    estimator, _ = training.train(few, target, how)
    said = estimator.predict(few.to_numpy())
    if rules.task == "regression":
        what, learned = "an R² of", r2_score(target, said)
    else:
        what, learned = "an accuracy of", float(np.mean(said == target.to_numpy("U")))
    assert learned >= settings.min_overfit, (
        f"trained on {len(few)} rows, it has {what} {learned:.3f} on the same rows, below "
        f"check_model.min_overfit {settings.min_overfit}"
    )


def test_it_beats_a_model_that_knows_the_class_shares_only(scorer, test, rules, settings):
    truth, scores = rules.truth(test[rules.target]), scorer.scores(test)
    if rules.task == "regression":
        what, gain = "R²", r2_score(truth, scores)
    else:
        what, gain = "ROC AUC", roc_auc_score(truth, scores, multi_class="ovr") - 0.5
    assert gain >= settings.min_gain, (
        f"its {what} is {gain:.3f} above chance, less than check_model.min_gain {settings.min_gain}"
    )


def test_rows_score_higher_for_their_own_class_or_larger_number(scorer, test, rules):
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
            f"rows of {rules.target} = {label} score lower for it than others: "
            "the classes are swapped"
        )


def test_of_a_shuffled_target_it_learns_nothing(
    scorer, features, train, test, rules, how, estimate, settings
):
    places = np.random.default_rng(0).permutation(len(train))[: settings.shuffled_rows]
    # Each class must be among them.
    first = train[rules.target].drop_duplicates().index if rules.labels else []
    places = np.union1d(places, train.index.get_indexer(first)).astype(int)
    target = train[rules.target].iloc[np.random.default_rng(1).permutation(places)]
    estimator, _ = training.train(features["train"].iloc[places], target, how)
    truth, known = (_sides(part[rules.target], rules) for part in (test, train))
    by_chance = _skill(truth, estimate(estimator, features["test"]), known)
    assert by_chance <= settings.max_shuffled_skill, (
        f"trained on a shuffled target it has a skill of {by_chance:.3f} on the test part, above "
        f"check_model.max_shuffled_skill {settings.max_shuffled_skill}: where does it know it from?"
    )
    skill = _skill(truth, scorer.scores(test), known)
    assert skill >= by_chance + settings.min_gain, (
        f"its skill is {skill:.3f}, and {by_chance:.3f} when trained on a shuffled target: less "
        f"than check_model.min_gain {settings.min_gain} apart"
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
