"""A model's probabilities for raw rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from pipeline.core.errors import Refusal
from pipeline.data import columns
from pipeline.data.schema import Column
from pipeline.model import scorer as module
from pipeline.model import training
from pipeline.model.scorer import Scorer, predictions, scores_in
from recipe import estimators


@pytest.fixture
def scores(scorer, typed):
    return scorer.scores(typed)


@pytest.mark.slow
def test_scores_are_the_models_probabilities_of_the_positive_class(scores, model, typed, rules):
    assert np.array_equal(scores, model.predict_proba(typed[rules.features])[:, 1])
    assert scores[typed["late"] == "yes"].mean() > scores[typed["late"] == "no"].mean()


@pytest.mark.slow
def test_the_positive_class_is_the_schemas_and_not_the_last_of_the_alphabet(
    model, rules, typed, scores
):
    column = rules.columns["late"].model_copy(update={"positive": "no"})
    turned = rules.model_copy(update={"columns": {**rules.columns, "late": column}})
    other = Scorer(model, turned)
    assert np.abs(other.scores(typed) + scores - 1).max() < 1e-12
    made = predictions(np.array([0.2, 0.7]), 0.5, turned)
    assert [one["label"] for one in made] == ["yes", "no"]


@pytest.mark.slow
def test_raw_strings_score_as_typed_values(scorer, table, scores):
    assert np.array_equal(scorer.scores(table), scores)


@pytest.mark.slow
def test_one_row_alone_scores_as_in_a_batch(scorer, typed, rules, scores):
    for number in (0, 7, int(typed["size"].isna().argmax())):
        row = pd.DataFrame(columns.json_rows(typed.iloc[[number]], rules.features))
        assert abs(scorer.scores(row)[0] - scores[number]) < 1e-9


@pytest.mark.slow
def test_rows_of_a_large_table_score_as_those_of_a_small_one(scorer, typed, scores, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 50)
    found = scorer.scores(typed)
    assert found.shape == scores.shape
    assert np.abs(found - scores).max() < 1e-12


@pytest.mark.slow
def test_order_and_number_of_columns_mean_nothing(scorer, typed, scores):
    assert np.array_equal(scorer.scores(typed[typed.columns[::-1]].assign(x=1)), scores)


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 1, 120])
def test_rows_however_many_have_scores_of_one_shape_and_type(scorer, typed, scores, rules, count):
    found = scorer.scores(typed.head(count))
    assert (found.shape, found.dtype) == ((count,), np.float64)
    assert np.abs(found - scores[:count]).max(initial=0) < 1e-9
    assert len(predictions(found, 0.5, rules)) == count


@pytest.mark.slow
def test_an_absent_feature_is_named(scorer, typed):
    with pytest.raises(Refusal, match="the column `size` is missing"):
        scorer.scores(typed.drop(columns="size"))


@pytest.mark.slow
def test_the_label_is_the_positive_one_from_the_threshold_on(rules):
    made = predictions(np.array([0.3, 0.49, 0.5]), 0.5, rules)
    assert [one["label"] for one in made] == ["no", "no", "yes"]


def learned(rules, typed, featurizer, features, target, column, estimator):
    """Return the scorer of a model of another target, and that target."""
    changed = rules.model_copy(update={"columns": {**rules.columns, "late": column}})
    how = estimators.Params(estimator=estimator, arguments={}, seed=1)
    fitted, _ = training.train(features, target, how)
    return Scorer(Pipeline([("featurizer", featurizer), ("estimator", fitted)]), changed)


def test_of_more_classes_a_score_is_a_probability_a_label(rules, typed, featurizer, features):
    target = typed["town"].replace("Trier", "Ulm")
    column = Column(type="category", role="target", levels=("Ulm", "Kiel", "Bonn"))
    kind = "sklearn.linear_model.LogisticRegression"
    scorer = learned(rules, typed, featurizer, features, target, column, kind)
    scores = scorer.scores(typed)
    assert (scores.shape, scorer.scores(typed.head(0)).shape) == ((120, 3), (0, 3))
    assert np.abs(scores.sum(axis=1) - 1).max() < 1e-12
    said = [one["label"] for one in predictions(scores, None, scorer.rules)]
    assert (np.array(said) == target).mean() > 0.95
    made = predictions(scores, None, scorer.rules)
    assert list(made[0]["probabilities"]) == ["Ulm", "Kiel", "Bonn"]
    assert np.array_equal(scores_in(made, scorer.rules), scores)
    assert scores_in([], scorer.rules).shape == (0, 3)


def test_of_a_number_a_score_is_the_number(rules, typed, featurizer, features):
    column = Column(type="number", role="target")
    kind = "sklearn.linear_model.Ridge"
    scorer = learned(rules, typed, featurizer, features, typed["guests"], column, kind)
    scores = scorer.scores(typed)
    assert (scores.shape, scores.dtype) == ((120,), np.float64)
    assert np.corrcoef(scores, typed["guests"])[0, 1] > 0.9
    made = predictions(scores, None, scorer.rules)
    assert set(made[0]) == {"value"}
    assert np.array_equal(scores_in(made, scorer.rules), scores)


@pytest.mark.slow
def test_predictions_of_another_task_hold_no_scores(rules):
    with pytest.raises(LookupError):
        scores_in([{"value": 1.0}], rules)
