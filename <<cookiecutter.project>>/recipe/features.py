"""The features: which numbers the model learns from, made of a row's columns.

Add a feature: write a function of the columns that it reads, decorated with its type.

    @number
    def climb(height: float | None, speed: float | None) -> float | None:
        return height / speed if height is not None and speed else None

It is a column from then on, in training and wherever a row is scored (pipeline/data/derived.py
says what functions get and return). Give it a unit test in tests/unit/test_features.py.

Numbers are imputed, marked where missing, and scaled; categories become one-hot columns, the rare
levels together in one; texts become embeddings of unit length (TF-IDF, then SVD); dates become
numbers, as `featurize.dates` in params.yaml says.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

from pydantic import Field
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler

from pipeline.core import params
from pipeline.data import schema as schemas
from pipeline.data.dates import DateFeatures
from pipeline.data.derived import category, lookup, number, text  # noqa: F401 - for your functions
from pipeline.data.schema import MISSING

TABLES = Path(__file__).with_name("tables")  # for `lookup(TABLES / "classes.csv")`
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
    dates: dict[str, DateFeatures] = Field({})
    max_cells: int = Field(ge=1)
    seed: int


def build(rules: schemas.Schema, settings: Params) -> ColumnTransformer:
    """Return the unfitted featurizer: typed columns in, a dense float64 matrix out.

    `rules` are those of the columns of schema.yaml and of the derived ones.
    """
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


class Feature(TypedDict):
    """An entry of the manifest: a feature's name, its kind and the column it comes from.

    Kinds: number (scaled), missing (1 where the number is), one_hot (with its `level`; `rare` lists
    the levels that share one), embedding (with its `dimension`). `read` lists the columns of
    schema.yaml that a derived column was made of.
    """

    name: str
    kind: str
    source: str
    level: NotRequired[str]
    rare: NotRequired[list[str]]
    dimension: NotRequired[int]
    read: NotRequired[list[str]]


def manifest(
    fitted: ColumnTransformer, derived: Mapping[str, tuple[str, ...]] | None = None
) -> list[Feature]:
    """Return what each feature is, in order; `derived` holds the columns each derived one reads."""
    entries: list[Feature] = []
    for name, step, sources in fitted.transformers_:
        if name == "number":
            entries += [{"name": source, "kind": "number", "source": source} for source in sources]
        elif name == "missing":
            entries += [_missing(sources[place]) for place in step.features_]
        elif name == "one_hot":
            entries += _one_hot(step[-1], sources)
        elif name.startswith("embedding"):
            entries += _dimensions(sources, step[1].n_components)
    derived = derived or {}
    return [
        {**entry, "read": list(derived[entry["source"]])} if entry["source"] in derived else entry
        for entry in entries
    ]


def _missing(source: str) -> Feature:
    return {"name": f"{source} {MISSING}", "kind": "missing", "source": source}


def _one_hot(encoder: OneHotEncoder, sources: list[str]) -> list[Feature]:
    columns: list[Feature] = []
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


def _dimensions(source: str, count: int) -> list[Feature]:
    return [
        {"name": f"{source}[{n}]", "kind": "embedding", "source": source, "dimension": n}
        for n in range(count)
    ]
