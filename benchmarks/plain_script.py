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
from pipeline.data import schema as schemas
from pipeline.data import split, tables
from pipeline.data.rows import check
from pipeline.evaluation import page as evaluation_page
from pipeline.evaluation import plots
from pipeline.evaluation import settings as evaluate_settings
from pipeline.evaluation.baseline import with_baseline
from pipeline.evaluation.evaluate import summary
from pipeline.evaluation.judge import judge
from pipeline.evaluation.measure import Rivals, measure
from pipeline.evaluation.sample import sample_of
from pipeline.evaluation.slices import cut
from pipeline.gates import verdict
from pipeline.gates.settings import DataParams, ModelParams
from pipeline.mocks import mock_rows
from pipeline.model import featurizer as featurizers
from pipeline.model import model_file, training
from pipeline.model.scorer import Scorer
from recipe import estimators, metrics
from recipe import features as recipe_features

WORK = Path("plain")


def main() -> None:
    settings = {
        section: params.load(section, model)
        for section, model in {
            "ingest": split.Params,
            "featurize": recipe_features.Params,
            "check_data": DataParams,
            "train": estimators.Params,
            "check_model": ModelParams,
            "evaluate": evaluate_settings.Params,
        }.items()
    }
    rules = schemas.load(Path("schema.yaml"))
    WORK.mkdir(exist_ok=True)
    parts = read(rules, settings["ingest"])
    fitted = featurizers.fit(parts["train"], rules, settings["featurize"])
    features = {part: featurizers.transform(fitted, rows, rules) for part, rows in parts.items()}
    for part in parts:
        parts[part].to_parquet(WORK / f"{part}.parquet", index=False)
    folder = WORK / "features"
    folder.mkdir(exist_ok=True)
    for part, frame in features.items():
        frame.to_parquet(folder / f"{part}.parquet")
    write_json(folder / "manifest.json", featurizers.manifest(fitted, rules))
    model_file.save(fitted, WORK / "featurizer.skops")
    given = {
        "dataset": WORK,
        "features": folder,
        "featurizer": WORK / "featurizer.skops",
        "schema": Path("schema.yaml"),
        "mocks": Path("tests/mocks.csv"),
    }
    mock_rows.read(given["mocks"], rules)
    raw = Path(settings["ingest"].raw)
    verdict.judge(Path("tests/data"), raw=raw, settings=settings["check_data"], **given)
    estimator, _ = training.train(
        features["train"], parts["train"][rules.target], settings["train"]
    )
    model = Pipeline([("featurizer", fitted), ("estimator", estimator)])
    model_file.save(model, WORK / "model.skops")
    verdict.judge(
        Path("tests/model"), model=WORK / "model.skops", settings=settings["check_model"], **given
    )
    report(model, parts, rules, settings["evaluate"])


def read(rules: schemas.Schema, settings: split.Params) -> dict[str, pd.DataFrame]:
    """Return the good rows of the raw table, split."""
    typed, found = check(tables.read(Path(settings.raw)), rules)
    train, test = split.training_and_test(typed[~typed.index.isin(found["row"])], rules, settings)
    return {"train": train, "test": test}


def report(model, parts, rules: schemas.Schema, settings: evaluate_settings.Params) -> None:
    """Measure, judge and draw."""
    test = parts["test"]
    known = metrics.metrics_of(rules.task, rules.labels)
    sample = sample_of(Scorer(model, rules), test, settings.decision_threshold)
    rivals = Rivals(sample, with_baseline(sample, parts["train"], rules))
    pieces = cut(test, settings.slices, "evaluate.slices")
    measured = measure(rivals, pieces, known, settings)
    measured["champion"]["absent"] = "none is asked"
    reasons = judge(measured, known, settings)
    plots.write_tables(WORK / "plots", sample)
    html = evaluation_page.render(sample, measured, reasons, known, settings, rules)
    (WORK / "evaluate.html").write_text(html, encoding="utf-8")
    print(summary(measured), reasons)


if __name__ == "__main__":
    main()
