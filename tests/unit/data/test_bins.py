"""Binning: numbers between edges, strings by level, missing values apart."""

import numpy as np
import pandas as pd
import pytest

from pipeline.data.bins import (
    MISSING_BIN,
    Bins,
    Levels,
    common_levels,
    frequent_levels,
    quantile_bins,
    rank_bins,
)

LEVELS = pd.Series(["a"] * 5 + ["b"] * 4 + ["c", "d", None], dtype="str")


def test_bins_hold_about_equally_many_of_the_values_they_were_made_of():
    bins = quantile_bins(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, np.nan]), 4)
    assert bins.edges.tolist() == [2.75, 4.5, 6.25]
    assert bins.of(np.array([-9.0, 2.75, 3, 99, np.nan])).tolist() == [0, 0, 1, 3, MISSING_BIN]


def test_a_value_on_an_edge_belongs_to_the_bin_that_is_closed_there():
    values = np.array([1.0, 2.0, 3.0])
    assert Bins(np.array([2.0])).of(values).tolist() == [0, 0, 1]
    assert Bins(np.array([2.0]), closed="left").of(values).tolist() == [0, 1, 1]


def test_few_different_values_have_a_bin_each_where_that_is_wanted():
    values = np.array([3.0, 1, 1, 1, 1, 1, 2])
    assert quantile_bins(values, 3, few_apart=True).of(np.arange(1.0, 4)).tolist() == [0, 1, 2]
    assert quantile_bins(values, 3).edges.tolist() == [1.0], "both tertiles are 1"


@pytest.mark.parametrize("few_apart", [False, True])
def test_without_a_value_there_is_one_bin(few_apart):
    bins = quantile_bins(np.array([np.nan, np.nan]), 3, few_apart)
    assert bins.counts(np.array([np.nan, 1.0])).tolist() == [1, 1]


def test_missing_numbers_are_counted_last():
    assert Bins(np.array([1.0, 2.0])).counts([0.0, 5.0, 6.0, np.nan]).tolist() == [1, 0, 2, 1]


def test_levels_are_counted_then_missing_values_then_others():
    levels = Levels(("a", "b"))
    assert levels.of(LEVELS).tolist() == [0] * 5 + [1] * 4 + [2, 2, MISSING_BIN]
    assert levels.counts(LEVELS).tolist() == [5, 4, 1, 2]
    assert levels.counts(LEVELS.head(0)).tolist() == [0, 0, 0, 0]


def test_without_a_level_every_value_is_another():
    assert Levels(()).counts(LEVELS).tolist() == [1, 11]


def test_levels_are_chosen_by_their_rank_or_by_their_share():
    assert frequent_levels(LEVELS, 1).names == ("a",)
    assert common_levels(LEVELS, 4 / 12).names == ("a", "b")


def test_equal_numbers_share_a_bin_of_ranks():
    bins = rank_bins(pd.Series([1.0, 1.0, 1.0, 9.0, np.nan]), 4)
    assert bins.tolist()[:4] == [2, 2, 2, 4]
    assert np.isnan(bins[4])
