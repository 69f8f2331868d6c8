"""The output: its shape, its type, and probabilities that are probabilities."""

import numpy as np
import pytest


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_each_row_gets_one_score(scorer, rows, rules, count):
    scores = scorer.scores(rows.head(count))
    classes = (len(rules.labels),) if rules.task == "multiclass" else ()
    expected = (min(count, len(rows)), *classes)
    assert scores.shape == expected, f"{count} rows gave the shape {scores.shape}, not {expected}"
    assert scores.dtype == np.float64, f"the scores are {scores.dtype}, not float64"


def test_scores_lie_in_their_range(scorer, train, test, rules, settings):
    scores = scorer.scores(test)
    assert np.isfinite(scores).all(), "some scores are NaN or infinite"
    if rules.task == "regression":
        lowest, highest = train[rules.target].min(), train[rules.target].max()
        spare = (highest - lowest) * settings.max_beyond
        low, high = scores.min(), scores.max()
        assert lowest - spare <= low <= high <= highest + spare, (
            f"the scores reach from {low:.4g} to {high:.4g}, the training set's target from "
            f"{lowest:.4g} to {highest:.4g}: farther than "
            f"check_model.max_beyond {settings.max_beyond} allows"
        )
    else:
        assert ((scores >= 0) & (scores <= 1)).all(), "some scores are not probabilities"


def test_a_score_is_the_models_prediction(scorer, model, rows, rules):
    scores, typed = scorer.scores(rows), scorer.inputs.table(rows)[scorer.inputs.names]
    if rules.task == "regression":
        assert np.array_equal(scores, model.predict(typed)), (
            "the scores are not the model's predictions"
        )
        return
    found = model.predict_proba(typed)
    sums = found.sum(axis=1)
    assert np.abs(sums - 1).max() < 1e-9, "the classes' probabilities do not add up to 1"
    for place, label in enumerate(rules.labels):
        of_label = found[:, list(model.classes_).index(label)]
        if rules.task == "multiclass":
            right = np.array_equal(scores[:, place], of_label)
        else:
            right = label != rules.labels[-1] or np.array_equal(scores, of_label)
        assert right, f"the scores are not the probabilities of {rules.target} = {label}"


def test_the_classes_are_the_targets_levels(model, rules):
    classes = sorted(getattr(model, "classes_", []))
    assert classes == sorted(rules.labels), f"the classes are {classes}"


def test_the_scores_vary(scorer, rows, apart):
    scores = scorer.scores(rows)
    spread = apart(scores.max(axis=0), scores.min(axis=0))
    assert spread > 0.01, (
        f"all scores are within {spread:.3g}: the model predicts the same for every row"
    )
