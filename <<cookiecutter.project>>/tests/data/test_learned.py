"""What was learned: from the train part alone, by the declared parameters, and kept."""

import numpy as np
import pytest

from pipeline.core import params
from pipeline.model import featurizer as featurizers
from recipe import features as recipe_features

BLOCK = 50_000  # rows that are compared at once: of a large table, all are too much memory
SAME = 1e-9
# Another kind of processor adds up in another order, and an SVD shows it.
SAME_ELSEWHERE = 1e-6


@pytest.fixture(scope="module")
def learned_anew(rows, rules):
    """A featurizer that never saw the test part."""
    return featurizers.fit(rows["train"], rules, params.load("featurize", recipe_features.Params))


def _apart(features, featurizer, rows):
    """How far features are from those that a featurizer makes of the rows, and in words."""
    if len(features) != len(rows):
        return np.inf, f"{len(rows)} rows, not {len(features)}"
    apart = np.zeros(features.shape[1])
    for begin in range(0, len(rows), BLOCK):
        there = features.iloc[begin : begin + BLOCK].to_numpy()
        made = featurizer.transform(rows.iloc[begin : begin + BLOCK])
        if there.shape != made.shape:
            return np.inf, f"{made.shape[1]} columns, not {there.shape[1]}"
        off = np.abs(there - made).max(axis=0)
        apart = np.maximum(apart, np.where(np.isnan(off), np.inf, off))
    worst = int(apart.argmax())
    return apart[worst], f"`{features.columns[worst]}` is {apart[worst]:.3g} apart"


def test_the_featurizer_makes_the_features_of_the_rows(featurizer, rows, features, rules, part):
    apart, how = _apart(features[part], featurizer, rows[part][rules.features])
    assert apart < SAME, (
        f"{part}: models/featurizer.skops makes other features than stand there ({how}); "
        "`.venv/bin/dvc repro --force featurize` makes both anew"
    )


def test_a_featurizer_that_never_saw_the_test_part_makes_the_same_features(
    learned_anew, rows, features, rules, part
):
    apart, how = _apart(features[part], learned_anew, rows[part][rules.features])
    assert apart < SAME_ELSEWHERE, (
        f"{part}: a featurizer that learned from the train part alone makes other features "
        f"({how}): did this one see the test part too?"
    )
