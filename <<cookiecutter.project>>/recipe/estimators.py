"""The estimators that may be trained, and how one is built from section `train` of params.yaml."""

import importlib
import inspect
from typing import Any

from pipeline.core import params
from pipeline.core.errors import Refusal

# Estimators whose files model_file.py loads without running code; classifiers give probabilities.
CLASSIFIERS = (
    "sklearn.linear_model.LogisticRegression",
    "sklearn.ensemble.HistGradientBoostingClassifier",
    "sklearn.ensemble.RandomForestClassifier",
    "sklearn.ensemble.ExtraTreesClassifier",
    "sklearn.tree.DecisionTreeClassifier",
    "sklearn.naive_bayes.GaussianNB",
)
REGRESSORS = (
    "sklearn.linear_model.Ridge",
    "sklearn.linear_model.LinearRegression",
    "sklearn.ensemble.HistGradientBoostingRegressor",
    "sklearn.ensemble.RandomForestRegressor",
    "sklearn.ensemble.ExtraTreesRegressor",
    "sklearn.tree.DecisionTreeRegressor",
)
ESTIMATORS = CLASSIFIERS + REGRESSORS


class Params(params.Section):
    """Section `train` of params.yaml."""

    estimator: str
    arguments: dict[str, Any]
    seed: int


def build(settings: Params):
    """Return the unfitted estimator that `settings` names, seeded where it takes a seed."""
    if settings.estimator not in ESTIMATORS:
        hint = params.nearest(settings.estimator, ESTIMATORS)
        raise Refusal(
            f"params.yaml: `train.estimator` {settings.estimator} is not one that this project "
            f"trusts{hint}; pipeline/model/train.py lists them"
        )
    module, name = settings.estimator.rsplit(".", 1)
    kind = getattr(importlib.import_module(module), name)
    known = inspect.signature(kind).parameters
    for key in settings.arguments:
        if key not in known:
            hint = params.nearest(key, known)
            raise Refusal(f"params.yaml: `train.arguments.{key}`: {name} has no such one{hint}")
    seed = {"random_state": settings.seed} if "random_state" in known else {}
    return kind(**{**seed, **settings.arguments})
