"""The estimators of `recipe/estimators.py`: which may be trained, and how one is built."""

import pytest

from pipeline.core.errors import Refusal
from recipe import estimators

FOREST = "sklearn.ensemble.RandomForestClassifier"


def settings(estimator: str, **arguments) -> estimators.Params:
    return estimators.Params(estimator=estimator, arguments=arguments, seed=7)


@pytest.mark.parametrize("name", [*estimators.CLASSIFIERS, *estimators.REGRESSORS])
def test_each_estimator_can_be_built(name):
    assert type(estimators.build(settings(name))).__name__ == name.rsplit(".", 1)[1]


def test_an_estimator_takes_its_arguments_and_the_seed():
    forest = estimators.build(settings(FOREST, max_depth=3))
    assert (forest.max_depth, forest.random_state) == (3, 7)


def test_an_argument_may_set_another_seed():
    assert estimators.build(settings(FOREST, random_state=9)).random_state == 9


def test_an_unknown_estimator_is_refused_with_the_nearest_name():
    with pytest.raises(Refusal, match=f"did you mean `{FOREST}`"):
        estimators.build(settings("sklearn.ensemble.RandomForrestClassifier"))


def test_an_unknown_argument_is_refused_with_the_nearest_name():
    with pytest.raises(Refusal, match="did you mean `max_depth`"):
        estimators.build(settings(FOREST, max_depht=3))
