"""featurize: data set -> features. The featurizer learns from the train part alone.

Numbers are imputed, marked where missing and scaled; categories become one-hot columns, the rare
levels together in one; texts become embeddings of unit length (TF-IDF, then SVD).
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from pipeline.core import params
from pipeline.core.stage import Input, Output, Refusal, Report, run, say, write_json
from pipeline.data import schema as schemas
from pipeline.data.schema import MISSING
from pipeline.model import model_file

RARE = "(rare)"  # the one-hot column that rare and unseen levels share


class Categories(params.Section):
    min_rows: int = Field(ge=1)


class Texts(params.Section):
    dimensions: int = Field(ge=1)
    min_rows: int = Field(ge=1)
    max_words: int = Field(ge=2)


class Params(params.Section):
    """Section `featurize` of params.yaml."""

    categories: Categories
    texts: Texts
    max_cells: int = Field(ge=1)
    seed: int


def main(
    dataset: Input, schema: Input, featurizer: Output, features: Output, report: Report
) -> dict:
    """Fit the featurizer on the train part; write it, and both parts as features."""
    settings = params.load("featurize", Params)
    rules = schemas.load(schema)
    train = pd.read_parquet(dataset / "train.parquet")
    require_room(train, rules, settings)
    fitted = fit(train, rules, settings)
    columns = manifest(fitted, rules)
    model_file.save(fitted, featurizer)
    features.mkdir(parents=True, exist_ok=True)
    for part in ("train", "test"):
        rows = pd.read_parquet(dataset / f"{part}.parquet")
        transform(fitted, rows, rules).to_parquet(features / f"{part}.parquet")
    write_json(features / "manifest.json", columns)
    kinds = pd.Series([column["kind"] for column in columns]).value_counts().to_dict()
    counts = {kind: int(count) for kind, count in sorted(kinds.items())}
    shown = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    say(f"featurize: {len(columns)} features: {shown}")
    return {"features": len(columns), "kinds": counts}


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
    """Return how many features the train part's columns will be."""
    numbers = train[rules.features_of("number")]
    count = numbers.shape[1] + int(numbers.isna().any().sum())
    for name in rules.features_of("category"):
        rows = train[name].value_counts(dropna=False)
        rare = rows < settings.categories.min_rows
        count += int((~rare).sum()) + bool(rare.any())
    return count + settings.texts.dimensions * len(rules.features_of("text"))


def fit(train: pd.DataFrame, rules: schemas.Schema, settings: Params) -> ColumnTransformer:
    """Return the featurizer of the schema's features, fitted on `train`."""
    featurizer = build(rules, settings)
    try:
        with threadpool_limits(1, "blas"):  # see train: threads show in the last bits
            return featurizer.fit(train[rules.features])
    except ValueError as error:
        raise Refusal(f"the featurizer cannot learn from the train part: {_line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def build(rules: schemas.Schema, settings: Params) -> ColumnTransformer:
    """Return the unfitted featurizer: typed columns in, a dense float64 matrix out."""
    numbers = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
    )
    indicator = MissingIndicator(features="missing-only", error_on_new=False)
    one_hot = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=MISSING, keep_empty_features=True),
        OneHotEncoder(
            min_frequency=settings.categories.min_rows,
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
        ),
    )
    steps = [
        ("number", numbers, rules.features_of("number")),
        ("missing", indicator, rules.features_of("number")),
        ("one_hot", one_hot, rules.features_of("category")),
    ]
    steps += [
        (f"embedding {name}", _embedding(settings), name) for name in rules.features_of("text")
    ]
    present = [step for step in steps if step[2]]
    return ColumnTransformer(present, sparse_threshold=0)


def _embedding(settings: Params) -> Pipeline:
    """Return texts -> `dimensions` numbers of length 1; all 0 where no word is known."""
    texts = settings.texts
    return make_pipeline(
        TfidfVectorizer(min_df=texts.min_rows, max_features=texts.max_words, sublinear_tf=True),
        TruncatedSVD(texts.dimensions, random_state=settings.seed),
        Normalizer(),
    )


def manifest(fitted: ColumnTransformer, rules: schemas.Schema) -> list[dict]:
    """Return, for each feature in order, its name, its kind and the column it comes from.

    Kinds: number (scaled), missing (1 where the number is), one_hot (with its level; `rare` lists
    the levels that share one), embedding (with its dimension).
    """
    columns: list[dict] = []
    for name, step, sources in fitted.transformers_:
        if name == "number":
            columns += [{"name": source, "kind": "number", "source": source} for source in sources]
        elif name == "missing":
            columns += [_missing(sources[number]) for number in step.features_]
        elif name == "one_hot":
            columns += _one_hot(step[-1], sources)
        elif name.startswith("embedding"):
            columns += _dimensions(sources, step[1].n_components)
    return columns


def _missing(source: str) -> dict:
    return {"name": f"{source} {MISSING}", "kind": "missing", "source": source}


def _one_hot(encoder: OneHotEncoder, sources: list[str]) -> list[dict]:
    columns = []
    for source, levels, rare in zip(
        sources, encoder.categories_, encoder.infrequent_categories_, strict=True
    ):
        rare = [] if rare is None else list(rare)
        for level in [level for level in levels if level not in rare]:
            name = f"{source}={level}"
            columns.append({"name": name, "kind": "one_hot", "source": source, "level": level})
        if rare:
            name = f"{source}={RARE}"
            columns.append({"name": name, "kind": "one_hot", "source": source, "rare": rare})
    return columns


def _dimensions(source: str, count: int) -> list[dict]:
    return [
        {"name": f"{source}[{n}]", "kind": "embedding", "source": source, "dimension": n}
        for n in range(count)
    ]


def transform(fitted: ColumnTransformer, rows: pd.DataFrame, rules: schemas.Schema) -> pd.DataFrame:
    """Return the features of `rows`: float64, named by the manifest, the row's id as index.

    Raises Refusal when the featurizer does not take a value.
    """
    names = [column["name"] for column in manifest(fitted, rules)]
    values = np.empty((0, len(names)))
    if len(rows):  # scikit-learn takes no table without rows
        try:
            values = np.asarray(fitted.transform(rows[rules.features]), dtype="float64")
        except ValueError as error:
            raise Refusal(f"the featurizer cannot transform rows: {_line(error)}") from None
    return pd.DataFrame(values, columns=names, index=pd.Index(rows[rules.id]))


def read_manifest(features: Path) -> list[dict]:
    """Return the manifest in the folder `features`."""
    return json.loads((features / "manifest.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    run(main)
