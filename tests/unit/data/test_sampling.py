"""At most so many rows of a stream, drawn at random, the same however it is cut."""

import numpy as np
import pandas as pd
import pytest

from pipeline.data.sampling import Sample, mixed

pytestmark = pytest.mark.slow


@pytest.fixture
def rows():
    """A thousand rows, in groups of very different sizes."""
    draw = np.random.default_rng(0)
    names = [f"g{number}" for number in draw.geometric(0.05, 1000)]
    return pd.DataFrame({"g": names}, index=pd.RangeIndex(1, 1001))


def drawn(rows, most, seed=1, group=None, size=100) -> list[int]:
    sample = Sample(most, seed, group)
    for begin in range(0, len(rows), size):
        sample.add(rows.iloc[begin : begin + size])
        assert sample._held <= most * 1.5
    return sample.rows().index.tolist()


@pytest.mark.parametrize("size", [1, 99, 1000])
@pytest.mark.parametrize("group", [None, "g"])
def test_the_rows_are_the_same_however_the_stream_is_cut(rows, group, size):
    found = drawn(rows, 200, group=group, size=size)
    assert found == drawn(rows, 200, group=group) == sorted(set(found))
    assert len(found) == 200 if group is None else 100 < len(found) <= 200
    assert found != drawn(rows, 200, seed=2, group=group)


def test_a_group_is_kept_whole_or_not_at_all(rows):
    kept = rows.loc[drawn(rows, 300, group="g")]
    assert kept["g"].nunique() > 1
    assert len(kept) == rows["g"].isin(kept["g"]).sum()


def test_a_stream_of_no_more_rows_is_kept_whole(rows):
    assert drawn(rows, 1000) == rows.index.tolist()


def test_groups_that_are_too_large_leave_nothing(rows):
    assert drawn(rows.assign(g="one"), 10, group="g", size=500) == []


def test_every_part_of_the_stream_has_its_share(rows):
    found = np.array(drawn(rows, 500))
    assert np.histogram(found, 4, (1, 1001))[0] == pytest.approx(125, abs=30)


def test_ranks_look_random_and_are_all_different():
    ranks = mixed(np.arange(100_000, dtype="uint64"), 7)
    assert len(np.unique(ranks)) == 100_000
    shares = np.histogram(ranks / 2.0**64, 10, (0, 1))[0] / 100_000
    assert np.abs(shares - 0.1).max() < 0.01
