"""Training an estimator: deterministic, the same inputs give the same bytes."""

import warnings
from typing import Any

import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from pipeline.core.errors import Refusal
from recipe.estimators import CLASSIFIERS, REGRESSORS, Params, build


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
