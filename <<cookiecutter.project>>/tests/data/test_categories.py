"""One-hot categories: exactly one 1 in each group of columns, and the right one."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core import params
from pipeline.data.schema import MISSING
from recipe import features as recipe_features


@pytest.fixture(scope="module")
def groups(columns, inputs):
    """The one-hot columns of each category."""
    return {
        source: [c for c in columns if c["kind"] == "one_hot" and c["source"] == source]
        for source in inputs.schema.features_of("category")
    }


@pytest.fixture(scope="module")
def counts(read, groups):
    """The number of rows of the training set with each level of each category."""
    return {source: pd.Series(_levels(read["train"][source])).value_counts() for source in groups}


def _levels(values):
    return values.fillna(MISSING).to_numpy(dtype=object)


def _own(members):
    return {member["level"] for member in members if "level" in member}


def _rare(members):
    return {level for member in members for level in member.get("rare", [])}


def test_one_hot_values_are_0_or_1(groups, features, part):
    for source, members in groups.items():
        values = features[part][[member["name"] for member in members]].to_numpy()
        assert np.isin(values, (0, 1)).all(), f"{part}: `{source}` holds values that are not 0 or 1"


def test_one_hot_rows_sum_to_one(groups, features, read, part):
    for source, members in groups.items():
        values = features[part][[member["name"] for member in members]].to_numpy()
        # Without a rare level there is no column for an unseen one: its row is all 0.
        known = np.isin(_levels(read[part][source]), list(_own(members)))
        expected = 1 if _rare(members) else known.astype(int)
        assert (values.sum(axis=1) == expected).all(), f"{part}: rows of `{source}` do not sum to 1"


def test_the_1_is_in_the_column_of_the_rows_level(groups, features, read, part):
    for source, members in groups.items():
        levels = _levels(read[part][source])
        own = list(_own(members))
        for member in members:
            marked = features[part][member["name"]].to_numpy() == 1
            right = levels == member["level"] if "level" in member else ~np.isin(levels, own)
            assert np.array_equal(marked, right), (
                f"{part}: `{member['name']}` marks rows of another level"
            )


def test_only_rare_levels_share_a_column(groups, counts):
    least = params.load("featurize", recipe_features.Params).categories.min_rows
    for source, members in groups.items():
        frequent = set(counts[source].index[counts[source] >= least])
        wrong = sorted(_own(members) ^ frequent)
        assert not wrong, (
            f"`{source}`: {wrong[:3]} have a column of their own and should not, or the reverse: "
            f"levels of fewer rows than featurize.categories.min_rows {least} are rare"
        )


def test_levels_are_those_of_the_training_set(groups, counts):
    for source, members in groups.items():
        learned = _own(members) | _rare(members)
        strange = sorted(learned ^ set(counts[source].index))
        assert not strange, f"`{source}`: {strange[:3]} are not as in the training set"
