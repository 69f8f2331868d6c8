"""Training: deterministic, and only of estimators that are trusted and fit the data."""

import numpy as np
import pytest

from pipeline.core.errors import Refusal
from pipeline.model import model_file, training
from recipe import estimators

SMALL = {
    "sklearn.linear_model.LogisticRegression": {},
    "sklearn.ensemble.HistGradientBoostingClassifier": {"max_iter": 5, "min_samples_leaf": 5},
    "sklearn.ensemble.RandomForestClassifier": {"n_estimators": 5},
    "sklearn.ensemble.ExtraTreesClassifier": {"n_estimators": 5},
    "sklearn.tree.DecisionTreeClassifier": {"max_depth": 3},
    "sklearn.naive_bayes.GaussianNB": {},
    "sklearn.linear_model.Ridge": {},
    "sklearn.linear_model.LinearRegression": {},
    "sklearn.ensemble.HistGradientBoostingRegressor": {"max_iter": 5, "min_samples_leaf": 5},
    "sklearn.ensemble.RandomForestRegressor": {"n_estimators": 5},
    "sklearn.ensemble.ExtraTreesRegressor": {"n_estimators": 5},
    "sklearn.tree.DecisionTreeRegressor": {"max_depth": 3},
}


def params_of(estimator: str, **arguments) -> estimators.Params:
    return estimators.Params(estimator=estimator, arguments=arguments, seed=1)


@pytest.mark.slow
def test_every_trusted_estimator_is_tried_here():
    assert set(SMALL) == {*estimators.CLASSIFIERS, *estimators.REGRESSORS}


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_trusted_estimator_trains_twice_to_the_same_bytes_and_back(
    name, features, typed, tmp_path
):
    files, target = [], typed["guests" if name in estimators.REGRESSORS else "late"]
    for number in "12":
        estimator, notes = training.train(features, target, params_of(name, **SMALL[name]))
        model_file.save(estimator, tmp_path / number)
        files.append((tmp_path / number).read_bytes())
    assert files[0] == files[1]
    assert notes == []
    loaded = model_file.load(tmp_path / "1")
    values = features.to_numpy()
    answers = "predict" if name in estimators.REGRESSORS else "predict_proba"
    assert np.array_equal(getattr(loaded, answers)(values), getattr(estimator, answers)(values))


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("LogisticRegression", {}, r"`train.estimator` LogisticRegression is not one .* \(did you"),
        ("os.system", {}, "os.system is not one that this project trusts"),
        (
            estimators.CLASSIFIERS[0],
            {"c": 1.0},
            r"`train.arguments.c`: LogisticRegression has no such",
        ),
        (estimators.CLASSIFIERS[0], {"max_itr": 5}, r"max_itr`: .* \(did you mean `max_iter`\?\)"),
        (
            estimators.CLASSIFIERS[0],
            {"C": -1.0},
            "LogisticRegression cannot be trained: The 'C' param",
        ),
        (estimators.CLASSIFIERS[0], {"C": "a lot"}, "cannot be trained: The 'C' parameter"),
    ],
)
def test_what_cannot_be_trained_is_a_refusal(features, typed, name, arguments, sentence):
    with pytest.raises(Refusal, match=sentence):
        training.train(features, typed["late"], params_of(name, **arguments))


@pytest.mark.parametrize(
    ("name", "target", "sentence"),
    [
        (
            estimators.REGRESSORS[0],
            "late",
            "does not learn a category, which the target is; these do: ",
        ),
        (
            estimators.CLASSIFIERS[0],
            "guests",
            "does not learn a number, which the target is; these do:",
        ),
    ],
)
def test_an_estimator_of_another_task_is_a_refusal(features, typed, name, target, sentence):
    with pytest.raises(Refusal, match=sentence):
        training.train(features, typed[target], params_of(name))


@pytest.mark.slow
def test_three_classes_are_learned(features, typed):
    target = typed["town"].replace("Trier", "Ulm")
    for name in estimators.CLASSIFIERS:
        estimator, _ = training.train(features, target, params_of(name, **SMALL[name]))
        assert list(estimator.classes_) == ["Bonn", "Kiel", "Ulm"]


@pytest.mark.slow
def test_one_class_only_is_a_refusal(features, typed):
    with pytest.raises(Refusal, match=r"cannot be trained: .*class"):
        training.train(
            features, typed["late"].replace("yes", "no"), params_of(estimators.CLASSIFIERS[0])
        )


@pytest.mark.slow
def test_an_estimator_that_did_not_converge_says_so(features, typed):
    _, notes = training.train(
        features, typed["late"], params_of(estimators.CLASSIFIERS[0], max_iter=1)
    )
    assert len(notes) == 1
    assert "failed to converge" in notes[0]
