"""The same job as the stages up to `evaluate`, as one plain script in one process.

It calls the same libraries on the same rows: read, check by pandera, split, featurize, test the
features, train, save, test the model, evaluate with slices, intervals and pictures. It has no
stages, records or digests: what it costs beside the pipeline is what those cost. Run it in a baked
project.
"""

from pathlib import Path

import pandas as pd
from sklearn.pipeline import Pipeline

from pipeline.core import params
from pipeline.core.files import write_json
from pipeline.data import ingest, tables
from pipeline.data import schema as schemas
from pipeline.evaluation import evaluate, plots
from pipeline.evaluation import page as evaluation_page
from pipeline.evaluation.slices import cut
from pipeline.gates import check_data, check_model, verdict
from pipeline.mocks import mock_rows
from pipeline.model import featurizer as featurizers
from pipeline.model import model_file, training
from pipeline.model.scorer import Scorer
from recipe import estimators, metrics
from recipe import features as recipe_features

WORK = Path("plain")


def main() -> None:
    settings = {
        module: params.load(section, module.Params)
        for section, module in {
            "ingest": ingest,
            "featurize": recipe_features,
            "check_data": check_data,
            "train": estimators,
            "check_model": check_model,
            "evaluate": evaluate,
        }.items()
    }
    rules = schemas.load(Path("schema.yaml"))
    WORK.mkdir(exist_ok=True)
    parts = read(rules, settings[ingest])
    fitted = featurizers.fit(parts["train"], rules, settings[recipe_features])
    features = {part: featurizers.transform(fitted, rows, rules) for part, rows in parts.items()}
    for part in parts:
        parts[part].to_parquet(WORK / f"{part}.parquet", index=False)
    folder = WORK / "features"
    folder.mkdir(exist_ok=True)
    for part, frame in features.items():
        frame.to_parquet(folder / f"{part}.parquet")
    write_json(folder / "manifest.json", recipe_features.manifest(fitted, rules))
    model_file.save(fitted, WORK / "featurizer.skops")
    given = {
        "dataset": WORK,
        "features": folder,
        "featurizer": WORK / "featurizer.skops",
        "schema": Path("schema.yaml"),
        "mocks": Path("tests/mocks.csv"),
    }
    mock_rows.read(given["mocks"], rules)
    raw = Path(settings[ingest].raw)
    verdict.judge(Path("tests/data"), raw=raw, settings=settings[check_data], **given)
    estimator, _ = training.train(
        features["train"], parts["train"][rules.target], settings[estimators]
    )
    model = Pipeline([("featurizer", fitted), ("estimator", estimator)])
    model_file.save(model, WORK / "model.skops")
    verdict.judge(
        Path("tests/model"), model=WORK / "model.skops", settings=settings[check_model], **given
    )
    report(model, parts, rules, settings[evaluate])


def read(rules: schemas.Schema, settings: ingest.Params) -> dict[str, pd.DataFrame]:
    """Return the good rows of the raw table, split."""
    typed, found = ingest.check(tables.read(Path(settings.raw)), rules)
    train, test = ingest.split(typed[~typed.index.isin(found["row"])], rules, settings)
    return {"train": train, "test": test}


def report(model, parts, rules: schemas.Schema, settings: evaluate.Params) -> None:
    """Measure, judge and draw."""
    test = parts["test"]
    known = metrics.metrics_of(rules.task, rules.labels)
    sample = evaluate.sample_of(Scorer(model, rules), test, settings)
    rivals = evaluate.Rivals(sample, evaluate.baseline(sample, parts["train"], rules))
    pieces = cut(test, settings.slices, "evaluate.slices")
    measured = evaluate.measure(rivals, pieces, known, settings)
    measured["champion"]["absent"] = "none is asked"
    reasons = evaluate.judge(measured, known, settings)
    plots.write_tables(WORK / "plots", sample)
    html = evaluation_page.render(sample, measured, reasons, known, settings, rules)
    (WORK / "evaluate.html").write_text(html, encoding="utf-8")
    print(evaluate.summary(measured), reasons)


if __name__ == "__main__":
    main()
