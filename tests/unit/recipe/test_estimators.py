"""Estimators are built as section `train` of params.yaml says."""

import pytest

from recipe import estimators


def params_of(estimator: str, **arguments) -> estimators.Params:
    return estimators.Params(estimator=estimator, arguments=arguments, seed=1)


@pytest.mark.slow
def test_the_seed_goes_where_a_seed_is_taken():
    assert estimators.build(params_of("sklearn.tree.DecisionTreeClassifier")).random_state == 1
    own = params_of("sklearn.tree.DecisionTreeClassifier", random_state=5)
    assert estimators.build(own).random_state == 5, "the arguments have the last word"
    assert not hasattr(
        estimators.build(params_of("sklearn.naive_bayes.GaussianNB")), "random_state"
    )
