"""train: features -> model. Deterministic: same inputs, same bytes.

The model is one Pipeline, featurizer then estimator, so that whoever holds it can score raw rows.
"""

import importlib
import inspect
import warnings
from typing import Any

import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from pipeline.core import params
from pipeline.core.stage import Input, Output, Refusal, Report, run, say
from pipeline.data import schema as schemas
from pipeline.model import model_file

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


def main(
    features: Input, dataset: Input, featurizer: Input, schema: Input, model: Output, report: Report
) -> dict:
    """Fit the estimator on the train part's features; write featurizer and estimator as one."""
    settings = params.load("train", Params)
    rules = schemas.load(schema)
    rows = pd.read_parquet(features / "train.parquet")
    target = pd.read_parquet(dataset / "train.parquet", columns=[rules.target])[rules.target]
    estimator, notes = train(rows, target, settings)
    for note in notes:
        say(f"train: {note}", error=True)
    fitted = Pipeline([("featurizer", model_file.load(featurizer)), ("estimator", estimator)])
    model_file.save(fitted, model)
    say(f"train: {settings.estimator} on {len(rows):,} rows of {rows.shape[1]} features")
    return {"rows": len(rows), "features": rows.shape[1], "notes": notes}


def train(rows: pd.DataFrame, target: pd.Series, settings: Params) -> tuple[Any, list[str]]:
    """Return the estimator fitted on `rows` (n, features) and `target` (n,), and what it warned of.

    Raises Refusal for an estimator or an argument that is unknown or does not fit the data.
    """
    estimator = build(settings)
    numeric = target.dtype.kind == "f"
    if numeric != (settings.estimator in REGRESSORS):
        kind, right = ("a number", REGRESSORS) if numeric else ("a category", CLASSIFIERS)
        raise Refusal(
            f"params.yaml: `train.estimator` {settings.estimator} does not learn {kind}, which the "
            f"target is; these do: {', '.join(right)}"
        )
    try:
        # The order in which threads add up numbers would show in the last bits of the model.
        with warnings.catch_warnings(record=True) as caught, threadpool_limits(1, "blas"):
            warnings.simplefilter("always", ConvergenceWarning)
            estimator.fit(rows.to_numpy(), target.to_numpy(dtype="f8" if numeric else "U"))
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise Refusal(f"{settings.estimator} cannot be trained: {reason}") from None
    return estimator, sorted({str(item.message).splitlines()[0] for item in caught})


def whole(featurizer, rows: pd.DataFrame, target: pd.Series, settings: Params) -> Pipeline:
    """Return the model: the fitted `featurizer`, and an estimator fitted on its features `rows`."""
    estimator, _ = train(rows, target, settings)
    return Pipeline([("featurizer", featurizer), ("estimator", estimator)])


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


if __name__ == "__main__":
    run(main)
