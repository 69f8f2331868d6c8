"""A fitted model as a function of a few rows, without what scikit-learn checks on each call.

One row through a Pipeline takes some 10 ms, nearly all of it spent on frames and checks. Here the
numbers that were learned are taken out of the fitted transformers once, and a row's features are
put together from them directly. What this module does not know is not guessed at: `Unknown` says
what it is, and the caller goes through scikit-learn.

That both score alike is held by tests/model, and by `smoke` on every row of the test set.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import expit, softmax
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler

from pipeline.data import schema as schemas
from pipeline.data.kinds import WRITTEN_MISSING

Row = Mapping[str, Any]
Fill = Callable[[Row, np.ndarray], None]  # writes some of a row's features into (features,)
Features = Callable[[Sequence[Row]], np.ndarray]
Missing = Mapping[str, frozenset[str]]  # by column, the words that mean "no value"

NUMBERS = (SimpleImputer, StandardScaler)
ONE_HOT = (SimpleImputer, OneHotEncoder)
EMBEDDING = (TfidfVectorizer, TruncatedSVD, Normalizer)


class Unknown(Exception):
    """A part of the model that cannot be compiled: the message says which."""


def features_of(featurizer: ColumnTransformer, rules: schemas.Schema) -> Features:
    """Return a function: rows, as `schema.row_type` describes them -> features (n, features).

    The same features as `featurizer.transform` makes of the same rows cast to columns, up to the
    last bits of a sum. Raises Unknown for a featurizer that holds anything else than
    `featurize.build` puts there.
    """
    require(type(featurizer) is ColumnTransformer, featurizer)
    require(featurizer.transformer_weights is None, featurizer)
    missing = {
        name: frozenset((*rules.missing_of(name), *WRITTEN_MISSING)) for name in rules.features
    }
    fills: list[Fill] = []
    width = 0
    for name, step, sources in featurizer.transformers_:
        if step == "drop":
            continue
        compiled, count = _compiled(step, sources, width, missing)
        held = featurizer.output_indices_[name]
        require((held.start, held.stop) == (width, width + count), step)
        fills.append(compiled)
        width += count

    def features(rows: Sequence[Row]) -> np.ndarray:
        made = np.zeros((len(rows), width))
        for row, out in zip(rows, made, strict=True):
            for fill in fills:
                fill(row, out)
        return made

    return features


def require(known: bool, part: Any) -> None:
    """Raise Unknown, naming `part`, unless it is known."""
    if not known:
        raise Unknown(f"{' '.join(str(part).split())} is not known to pipeline/model/compiled.py")


def _compiled(step, sources, start: int, missing: Missing) -> tuple[Fill, int]:
    """Return what fills the features of a step from place `start` on, and their number."""
    if type(step) is MissingIndicator:
        return _marks(step, sources, start)
    require(type(step) is Pipeline, step)
    kinds = tuple(type(one) for _, one in step.steps)
    parts = [one for _, one in step.steps]
    if kinds == NUMBERS:
        return _numbers(*parts, sources, start)
    if kinds == ONE_HOT:
        return _one_hot(*parts, sources, start, missing)
    require(kinds == EMBEDDING, step)
    return _embedding(*parts, sources, start, missing)


def number(value: Any) -> float:
    """Return a number of JSON as `columns.cast` types it: NaN where there is none."""
    found = math.nan if value is None else float(value)
    return found if math.isfinite(found) else math.nan


def _numbers(
    imputer: SimpleImputer, scaler: StandardScaler, sources: Sequence[str], start: int
) -> tuple[Fill, int]:
    _require_plain(imputer)
    learned = imputer.statistics_.astype("float64")
    require(learned.shape == (len(sources),) and bool(np.isfinite(learned).all()), imputer)
    means = scaler.mean_ if scaler.with_mean else np.zeros(len(sources))
    scales = scaler.scale_ if scaler.with_std else np.ones(len(sources))
    plan = list(
        zip(
            range(start, start + len(sources)),
            sources,
            learned.tolist(),
            means.tolist(),
            scales.tolist(),
            strict=True,
        )
    )

    def fill(row: Row, out: np.ndarray) -> None:
        for place, source, median, mean, scale in plan:
            value = number(row[source])
            out[place] = ((median if math.isnan(value) else value) - mean) / scale

    return fill, len(sources)


def _require_plain(imputer: SimpleImputer) -> None:
    of_nan = isinstance(imputer.missing_values, float) and math.isnan(imputer.missing_values)
    require(of_nan and not imputer.add_indicator, imputer)


def _marks(indicator: MissingIndicator, sources: Sequence[str], start: int) -> tuple[Fill, int]:
    of_nan = isinstance(indicator.missing_values, float) and math.isnan(indicator.missing_values)
    require(of_nan, indicator)
    plan = [(start + place, sources[index]) for place, index in enumerate(indicator.features_)]

    def fill(row: Row, out: np.ndarray) -> None:
        for place, source in plan:
            if math.isnan(number(row[source])):
                out[place] = 1.0

    return fill, len(plan)


def _one_hot(
    imputer: SimpleImputer,
    encoder: OneHotEncoder,
    sources: Sequence[str],
    start: int,
    missing: Missing,
) -> tuple[Fill, int]:
    _require_plain(imputer)
    require(imputer.strategy == "constant", imputer)
    ignored = encoder.handle_unknown in ("infrequent_if_exist", "ignore")
    require(ignored and encoder.drop is None, encoder)
    plan, place = [], start
    rarities = getattr(encoder, "infrequent_categories_", [None] * len(sources))
    for source, levels, rare in zip(sources, encoder.categories_, rarities, strict=True):
        rare = set() if rare is None else set(rare)
        common = [level for level in levels if level not in rare]
        places = {level: place + number for number, level in enumerate(common)}
        place += len(common)
        places |= dict.fromkeys(rare, place)
        unseen = place if rare and encoder.handle_unknown != "ignore" else None
        place += bool(rare)
        plan.append((source, places, unseen, missing[source]))
    filler = imputer.fill_value

    def fill(row: Row, out: np.ndarray) -> None:
        for source, places, unseen, blank in plan:
            value = row[source]
            level = filler if value is None or value in blank else value
            if (found := places.get(level, unseen)) is not None:
                out[found] = 1.0

    return fill, place - start


def _embedding(
    words: TfidfVectorizer,
    svd: TruncatedSVD,
    normalizer: Normalizer,
    source: str,
    start: int,
    missing: Missing,
) -> tuple[Fill, int]:
    require(words.norm == "l2" and words.use_idf and not words.binary, words)
    require(normalizer.norm == "l2", normalizer)
    split, places, sublinear = words.build_analyzer(), words.vocabulary_, words.sublinear_tf
    weights, components = words.idf_, np.ascontiguousarray(svd.components_.T)
    count, blank = components.shape[1], missing[source]

    def fill(row: Row, out: np.ndarray) -> None:
        text = row[source]
        if text is None or text in blank:
            return
        found = Counter(places[word] for word in split(text) if word in places)
        if not found:
            return
        used = list(found)
        often = np.array(list(found.values()), dtype="float64")
        values = (np.log(often) + 1 if sublinear else often) * weights[used]
        made = (values / math.sqrt(values @ values)) @ components[used]
        if length := math.sqrt(made @ made):
            out[start : start + count] = made / length

    return fill, count


def levels_of(featurizer) -> dict[str, frozenset[str]]:
    """Return, by column, the levels that the one-hot encoders of a featurizer have learned."""
    found = {}
    for _, step, sources in getattr(featurizer, "transformers_", ()):
        encoder = getattr(step, "steps", [(None, step)])[-1][1]
        if isinstance(encoder, OneHotEncoder):
            for source, levels in zip(sources, encoder.categories_, strict=True):
                found[source] = frozenset(levels)
    return found


def probabilities_of(estimator, width: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function: features (n, width) -> probabilities (n, classes).

    That of a logistic regression is worked out here, once it has been seen to say what the
    estimator says; any other estimator is asked itself.
    """
    if type(estimator) is not LogisticRegression:
        return estimator.predict_proba
    weights, intercept = np.ascontiguousarray(estimator.coef_.T), estimator.intercept_

    def direct(features: np.ndarray) -> np.ndarray:
        found = features @ weights + intercept
        if found.shape[1] > 1:
            return softmax(found, axis=1)
        positive = expit(found)
        return np.concatenate([1 - positive, positive], axis=1)

    probes = np.random.default_rng(0).normal(size=(20, width))
    same = np.allclose(direct(probes), estimator.predict_proba(probes), rtol=0, atol=1e-12)
    return direct if same else estimator.predict_proba
