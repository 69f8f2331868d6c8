"""The gate on the model's behaviour: it opens for a good one, and each fault closes it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from mock_project import ARTEFACTS, undone
from pipeline.core import params
from pipeline.core.errors import GateClosed
from pipeline.data import schema as schemas
from pipeline.gates import verdict
from pipeline.gates.settings import ModelParams
from pipeline.model import featurizer as featurizers
from pipeline.model import model_file, training
from recipe import estimators
from recipe import features as recipe_features

pytestmark = pytest.mark.slow

MODEL = Path("models/model.skops")


def reasons(artefacts, settings, module: str, **changed) -> str:
    """Return why a module of tests/model closes the gate."""
    how = settings("check_model", ModelParams).model_copy(update=changed)
    return reasons_by(artefacts, how, module)


def reasons_by(artefacts, how: ModelParams, module: str) -> str:
    # A module that stayed imported would hold former expectations.
    with undone(), pytest.raises(GateClosed) as closed:
        verdict.judge(Path(f"tests/model/test_{module}.py"), **artefacts, settings=how)
    return "\n".join(closed.value.reasons)


def relearn(target: pd.Series, spoil=lambda rows: rows) -> None:
    """Put a model that learned something else in the place of the good one."""
    rows = spoil(pd.read_parquet("data/features/train.parquet"))
    estimator, _ = training.train(rows, target, params.load("train", estimators.Params))
    save(Pipeline([("featurizer", model_file.load(MODEL)[0]), ("estimator", estimator)]))


def save(model) -> None:
    model_file.save(model, MODEL)


def target_of(name: str = "late") -> pd.Series:
    return pd.read_parquet("data/dataset/train.parquet")[name]


TRAINED_ON_OTHERS = "was the file's trained on other rows, features or labels?"


def test_a_model_that_learned_the_opposite_closes_the_gate(artefacts, settings):
    relearn(target_of().map({"yes": "no", "no": "yes"}))
    found = reasons(artefacts, settings, "learning")
    assert "are the classes swapped?" in found
    assert "less than check_model.min_gain 0.1" in found
    found = reasons(artefacts, settings, "expectations")
    assert "{'wish': 'urgent quick hurry'} should score higher in 80% of the rows" in found


def test_a_model_of_shuffled_labels_closes_the_gate(artefacts, settings):
    relearn(target_of().sample(frac=1, random_state=0))
    assert TRAINED_ON_OTHERS in reasons(artefacts, settings, "sameness")
    found = reasons(artefacts, settings, "learning")
    assert "when trained on a shuffled target: less than check_model.min_gain 0.1 apart" in found


def test_learning_from_a_shuffled_target_closes_the_gate(artefacts, settings, monkeypatch):
    """As if training took the target from somewhere else than where it is given."""
    good, late = training.train, target_of()
    monkeypatch.setattr(
        training, "train", lambda rows, target, how: good(rows, late.loc[rows.index], how)
    )
    # Features and rows are told apart by their index here.
    frame = pd.read_parquet("data/features/train.parquet")
    frame.reset_index(drop=True).to_parquet("data/features/train.parquet")
    found = reasons(artefacts, settings, "learning")
    assert "trained on a shuffled target, the model has a skill of" in found
    assert "above check_model.max_shuffled_skill 0.1: where did it learn that?" in found


def test_a_stale_model_closes_the_gate(artefacts, settings, change):
    change("train", arguments={"C": 0.1, "max_iter": 500})
    found = reasons(artefacts, settings, "sameness")
    assert "the model file holds LogisticRegression(C=10.0" in found
    assert "by section `train` of params.yaml it is LogisticRegression(C=0.1" in found


def test_a_model_that_never_saw_the_texts_closes_the_gate(artefacts, settings):
    relearn(target_of(), lambda rows: rows * ~rows.columns.str.startswith("wish["))
    found = reasons(artefacts, settings, "columns")
    assert "`wish` moves no score, whatever its value (1 such columns); if that is right" in found
    assert TRAINED_ON_OTHERS in reasons(artefacts, settings, "sameness")


@pytest.mark.parametrize(
    ("unused", "sentence"),
    [
        (["wish"], "check_model.unused names `wish`, but it moves scores"),
        (["price"], "check_model.unused names `price`, which is not a feature"),
    ],
)
def test_what_is_declared_unused_must_be(artefacts, settings, unused, sentence):
    assert sentence in reasons(artefacts, settings, "columns", unused=unused)


def test_features_of_other_rows_close_the_gate(artefacts, settings):
    path = Path("data/features/test.parquet")
    frame = pd.read_parquet(path)
    frame[::-1].set_axis(frame.index).to_parquet(path)
    found = reasons(artefacts, settings, "sameness")
    assert "test: rows and the features in data/features score " in found
    assert "were these features made of other rows, or by another featurizer?" in found


def test_another_featurizer_in_the_model_closes_the_gate(artefacts, settings, rules):
    how = settings("featurize", recipe_features.Params).model_copy(update={"seed": 2})
    other = featurizers.fit(pd.read_parquet("data/dataset/test.parquet"), rules, how)
    save(Pipeline([("featurizer", other), ("estimator", model_file.load(MODEL)[1])]))
    model_file.save(model_file.load(Path("models/featurizer.skops")), artefacts["featurizer"])
    found = reasons(artefacts, settings, "sameness")
    assert "the model holds another featurizer than models/featurizer.skops" in found


def test_a_constant_model_closes_the_gate(artefacts, settings):
    model = model_file.load(MODEL)
    model[1].coef_[:] = 0
    save(model)
    assert "the model predicts the same for every row" in reasons(artefacts, settings, "output")


def test_scores_that_are_not_finite_close_the_gate(artefacts, settings):
    model = model_file.load(MODEL)
    model[1].intercept_[:] = np.nan
    save(model)
    assert "some scores are NaN or infinite" in reasons(artefacts, settings, "output")
    assert "`weight` = '0.0': a score is not finite" in reasons(artefacts, settings, "odd_values")


EXPECTED = {
    "a column that is not there": (
        {"set": {"price": 9.0}, "expect": "higher"},
        "there is no column ['price']",
    ),
    "a word added to a number": (
        {"add": {"guests": "two"}, "expect": "higher"},
        "'two' cannot be added to `guests`",
    ),
    "a number added to a category": (
        {"add": {"size": 1}, "expect": "higher"},
        "1.0 cannot be added to `size`",
    ),
    "a label where there is one score": (
        {"set": {"guests": 1.0}, "expect": "higher", "label": "yes"},
        "`label` is for targets of more than two classes",
    ),
    "an addition that does not move it so": (
        {"add": {"guests": 5}, "expect": "lower"},
        "{'guests': 5.0} should score lower in 100% of the rows and does in 0%",
    ),
}


@pytest.mark.parametrize("fault", EXPECTED)
def test_an_expectation_that_fails_closes_the_gate(artefacts, settings, change, fault):
    expectation, sentence = EXPECTED[fault]
    change("check_model", expectations=[{"name": fault, **expectation}])
    assert sentence in reasons(artefacts, settings, "expectations")


def test_a_model_that_cannot_overfit_closes_the_gate(artefacts, settings, change):
    tree = "sklearn.tree.DecisionTreeClassifier"
    change("train", estimator=tree, arguments={"min_samples_leaf": 15})
    found = reasons(artefacts, settings, "learning")
    assert "on the same rows, below check_model.min_overfit 0.9" in found


# What closes the gates of the other tasks: the model is spoilt, and these sentences are read.
def turn_classes(model):
    model[1].classes_ = model[1].classes_[::-1].copy()


def turn_numbers(model):
    model[1].coef_ *= -1


def far_away(model):
    model[1].intercept_ += 1e3


OTHER = {
    "multiclass": [
        (
            turn_classes,
            "learning",
            "score lower for that class than other rows: are the classes swapped?",
        ),
        (turn_classes, "expectations", "{'wish': ' seeds'} should score higher in 70% of the rows"),
    ],
    "regression": [
        (turn_numbers, "learning", "the scores fall where the target rises (correlation -"),
        (turn_numbers, "learning", "the model's R² is -"),
        (
            turn_numbers,
            "expectations",
            "{'guests': 1.0} should score higher in 100% of the rows and",
        ),
        (far_away, "output", "farther than check_model.max_beyond 1.0 allows"),
    ],
}


def test_a_model_of_another_task_is_judged_too(other, change):
    task = schemas.load(Path("schema.yaml")).task
    good = MODEL.read_bytes()
    for spoil, module, sentence in OTHER[task]:
        MODEL.write_bytes(good)
        model = model_file.load(MODEL)
        spoil(model)
        save(model)
        found = reasons_by(ARTEFACTS, params.load("check_model", ModelParams), module)
        assert sentence in found, found
    if task == "multiclass":
        MODEL.write_bytes(good)
        wanted = {"set": {"wish": "rye"}, "expect": "higher"}
        change("check_model", expectations=[{"name": "a", **wanted, "label": "pie"},
                                           {"name": "b", **wanted}])  # fmt: skip
        how = params.load("check_model", ModelParams)
        found = reasons_by(ARTEFACTS, how, "expectations")
        assert "`label` 'pie' is not one of rush, cake, bread" in found
        assert "say by `label` which class should score higher or lower" in found
