"""The estimators that may be trained, and how one is built from section `train` of params.yaml.

Add one by its full name: a classifier gives probabilities (`predict_proba`), a regressor a number.
It can be any of scikit-learn's whose file loads without running code; `make validate` names a type
that is not trusted (pipeline/model/model_file.py says which are).
"""

import importlib
import inspect
from typing import Any

from sklearn.base import BaseEstimator

from pipeline.core import params
from pipeline.core.errors import Refusal

CLASSIFIERS = [
    "sklearn.linear_model.LogisticRegression",
    "sklearn.ensemble.HistGradientBoostingClassifier",
    "sklearn.ensemble.RandomForestClassifier",
    "sklearn.ensemble.ExtraTreesClassifier",
    "sklearn.tree.DecisionTreeClassifier",
    "sklearn.naive_bayes.GaussianNB",
]
REGRESSORS = [
    "sklearn.linear_model.Ridge",
    "sklearn.linear_model.LinearRegression",
    "sklearn.ensemble.HistGradientBoostingRegressor",
    "sklearn.ensemble.RandomForestRegressor",
    "sklearn.ensemble.ExtraTreesRegressor",
    "sklearn.tree.DecisionTreeRegressor",
]


class Params(params.Section):
    """Section `train` of params.yaml."""

    estimator: str
    arguments: dict[str, Any]
    seed: int


def build(settings: Params) -> BaseEstimator:
    """Return the unfitted estimator that `settings` names, seeded where it takes a seed.

    Raises Refusal for an estimator that is not listed here, and for an unknown argument.
    """
    listed = [*CLASSIFIERS, *REGRESSORS]
    if settings.estimator not in listed:
        hint = params.nearest(settings.estimator, listed)
        raise Refusal(
            f"params.yaml: `train.estimator` {settings.estimator} is not one that this project "
            f"trusts{hint}; recipe/estimators.py lists them"
        )
    module, name = settings.estimator.rsplit(".", 1)
    estimator = getattr(importlib.import_module(module), name)
    known = inspect.signature(estimator).parameters
    for key in settings.arguments:
        if key not in known:
            hint = params.nearest(key, known)
            raise Refusal(
                f"params.yaml: `train.arguments.{key}`: {name} has no such argument{hint}"
            )
    seed = {"random_state": settings.seed} if "random_state" in known else {}
    return estimator(**{**seed, **settings.arguments})
