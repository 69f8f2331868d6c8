"""featurize: data set -> features. The featurizer learns from the training set alone."""

import pandas as pd

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.files import write_json
from pipeline.core.stage import Input, Output, Report, run
from pipeline.data import schema as schemas
from pipeline.model import featurizer as featurizers
from pipeline.model import inputs, model_file
from recipe.features import Params


def main(
    dataset: Input, schema: Input, featurizer: Output, features: Output, report: Report
) -> dict:
    """Fit the featurizer on the training set; write it, and both sets as features."""
    settings = params.load("featurize", Params)
    rules = schemas.load(schema)
    train = pd.read_parquet(dataset / "train.parquet")
    featurizers.require_room(train, rules, settings)
    fitted = featurizers.fit(train, rules, settings)
    columns = featurizers.manifest(fitted, rules)
    model_file.save(fitted, featurizer)
    features.mkdir(parents=True, exist_ok=True)
    for part in ("train", "test"):
        rows = pd.read_parquet(dataset / f"{part}.parquet")
        featurizers.transform(fitted, rows, rules).to_parquet(features / f"{part}.parquet")
    write_json(features / "manifest.json", columns)
    kinds = pd.Series([column["kind"] for column in columns]).value_counts().to_dict()
    counts = {kind: int(count) for kind, count in sorted(kinds.items())}
    shown = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    say(f"featurize: {len(columns)} features: {shown}")
    given = inputs.of_model(rules, fitted)
    derived = [one.name for one in given.derived]
    return {"features": len(columns), "kinds": counts, "derived": derived, "reads": given.reads}


if __name__ == "__main__":
    run(main)
