"""One-hot categories: exactly one 1 in each group of columns, and the right one."""

import numpy as np
import pandas as pd
import pytest

from pipeline.featurize import MISSING


@pytest.fixture(scope="module")
def groups(columns):
    """The one-hot columns of each source."""
    sources = pd.unique(pd.Series([c["source"] for c in columns if c["kind"] == "one_hot"]))
    return {
        source: [c for c in columns if c["kind"] == "one_hot" and c["source"] == source]
        for source in sources
    }


def _levels(values):
    return values.fillna(MISSING).to_numpy(dtype=object)


def test_one_hot_values_are_0_or_1(groups, features, part):
    for source, members in groups.items():
        values = features[part][[member["name"] for member in members]].to_numpy()
        assert np.isin(values, (0, 1)).all(), f"{part}: `{source}` holds values that are not 0 or 1"


def test_one_hot_rows_sum_to_one(groups, features, rows, part):
    for source, members in groups.items():
        values = features[part][[member["name"] for member in members]].to_numpy()
        known = {member.get("level") for member in members}
        # Where no level is rare there is no column for an unseen one: its row is all 0.
        shared = any("rare" in member for member in members)
        expected = 1 if shared else np.isin(_levels(rows[part][source]), list(known)).astype(int)
        assert (values.sum(axis=1) == expected).all(), f"{part}: rows of `{source}` do not sum to 1"


def test_the_1_stands_at_the_rows_own_level(groups, features, rows, part):
    for source, members in groups.items():
        levels = _levels(rows[part][source])
        for member in [member for member in members if "level" in member]:
            marked = features[part][member["name"]].to_numpy() == 1
            right = np.array_equal(marked, levels == member["level"])
            assert right, f"{part}: `{member['name']}` marks rows of another level"


def test_rare_levels_are_rarer_than_those_with_a_column_of_their_own(groups, rows):
    for source, members in groups.items():
        counts = pd.Series(_levels(rows["train"][source])).value_counts()
        own = [counts.get(member["level"], 0) for member in members if "level" in member]
        rare = [counts.get(level, 0) for member in members for level in member.get("rare", [])]
        assert min(own, default=1) > 0, f"`{source}`: a column's level is not in the train part"
        if own and rare:
            assert max(rare) < min(own), f"`{source}`: a rare level is not rare"


def test_no_level_was_learned_from_the_test_part(groups, rows):
    for source, members in groups.items():
        learned = {member["level"] for member in members if "level" in member}
        learned |= {level for member in members for level in member.get("rare", [])}
        train = set(_levels(rows["train"][source]))
        assert learned == train, f"`{source}`: {sorted(learned ^ train)[:3]} are not as in train"
