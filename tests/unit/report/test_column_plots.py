"""Small pictures of one column."""

import numpy as np
import pandas as pd
import pytest

from pipeline.data.bins import OTHER
from pipeline.data.schema import MISSING
from pipeline.html import figures
from pipeline.report import column_plots

WORDS = {
    "train": pd.Series(["a"] * 3 + ["b"] * 2 + [None]),
    "test": pd.Series(["a", "new", None]),
}


def counts(bins, key: str) -> dict[str, int]:
    return {name: int((bins.of[key] == at).sum()) for at, name in enumerate(bins.names)}


@pytest.mark.slow
def test_levels_are_in_order_of_frequency_missing_values_last():
    bins = column_plots.binned(WORDS, "category", by_size=False)
    assert bins.names == ["a", "b", OTHER, MISSING]
    assert counts(bins, "train") == {"a": 3, "b": 2, OTHER: 0, MISSING: 1}
    assert counts(bins, "test") == {"a": 1, "b": 0, OTHER: 1, MISSING: 1}


@pytest.mark.slow
def test_few_numbers_are_levels_in_order():
    numbers = {"train": pd.Series([2.0, 10.0, 1.0, np.nan]), "test": pd.Series([10.0, 3.0])}
    bins = column_plots.binned(numbers, "number", by_size=False)
    assert bins.names == ["1", "2", "10", OTHER, MISSING]
    assert counts(bins, "test")["10"] == counts(bins, "test")[OTHER] == 1


def test_outliers_are_in_the_last_bin():
    numbers = {"train": pd.Series(np.arange(1000.0)), "test": pd.Series([-5.0, 1e9, np.nan])}
    bins = column_plots.binned(numbers, "number", by_size=False)
    assert len(bins.edges) == column_plots.BINS + 1
    assert bins.of["test"].tolist() == [0, column_plots.BINS - 1, -1]
    by_size = column_plots.binned(numbers, "number", by_size=True)
    sizes = np.bincount(by_size.of["train"])
    assert len(sizes) == column_plots.RATES
    assert np.ptp(sizes) <= 1


def test_dates_of_all_sets_have_bins_and_texts_are_binned_by_length():
    days = {
        "train": pd.Series(pd.date_range("2024-01-01", periods=30)),
        "test": pd.Series(pd.date_range("2025-01-01", periods=3)),
    }
    bins = column_plots.binned(days, "date", by_size=False)
    assert bins.of["test"].min() > bins.of["train"].max()
    texts = {"train": pd.Series(["", "ab", "abcd"]), "test": pd.Series(["abc"])}
    assert column_plots.binned(texts, "text", by_size=False).edges[0] == 0


@pytest.mark.parametrize("values", [[], [np.nan], [3.0] * 20, ["same"] * 3])
def test_a_column_of_one_value_or_none_has_a_bin(values):
    kind = "text" if "same" in values else "number"
    column = pd.Series(values, dtype="object" if kind == "text" else "float64")
    both = {"train": column, "test": column}
    for picture in (column_plots.values(both, kind), column_plots.rates(both, both, kind) if
                    kind == "number" else "<svg"):  # fmt: skip
        assert picture.startswith("<svg")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["number", "category", "text", "date"])
def test_a_picture_names_what_it_shows(kind, typed, drawn):
    name = {"number": "weight", "category": "town", "text": "wish", "date": "day"}[kind]
    parts = {"train": typed[name][:80], "test": typed[name][80:], "live": typed[name][:40]}
    target = {"train": typed["guests"][:80], "test": typed["guests"][80:]}
    shares = column_plots.values(parts, kind, "$g$")
    rates = column_plots.rates(parts, target, kind, "$g$")
    for word in parts:
        assert f">{word}<" in shares
    if kind == "number":
        assert ">$g$<" in shares
        assert ">$g$<" in rates
    if kind == "category":
        assert ">Bonn<" in rates
    assert figures.BLUE in rates


def test_a_bin_of_few_rows_has_no_mean(monkeypatch):
    bins = column_plots.binned(WORDS, "category", by_size=True)
    mean, middle = column_plots._means(bins, bins.of["train"], None, np.arange(6.0))
    assert (mean, middle) == ([], [])
    monkeypatch.setattr(column_plots, "LEAST_ROWS", 3)
    mean, middle = column_plots._means(bins, bins.of["train"], None, np.arange(6.0))
    assert (mean, middle) == ([1.0], [0])
