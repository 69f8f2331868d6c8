"""The features: which numbers the model learns from, made of a row's columns.

Numbers are imputed, marked where missing, and scaled; categories become one-hot columns, the rare
levels together in one; texts become embeddings of unit length (TF-IDF, then SVD).
"""

from pydantic import Field
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler

from pipeline.core import params
from pipeline.data import schema as schemas
from pipeline.data.schema import MISSING

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
