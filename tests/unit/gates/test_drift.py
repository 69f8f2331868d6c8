"""How far live values are from those of the training set."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pipeline.gates import drift


def numbers(count=2000, shift=0.0, seed=0) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).normal(shift, 1, count))


@pytest.mark.slow
def test_psi_is_its_formula():
    # Shares 1/2, 1/2 against 1/4, 3/4: (1/4 - 1/2) ln(1/2) + (3/4 - 1/2) ln(3/2).
    expected = -0.25 * math.log(0.5) + 0.25 * math.log(1.5)
    assert drift.psi(np.array([50, 50]), np.array([25, 75])) == pytest.approx(expected)
    assert drift.psi(np.array([50, 50]), np.array([500, 500])) == 0


@pytest.mark.slow
def test_an_empty_cell_is_far_but_not_infinite():
    assert 1 < drift.psi(np.array([50, 50]), np.array([0, 100])) < math.inf


@pytest.mark.slow
def test_chance_alone_moves_few_rows_far_and_many_hardly():
    few = [numbers(120), numbers(30, seed=1)]
    many = [numbers(), numbers(seed=1)]
    assert drift.psi_by_chance(*few, "number") > drift.compare(*few, "number")["psi"] > 0.5
    assert drift.psi_by_chance(*many, "number") < 0.05
    assert drift.psi_by_chance(*few, "number") == drift.psi_by_chance(*few, "number")
    # What did move, moved farther than chance would.
    moved = [few[0], few[1] + 9]
    assert drift.psi_by_chance(*moved, "number") < drift.compare(*moved, "number")["psi"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["category", "text"])
def test_chance_is_drawn_from_the_cells_of_each_kind(kind):
    train, live = (pd.Series(["a", "bb", ""] * count) for count in (100, 50))
    assert 0 < drift.psi_by_chance(train, live, kind) < 0.2


@pytest.mark.slow
def test_the_same_values_do_not_drift_and_moved_ones_do():
    same = drift.compare(numbers(), numbers(seed=1), "number")
    moved = drift.compare(numbers(), numbers(shift=1.0, seed=1), "number")
    assert same["psi"] < 0.02 < 0.5 < moved["psi"]
    assert moved["p_value"] < 1e-6 < same["p_value"]


@pytest.mark.slow
def test_present_numbers_are_tested_by_kolmogorov_and_smirnov():
    train, live = numbers(), numbers(300, seed=1)
    holes = live.copy()
    holes[:100] = np.nan
    found = drift.compare(train, holes, "number")
    expected = stats.ks_2samp(train, live[100:], method="asymp")
    assert (found["test"], found["statistic"]) == ("KS", pytest.approx(expected.statistic))
    assert (found["missing_train"], found["missing_live"]) == (0, pytest.approx(1 / 3))


@pytest.mark.slow
def test_missing_values_alone_are_drift():
    train = numbers()
    live = train.where(np.arange(len(train)) % 2 == 0)
    assert drift.compare(train, live, "number")["psi"] > 0.5


@pytest.mark.slow
def test_categories_are_tested_by_chi_squared():
    train = pd.Series(["a"] * 60 + ["b"] * 40)
    live = pd.Series(["a"] * 30 + ["b"] * 60 + ["c"] * 10)
    found = drift.compare(train, live, "category")
    expected = stats.chi2_contingency([[60, 40, 0], [30, 60, 10]])
    assert (found["test"], found["statistic"]) == ("chi²", pytest.approx(expected.statistic))
    assert found["p_value"] == pytest.approx(expected.pvalue)


@pytest.mark.slow
def test_unseen_and_missing_levels_have_cells_of_their_own(monkeypatch):
    monkeypatch.setattr(drift, "LEVELS", 2)
    train = pd.Series(["a", "a", "a", "b", "b", "c", None])
    live = pd.Series(["a", "z", "c", None, None])
    expected, found = drift.cells(train, live)
    assert expected.tolist() == [3, 2, 1, 1], "a, b, missing, other"
    assert found.tolist() == [1, 0, 2, 2]


@pytest.mark.slow
def test_texts_are_judged_by_their_length():
    train, live = pd.Series(["ab", "abc", ""] * 50), pd.Series(["ba", "cab", ""] * 50)
    found = drift.compare(train, live, "text")
    assert (found["psi"], found["missing_live"]) == (0, pytest.approx(1 / 3))
    longer = pd.Series(["a long text", "a longer text", ""] * 50)
    assert drift.compare(train, longer, "text")["psi"] > 0.5


@pytest.mark.parametrize("kind", ["number", "category", "text"])
def test_a_column_that_is_always_missing_has_no_test(kind):
    nothing = pd.Series([None] * 5, dtype="float64" if kind == "number" else "str")
    nothing = nothing.fillna("") if kind == "text" else nothing
    found = drift.compare(nothing, nothing, kind)
    assert (found["psi"], found["statistic"], found["p_value"]) == (0, None, None)
    assert found["missing_train"] == 1


@pytest.mark.slow
def test_a_column_of_one_value_can_be_compared():
    same = pd.Series([1.0] * 20)
    assert drift.compare(same, same, "number")["psi"] == 0
    assert drift.compare(same, same + 1, "number")["psi"] > 1


@pytest.mark.slow
def test_values_unseen_in_training_are_drift():
    nothing, some = pd.Series([np.nan] * 20), pd.Series([1.0] * 20)
    found = drift.compare(nothing, some, "number")
    assert found["psi"] > 1
    assert found["statistic"] is None
