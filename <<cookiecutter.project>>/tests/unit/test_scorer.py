"""A model's probabilities for raw rows."""

import numpy as np
import pandas as pd
import pytest

from pipeline import schema as schemas
from pipeline.scorer import Scorer
from pipeline.stage import Refusal


@pytest.fixture
def scores(scorer, typed):
    return scorer.probabilities(typed)


def test_scores_are_the_models_probabilities_of_the_positive_class(scores, model, typed, rules):
    assert np.array_equal(scores, model.predict_proba(typed[rules.features])[:, 1])
    assert scores[typed["late"] == "yes"].mean() > scores[typed["late"] == "no"].mean()


def test_the_positive_class_is_the_schemas_and_not_the_last_of_the_alphabet(
    model, rules, typed, scores
):
    column = rules.columns["late"].model_copy(update={"positive": "no"})
    turned = rules.model_copy(update={"columns": {**rules.columns, "late": column}})
    other = Scorer(model, turned)
    assert np.abs(other.probabilities(typed) + scores - 1).max() < 1e-12
    assert other.labels(np.array([0.2, 0.7]), 0.5) == ["yes", "no"]


def test_raw_strings_score_as_typed_values(scorer, table, scores):
    assert np.array_equal(scorer.probabilities(table), scores)


def test_one_row_alone_scores_as_in_a_batch(scorer, typed, rules, scores):
    for number in (0, 7, int(typed["size"].isna().argmax())):
        row = pd.DataFrame(schemas.json_rows(typed.iloc[[number]], rules.features))
        assert abs(scorer.probabilities(row)[0] - scores[number]) < 1e-9


def test_order_and_number_of_columns_mean_nothing(scorer, typed, scores):
    assert np.array_equal(scorer.probabilities(typed[typed.columns[::-1]].assign(x=1)), scores)


def test_no_rows_have_no_scores(scorer, typed):
    assert scorer.probabilities(typed.head(0)).shape == (0,)


def test_an_absent_feature_is_named(scorer, typed):
    with pytest.raises(Refusal, match="the column `size` is missing"):
        scorer.probabilities(typed.drop(columns="size"))


def test_the_label_is_the_positive_one_from_the_threshold_on(scorer):
    assert scorer.labels(np.array([0.3, 0.49, 0.5]), 0.5) == ["no", "no", "yes"]
