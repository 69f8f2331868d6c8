"""The featurizer: fitted on the training set alone, by the parameters, and kept in its file."""

import numpy as np
import pytest

from pipeline.core import params
from pipeline.model import featurizer as featurizers
from recipe import features as recipe_features

BLOCK = 50_000  # rows compared at once, to bound the memory
SAME = 1e-9
# Another kind of processor adds up in another order, and an SVD makes that visible.
SAME_ELSEWHERE = 1e-6


@pytest.fixture(scope="module")
def fitted_again(rows, rules):
    """A featurizer fitted on the training set alone."""
    return featurizers.fit(rows["train"], rules, params.load("featurize", recipe_features.Params))


def _apart(features, featurizer, rows, inputs):
    """How far features are from those that a featurizer makes of the rows, and in words."""
    if len(features) != len(rows):
        return np.inf, f"{len(rows)} rows, not {len(features)}"
    apart = np.zeros(features.shape[1])
    for begin in range(0, len(rows), BLOCK):
        there = features.iloc[begin : begin + BLOCK].to_numpy()
        made = featurizer.transform(rows.iloc[begin : begin + BLOCK][inputs.names])
        if there.shape != made.shape:
            return np.inf, f"{made.shape[1]} columns, not {there.shape[1]}"
        off = np.abs(there - made).max(axis=0)
        apart = np.maximum(apart, np.where(np.isnan(off), np.inf, off))
    worst = int(apart.argmax())
    return apart[worst], f"`{features.columns[worst]}` is {apart[worst]:.3g} apart"


def test_the_featurizer_makes_the_features_of_the_rows(featurizer, read, features, inputs, part):
    apart, how = _apart(features[part], featurizer, read[part], inputs)
    assert apart < SAME, (
        f"{part}: models/featurizer.skops makes other features than those in data/features "
        f"({how}); "
        "`.venv/bin/dvc repro --force featurize` makes both anew"
    )


def test_a_featurizer_fitted_on_the_training_set_makes_the_same_features(
    fitted_again, read, features, inputs, part
):
    apart, how = _apart(features[part], fitted_again, read[part], inputs)
    assert apart < SAME_ELSEWHERE, (
        f"{part}: a featurizer fitted on the training set alone makes other features "
        f"({how}): was this one fitted on the test set too?"
    )
