"""The fitted featurizer: learned from the training set alone, it turns typed rows into features."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from threadpoolctl import threadpool_limits

from pipeline.core.errors import Refusal
from pipeline.data import schema as schemas
from pipeline.model import inputs
from recipe import features as recipe_features
from recipe.features import Feature, Params, build


def require_room(train: pd.DataFrame, rules: schemas.Schema, settings: Params) -> None:
    """Refuse rows that would make more features than `max_cells`, before they are made."""
    count, most = width(train, rules, settings), settings.max_cells
    if len(train) * count > most:
        raise Refusal(
            f"{len(train):,} rows of {count:,} features are {len(train) * count:,} cells, more "
            f"than featurize.max_cells {most:,}: lower ingest.max_rows to about "
            f"{most / (len(train) * count):.0%} of the rows there are now, or make fewer features "
            "(featurize.categories.min_rows)"
        )


def width(train: pd.DataFrame, rules: schemas.Schema, settings: Params) -> int:
    """Return how many features the training set's columns will be."""
    given = inputs.declared(rules, settings)
    train, rules = given.table(train), given.schema
    numbers = train[rules.features_of("number")]
    count = numbers.shape[1] + int(numbers.isna().any().sum())
    for name in rules.features_of("category"):
        rows = train[name].value_counts(dropna=False)
        rare = rows < settings.categories.min_rows
        count += int((~rare).sum()) + bool(rare.any())
    return count + settings.texts.dimensions * len(rules.features_of("text"))


def fit(train: pd.DataFrame, rules: schemas.Schema, settings: Params) -> ColumnTransformer:
    """Return the featurizer of the schema's features and the derived ones, fitted on `train`.

    Raises Refusal for a derived column that cannot be, and for values that cannot be learned from.
    """
    given = inputs.declared(rules, settings)
    featurizer = build(given.schema, settings)
    try:
        with threadpool_limits(1, "blas"):  # see train: threads show in the last bits
            return featurizer.fit(given.table(train)[given.names])
    except ValueError as error:
        raise Refusal(
            f"the featurizer cannot learn from the training set: {_line(error)}"
        ) from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def manifest(fitted: ColumnTransformer, rules: schemas.Schema) -> list[Feature]:
    """Return what each feature of a fitted featurizer is, and where it comes from, in order."""
    derived = inputs.of_model(rules, fitted).derived
    return recipe_features.manifest(fitted, {one.name: one.reads for one in derived})


def transform(fitted: ColumnTransformer, rows: pd.DataFrame, rules: schemas.Schema) -> pd.DataFrame:
    """Return the features of `rows`: float64, named by the manifest, the row's id as index.

    Raises Refusal when the featurizer does not take a value, or a derived column fails on one.
    """
    names = [feature["name"] for feature in recipe_features.manifest(fitted)]
    given = inputs.of_model(rules, fitted)
    values = np.empty((0, len(names)))
    if len(rows):  # scikit-learn takes no table without rows
        try:
            values = np.asarray(fitted.transform(given.table(rows)[given.names]), dtype="float64")
        except ValueError as error:
            raise Refusal(f"the featurizer cannot transform rows: {_line(error)}") from None
    return pd.DataFrame(values, columns=names, index=pd.Index(rows[rules.id]))


def read_manifest(features: Path) -> list[Feature]:
    """Return the manifest in the folder `features`."""
    return json.loads((features / "manifest.json").read_text(encoding="utf-8"))
