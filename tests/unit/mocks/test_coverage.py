"""Pairwise coverage, on rows few enough to count by hand."""

import numpy as np
import pandas as pd
import pytest

from pipeline.mocks import coverage
from pipeline.mocks.coverage import Coverage
from pipeline.model import featurizer as featurizers


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: np.array(values, "float64") if name == "n" else pd.array(values, dtype="str")
            for name, values in columns.items()
        }
    )


@pytest.mark.slow
def test_rare_and_unseen_levels_share_a_cell():
    real = frame(level=["a"] * 5 + ["b"] * 4 + ["c", "d", None])
    mocks = frame(level=["a", "b", "c", "d", "e", None])
    _, cells = coverage.cells(real, mocks, 3, 0.2)
    a, b, *rare, missing = cells[:, 0].tolist()
    assert len(set(rare)) == 1
    assert len({a, b, rare[0], missing}) == 4


REAL = frame(x=["a", "a", "a", "b"], y=["c", "c", "d", "d"], z=["e", "e", "e", "e"])


def covered(mocks: pd.DataFrame) -> Coverage:
    return coverage.coverage(*coverage.cells(REAL, mocks, 3, 0.01), ["x", "y", "z"])


@pytest.mark.slow
def test_coverage_counts_the_pairs_of_each_real_row():
    shares = covered(frame(x=["a"], y=["c"], z=["e"]))
    # (x, y) in 2 of the 4 rows, (x, z) in 3, (y, z) in 2.
    assert shares.coverage == pytest.approx((2 + 3 + 2) / 12)
    assert shares.complete == 0.5
    assert shares.columns == {"x": 0.75, "y": 0.5, "z": 1.0}
    assert shares.pairs == {"x": 0.625, "y": 0.5, "z": 0.625}
    assert shares.least == [[0.5, "x", "y"], [0.5, "y", "z"], [0.75, "x", "z"]]


@pytest.mark.slow
def test_real_rows_cover_themselves_and_unseen_levels_nothing():
    assert covered(REAL).coverage == covered(REAL).complete == 1
    nothing = covered(frame(x=["?"], y=["?"], z=["?"]))
    assert (nothing.coverage, nothing.columns) == (0, {"x": 0, "y": 0, "z": 0})


@pytest.mark.slow
def test_a_pair_weighs_as_much_as_the_rows_that_hold_it():
    real, mocks = coverage.cells(REAL, frame(x=["a"], y=["c"], z=["e"]), 3, 0.01)
    numbers, weights = coverage.pairs(mocks, real)
    assert weights[numbers].tolist() == [[2, 3, 2]]
    assert weights.sum() == 4 * 3


@pytest.mark.slow
def test_a_text_is_cut_by_length_and_topic(typed, featurizer, features, rules):
    manifest = featurizers.manifest(featurizer, rules)
    views = coverage.views(typed, features.to_numpy(), manifest, rules)
    assert list(views) == ["weight", "guests", "size", "town", "wish (length)", "wish (topic)",
                          "late"]  # fmt: skip
    empty = (typed["wish"] == "").to_numpy()
    assert empty.any()
    for name in ("wish (length)", "wish (topic)"):
        assert (views[name].isna().to_numpy() == empty).all()
    # A wish has words of one topic or two, so there are several topics.
    assert views["wish (topic)"].nunique() > 2
