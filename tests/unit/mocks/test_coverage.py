"""Pairwise coverage and the region, on rows few enough to count by hand; and what closes a gate."""

import numpy as np
import pandas as pd
import pytest

from pipeline.mocks import coverage as pairwise
from pipeline.mocks.mock_rows import KIND
from recipe import features as recipe_features


@pytest.fixture
def limits(settings) -> pairwise.Params:
    return settings("mocks", pairwise.Params)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("real", "most"), [(90, 40), (4_000, 40), (12_772, 127), (30_000, 300), (10**6, 300)]
)
def test_mocks_are_a_hundredth_and_never_more_than_max_rows(limits, real, most):
    assert pairwise.most_mocks(real, limits) == most


@pytest.mark.slow
def test_the_grain_is_finer_where_mocks_are_many(limits):
    grains = [pairwise.grain(count, limits) for count in (2, 20, 127, 300)]
    assert [bins for bins, _ in grains] == [2, 3, 7, 10]
    assert [share for _, share in grains] == [1.0, 0.1, 0.02, 0.02]


@pytest.mark.slow
def test_a_number_is_cut_by_quantiles_and_its_missing_values_apart():
    edges = pairwise.quantiles(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, np.nan]), 4)
    assert edges.tolist() == [2.75, 4.5, 6.25]
    bins = pairwise.in_bins(np.array([-9.0, 2.75, 3, 99, np.nan]), edges)
    assert bins.tolist() == [1, 1, 2, 4, 0]


@pytest.mark.slow
def test_few_values_are_a_cell_each():
    edges = pairwise.quantiles(np.array([3.0, 1, 1, 1, 1, 1, 2]), 3)
    assert pairwise.in_bins(np.array([1.0, 2, 3]), edges).tolist() == [1, 2, 3]


@pytest.mark.slow
def test_a_column_without_a_value_is_one_cell():
    edges = pairwise.quantiles(np.array([np.nan, np.nan]), 3)
    assert set(pairwise.in_bins(np.array([np.nan, np.nan]), edges)) == {0}


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: np.array(values, "float64") if name == "n" else pd.array(values, dtype="str")
            for name, values in columns.items()
        }
    )


@pytest.mark.slow
def test_rare_levels_and_unseen_ones_share_a_cell():
    real = frame(level=["a"] * 5 + ["b"] * 4 + ["c", "d", None])
    few = frame(level=["a", "b", "c", "d", "e", None])
    _, cells = pairwise.cells(real, few, 3, 0.2)
    a, b, *rare, missing = cells[:, 0].tolist()
    assert len(set(rare)) == 1
    assert len({a, b, rare[0], missing}) == 4


REAL = frame(x=["a", "a", "a", "b"], y=["c", "c", "d", "d"], z=["e", "e", "e", "e"])


def covered(few: pd.DataFrame) -> dict:
    ours, theirs = pairwise.cells(REAL, few, 3, 0.01)
    return pairwise.coverage(ours, theirs, ["x", "y", "z"])


@pytest.mark.slow
def test_coverage_counts_the_pairs_of_each_real_row():
    found = covered(frame(x=["a"], y=["c"], z=["e"]))
    # (x, y) in 2 of the 4 rows, (x, z) in 3, (y, z) in 2.
    assert found["coverage"] == pytest.approx((2 + 3 + 2) / 12)
    assert found["complete"] == 0.5
    assert found["columns"] == {"x": 0.75, "y": 0.5, "z": 1.0}
    assert found["pairs"] == {"x": 0.625, "y": 0.5, "z": 0.625}
    assert found["least"] == [[0.5, "x", "y"], [0.5, "y", "z"], [0.75, "x", "z"]]


@pytest.mark.slow
def test_every_row_covers_itself_and_a_strange_one_nothing():
    assert covered(REAL)["coverage"] == covered(REAL)["complete"] == 1
    nothing = covered(frame(x=["?"], y=["?"], z=["?"]))
    assert (nothing["coverage"], nothing["columns"]) == (0, {"x": 0, "y": 0, "z": 0})


@pytest.mark.slow
def test_the_pairs_of_a_row_weigh_as_many_rows_as_hold_them():
    ours, theirs = pairwise.cells(REAL, frame(x=["a"], y=["c"], z=["e"]), 3, 0.01)
    numbers, weights = pairwise.pairs(theirs, ours)
    assert weights[numbers].tolist() == [[2, 3, 2]]
    assert weights.sum() == 4 * 3


@pytest.mark.slow
def test_a_text_is_seen_by_its_length_and_its_topic(typed, featurizer, features, rules):

    manifest = recipe_features.manifest(featurizer, rules)
    seen = pairwise.views(typed, features.to_numpy(), manifest, rules)
    assert list(seen) == ["weight", "guests", "size", "town", "wish (length)", "wish (topic)",
                          "late"]  # fmt: skip
    empty = (typed["wish"] == "").to_numpy()
    assert empty.any()
    for name in ("wish (length)", "wish (topic)"):
        assert (seen[name].isna().to_numpy() == empty).all()
    # A wish is made of the words of one topic or two, so its topic is one of several.
    assert seen["wish (topic)"].nunique() > 2


@pytest.mark.slow
def test_the_region_reaches_as_far_as_real_rows_are_from_each_other(limits):
    real = np.array([[0.0, 0], [1, 0], [2, 0], [3, 0], [10, 0]])
    far = pairwise.Region(real, limits.model_copy(update={"region_quantile": 1.0}))
    assert far.limit == pytest.approx(7)
    near = pairwise.Region(real, limits.model_copy(update={"region_quantile": 0.5}))
    assert near.limit == pytest.approx(1)
    assert near.distances(np.array([[0.0, 3.0], [10, 0]])) == pytest.approx([3, 0])
    assert near.holds(np.array([[1.0, 0.9], [1, 1.1]])).tolist() == [True, False]


@pytest.mark.slow
def test_equal_rows_are_no_distance_apart(limits):
    assert pairwise.Region(np.ones((4, 2)), limits).limit == 0


def test_a_large_table_is_sampled(limits, monkeypatch):
    real = np.random.default_rng(0).normal(size=(500, 3))
    whole = pairwise.Region(real, limits).limit
    monkeypatch.setattr(pairwise, "SAMPLE", 200)
    part = pairwise.Region(real, limits)
    assert part.limit == pytest.approx(whole, rel=0.5)
    assert part.distances(real).max() < 1e-6, "rows beyond the sample are real ones too"


GOOD = {
    "real_rows": 12_772,
    "rows": 127,
    "most_rows": 127,
    "kinds": {"typical": 100, "edge": 20, "invalid": 0},
    "copies": 0,
    "coverage": 0.95,
    "columns": {"town": 1.0, "size": 0.99},
    "in_region": 1.0,
}


@pytest.mark.slow
def test_good_figures_have_no_reason(limits):
    assert pairwise.judge(GOOD, limits) == {}


@pytest.mark.parametrize(
    ("figure", "change", "sentence"),
    [
        ("rows", {"rows": 160}, "160 mocks are more than the 127 that 12,772 real rows may have"),
        ("copies", {"copies": 2}, "2 mocks are copies of real rows"),
        ("kinds", {"kinds": {"typical": 9, "edge": 0}}, "no mock is of the kind edge"),
        ("coverage", {"coverage": 0.8}, "80.0% of the real rows' pairs of cells, below mocks.min_"),
        ("columns", {"columns": {"a": 0.5, "b": 0.2}}, "`b`: 20.0% of the real rows"),
        ("in_region", {"in_region": 0.5}, "below mocks.min_in_region 90.0%"),
    ],
)
def test_a_figure_that_misses_its_threshold_is_said_in_a_sentence(limits, figure, change, sentence):
    found = pairwise.judge({**GOOD, **change}, limits)
    assert list(found) == [figure]
    assert sentence in found[figure]
    assert "`make mocks`" in found[figure]


def test_without_a_typical_mock_nothing_is_covered(typed, features, rules, limits, featurizer):
    real = {"rows": typed, "others": typed.head(0), "features": features.to_numpy(),
            "manifest": recipe_features.manifest(featurizer, rules)}  # fmt: skip
    mocks = {"rows": typed.head(3).assign(**{KIND: "edge"}), "features": features.to_numpy()[:3]}
    measured = pairwise.measure(real, mocks, rules, limits)
    assert set(pairwise.judge(measured, limits)) == {"copies", "kinds", "coverage", "in_region"}
