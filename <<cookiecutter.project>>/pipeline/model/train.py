"""train: features -> model. Deterministic: same inputs, same bytes.

The model is one Pipeline, featurizer then estimator, so that whoever holds it can score raw rows.
"""

import pandas as pd
from sklearn.pipeline import Pipeline

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.stage import Input, Output, Report, run
from pipeline.data import schema as schemas
from pipeline.model import model_file
from pipeline.model.training import train
from recipe.estimators import Params


def main(
    features: Input, dataset: Input, featurizer: Input, schema: Input, model: Output, report: Report
) -> dict:
    """Fit the estimator on the training set's features; write featurizer and estimator as one."""
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


if __name__ == "__main__":
    run(main)
