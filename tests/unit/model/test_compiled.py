"""The model as a function of a few rows: it scores as scikit-learn does, or says what it is not."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.tree import DecisionTreeClassifier

from pipeline.data import columns
from pipeline.model import compiled
from pipeline.model import featurizer as featurizers
from pipeline.model.scorer import Scorer
from recipe import features as recipe_features

pytestmark = pytest.mark.slow

ODD = {
    "weight": [None, 0.0, -1.5, 1e12, float("inf"), 7],
    "guests": [None, 3, 2.5],
    "size": [None, "", "n/a", "huge", "medium"],
    "town": [None, "nan", "Trier", "Köln", "Bonn"],
    "wish": [None, "", "n/a", "...", "urgent", "URGENT urgent soon", "生日 蛋糕 🎂", "a" * 5000],
}


@pytest.fixture(scope="module")
def rows(typed, rules):
    return columns.json_rows(typed, rules.features)


def odd_rows(rows):
    """Return rows that differ from the first one in one value each, and one without any value."""
    changed = [{**rows[0], name: value} for name, values in ODD.items() for value in values]
    return [*changed, dict.fromkeys(rows[0])]


def test_features_are_those_of_the_featurizer(featurizer, rules, rows, features):
    made = compiled.features_of(featurizer, rules)(rows)
    assert (made.shape, made.dtype) == (features.shape, np.float64)
    assert np.abs(made - features.to_numpy()).max() < 1e-12


def test_odd_values_are_what_the_cast_makes_of_them(featurizer, rules, rows):
    odd = odd_rows(rows)
    table = pd.DataFrame(odd).astype("object")
    typed, _ = columns.cast(table.where(table.notna(), None), rules, rules.features)
    made = compiled.features_of(featurizer, rules)(odd)
    apart = np.abs(made - featurizer.transform(typed)).max(axis=1)
    assert apart.max() < 1e-12, odd[int(apart.argmax())]


def test_a_row_alone_has_the_features_it_has_among_others(featurizer, rules, rows):
    features = compiled.features_of(featurizer, rules)
    alone = np.concatenate([features([row]) for row in rows[:20]])
    assert np.array_equal(alone, features(rows[:20]))


@pytest.mark.parametrize("count", [0, 1, 120])
def test_scores_are_those_of_the_table(scorer, typed, rows, count):
    made = scorer.scores_of(rows[:count])
    assert scorer.fallback == ""
    assert (made.shape, made.dtype) == ((count,), np.float64)
    assert np.abs(made - scorer.scores(typed.head(count))).max(initial=0) < 1e-12


def test_an_absent_feature_is_an_error(scorer, rows):
    row = {name: value for name, value in rows[0].items() if name != "size"}
    with pytest.raises(KeyError, match="size"):
        scorer.scores_of([row])


@pytest.mark.parametrize("changed", [{"sublinear_tf": False}, {"ngram_range": (1, 2)}])
def test_other_words_are_compiled_too(rules, settings, typed, rows, changed):
    built = recipe_features.build(rules, settings("featurize", recipe_features.Params))
    built.set_params(**{f"embedding wish__tfidfvectorizer__{k}": v for k, v in changed.items()})
    fitted = built.fit(typed[rules.features])
    made = compiled.features_of(fitted, rules)(rows)
    assert np.abs(made - fitted.transform(typed[rules.features])).max() < 1e-12


def test_without_a_scale_or_a_rare_level_it_is_exact_too(rules, settings, typed, rows):
    built = recipe_features.build(rules, settings("featurize", recipe_features.Params))
    built.set_params(
        number__standardscaler__with_mean=False,
        number__standardscaler__with_std=False,
        one_hot__onehotencoder__min_frequency=None,
        one_hot__onehotencoder__handle_unknown="ignore",
    )
    fitted = built.fit(typed[[*rules.features, "late"]])  # one column more is dropped
    made = compiled.features_of(fitted, rules)([*rows, {**rows[0], "town": "Rome"}])
    unseen = typed.iloc[[0]].assign(town="Rome")
    table = pd.concat([typed, unseen])[[*rules.features, "late"]]
    assert np.abs(made - fitted.transform(table)).max() < 1e-12


UNKNOWN = [
    ({"number": make_pipeline(MinMaxScaler())}, "MinMaxScaler"),
    ({"number__simpleimputer__add_indicator": True}, "SimpleImputer"),
    ({"number__simpleimputer__missing_values": -1.0}, "SimpleImputer"),
    ({"missing": MinMaxScaler()}, "MinMaxScaler"),
    ({"one_hot__simpleimputer__strategy": "most_frequent"}, "SimpleImputer"),
    ({"one_hot__onehotencoder__drop": "first"}, "OneHotEncoder"),
    ({"one_hot__onehotencoder__handle_unknown": "warn"}, "OneHotEncoder"),
    ({"embedding wish__tfidfvectorizer": CountVectorizer()}, "CountVectorizer"),
    ({"embedding wish__tfidfvectorizer__norm": "l1"}, "TfidfVectorizer"),
    ({"embedding wish__tfidfvectorizer__use_idf": False}, "TfidfVectorizer"),
    ({"embedding wish__tfidfvectorizer__binary": True}, "TfidfVectorizer"),
    ({"embedding wish__normalizer__norm": "max"}, "Normalizer"),
    ({"transformer_weights": {"number": 2.0}}, "transformer_weights"),
    ({"remainder": "passthrough"}, "FunctionTransformer"),
]


@pytest.mark.filterwarnings("ignore:.*add_indicator")
@pytest.mark.parametrize(("changed", "named"), UNKNOWN)
def test_what_is_not_known_is_named_and_left_to_scikit_learn(
    rules, settings, typed, rows, model, changed, named
):
    table = typed[rules.features].assign(weight=typed["weight"].fillna(9.0))
    table["more"] = 1.0  # what the featurizer does not name
    built = recipe_features.build(rules, settings("featurize", recipe_features.Params)).set_params(
        **changed
    )
    fitted = built.fit(table)
    with pytest.raises(
        compiled.Unknown, match=rf"{named}.* is not known to pipeline/model/compiled\.py"
    ):
        compiled.features_of(fitted, rules)


def test_a_model_of_other_steps_scores_by_scikit_learn(model, typed, rules, rows):
    steps = [("featurizer", model[0]), ("scaler", MinMaxScaler()), ("last", model[1])]
    longer = clone(Pipeline(steps)).fit(typed[rules.features], typed["late"])
    scorer = Scorer(longer, rules)
    assert "is not known to pipeline/model/compiled.py" in scorer.fallback
    assert "\n" not in scorer.fallback
    assert np.abs(scorer.scores_of(rows) - scorer.scores(typed)).max() < 1e-12


def test_a_featurizer_of_another_kind_is_not_known(rules, featurizer):
    class Own(ColumnTransformer):
        pass

    with pytest.raises(compiled.Unknown):
        compiled.features_of(Own(featurizer.transformers), rules)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_probabilities_of_a_logistic_regression_are_its_own(features, classes):
    values = features.to_numpy()
    target = np.arange(len(values)) % classes
    estimator = LogisticRegression().fit(values, target)
    ask = compiled.probabilities_of(estimator, values.shape[1])
    assert ask != estimator.predict_proba
    assert np.abs(ask(values) - estimator.predict_proba(values)).max() < 1e-12


def test_an_estimator_that_says_otherwise_is_asked_itself(features, typed):
    values = features.to_numpy()
    estimator = LogisticRegression().fit(values, typed["late"])
    odd = clone(estimator).fit(values, typed["late"])
    odd.predict_proba = lambda asked: estimator.predict_proba(asked)[:, ::-1]
    assert compiled.probabilities_of(odd, values.shape[1]) is odd.predict_proba
    tree = DecisionTreeClassifier(max_depth=2).fit(values, typed["late"])
    assert compiled.probabilities_of(tree, values.shape[1]) == tree.predict_proba


def test_levels_are_those_that_the_featurizer_learned(featurizer, typed, rules):
    found = compiled.levels_of(featurizer)
    assert set(found) == set(rules.features_of("category"))
    assert found["town"] >= set(typed["town"].dropna())
    assert compiled.levels_of(object()) == {}


def test_a_columns_own_missing_cells_are_missing_in_a_row_as_in_a_table(settings, typed, rules):
    own = {
        "town": rules.columns["town"].model_copy(update={"missing": ("x",), "max_missing": 0.2}),
        "wish": rules.columns["wish"].model_copy(update={"missing": ("none",)}),
    }
    apart = rules.model_copy(update={"columns": {**rules.columns, **own}})
    fitted = featurizers.fit(typed, apart, settings("featurize", recipe_features.Params))
    row = columns.json_rows(typed, apart.features)[0]
    for changed in ({"town": "x"}, {"town": "n/a"}, {"wish": "none"}, {"wish": "n/a"}):
        table, _ = columns.cast(pd.DataFrame([{**row, **changed}]), apart, apart.features)
        made = compiled.features_of(fitted, apart)([{**row, **changed}])
        assert np.abs(made - fitted.transform(table)).max() < 1e-12, changed
