"""Sameness: the same row scores the same, alone or in a batch, raw or typed, offline or served.

And the model is the one that training on these features by these parameters gives.
"""

import numpy as np
import pandas as pd
import pytest

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.data.columns import json_rows
from pipeline.model import featurizer as featurizers
from pipeline.model import model_file, training
from recipe import estimators


@pytest.fixture(scope="module")
def how():
    return params.load("train", estimators.Params)


def test_one_row_alone_scores_as_in_a_batch(scorer, rows, rules, apart, settings):
    alone = [scorer.scores_of([row]) for row in json_rows(rows, scorer.inputs.reads)]
    off = apart(np.concatenate(alone), scorer.scores(rows))
    assert off <= settings.tolerance, f"a row alone and in a batch score {off:.3g} apart"


def test_a_table_of_one_row_scores_as_in_a_batch(scorer, rows, apart, settings):
    some = rows.head(20)
    alone = np.concatenate([scorer.scores(some.iloc[[n]]) for n in range(len(some))])
    off = apart(alone, scorer.scores(rows)[: len(some)])
    assert off <= settings.tolerance, f"a table of one row and a batch score {off:.3g} apart"


def test_requests_score_as_tables_do(scorer, test, rules, apart, settings):
    off = apart(scorer.scores_of(json_rows(test, scorer.inputs.reads)), scorer.scores(test))
    assert off <= settings.tolerance, (
        f"the same rows score {off:.3g} apart when the service scores them and when scikit-learn "
        "does: does pipeline/model/compiled.py compute what the featurizer does?"
    )


def test_the_order_of_rows_does_not_matter(scorer, rows, apart, settings):
    off = apart(scorer.scores(rows[::-1])[::-1], scorer.scores(rows))
    assert off <= settings.tolerance, f"rows in another order score {off:.3g} apart"


def test_the_order_of_columns_and_extra_ones_do_not_matter(scorer, rows, rules, apart):
    changed = rows[scorer.inputs.reads[::-1]].assign(extra=1)
    off = apart(scorer.scores(changed), scorer.scores(rows))
    assert off == 0, f"columns in another order, and one too many, score {off:.3g} apart"


def test_raw_values_score_as_typed_ones(scorer, rows, rules, apart, settings):
    typed = rows[scorer.inputs.reads]
    records = typed.astype(object).where(typed.notna(), None)
    raw = pd.DataFrame(records.to_dict("records"))
    off = apart(scorer.scores(raw), scorer.scores(rows))
    assert off <= settings.tolerance, f"raw and typed values score {off:.3g} apart"


def test_a_missing_column_is_named(scorer, rows, rules):
    for name in scorer.inputs.reads:
        with pytest.raises(Refusal, match="is missing") as refused:
            scorer.scores(rows.drop(columns=name))
        assert f"`{name}`" in str(refused.value), f"without `{name}`: {refused.value}"


def test_a_saved_model_scores_as_before(scorer, saved, rows, apart):
    off = apart(saved.scores(rows), scorer.scores(rows))
    assert off == 0, f"once saved and loaded, the model scores {off:.3g} apart"


def test_training_twice_gives_the_same_bytes(features, train, rules, some, how, tmp_path):
    places, files = some(500), []
    for name in ("one", "two"):
        target = train[rules.target].iloc[places]
        estimator, _ = training.train(features["train"].iloc[places], target, how)
        model_file.save(estimator, tmp_path / name)
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1], "training twice on the same rows gave two different models"


def test_training_again_gives_this_model(
    model, features, train, rules, how, estimate, apart, settings
):
    anew, _ = training.train(features["train"], train[rules.target], how)
    kept = model[-1]
    same = (type(anew), anew.get_params()) == (type(kept), kept.get_params())
    assert same, f"the model file holds {kept}, and by section `train` of params.yaml it is {anew}"
    # Not the bytes: another kind of processor adds up in another order.
    off = max(apart(estimate(anew, part), estimate(kept, part)) for part in features.values())
    assert off <= settings.retrained_tolerance, (
        f"trained again on the training set's features, the model's scores differ by {off:.3g} "
        f"from the file's, more than check_model.retrained_tolerance "
        f"{settings.retrained_tolerance:g}: "
        "was the file's trained on other rows, features or labels?"
    )


def test_the_models_featurizer_is_the_tested_one(model, artefacts, rows, rules):
    tested = model_file.load(artefacts["featurizer"])
    made = [featurizers.transform(one, rows, rules).to_numpy() for one in (model[0], tested)]
    same = made[0].shape == made[1].shape and np.abs(made[0] - made[1]).max() == 0
    assert same, "the model holds another featurizer than models/featurizer.skops"


def test_rows_score_as_their_features_do(
    scorer, model, train, test, features, estimate, apart, settings
):
    for name, part in (("train", train), ("test", test)):
        off = apart(scorer.scores(part), estimate(model[-1], features[name]))
        assert off <= settings.tolerance, (
            f"{name}: rows and the features in data/features score {off:.3g} apart: were "
            "these features made of other rows, or by another featurizer?"
        )
