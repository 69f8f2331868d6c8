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


def counts(places, part: str) -> dict[str, int]:
    return {name: int((places.of[part] == at).sum()) for at, name in enumerate(places.names)}


@pytest.mark.slow
def test_levels_stand_in_the_train_parts_order_the_others_and_the_missing_last():
    found = column_plots.places(WORDS, "category", by_size=False)
    assert found.names == ["a", "b", OTHER, MISSING]
    assert counts(found, "train") == {"a": 3, "b": 2, OTHER: 0, MISSING: 1}
    assert counts(found, "test") == {"a": 1, "b": 0, OTHER: 1, MISSING: 1}


@pytest.mark.slow
def test_few_numbers_are_levels_in_their_order():
    numbers = {"train": pd.Series([2.0, 10.0, 1.0, np.nan]), "test": pd.Series([10.0, 3.0])}
    found = column_plots.places(numbers, "number", by_size=False)
    assert found.names == ["1", "2", "10", OTHER, MISSING]
    assert counts(found, "test")["10"] == counts(found, "test")[OTHER] == 1


def test_many_numbers_are_cut_and_what_lies_far_out_is_in_the_last_bin():
    numbers = {"train": pd.Series(np.arange(1000.0)), "test": pd.Series([-5.0, 1e9, np.nan])}
    found = column_plots.places(numbers, "number", by_size=False)
    assert len(found.edges) == column_plots.BINS + 1
    assert found.of["test"].tolist() == [0, column_plots.BINS - 1, -1]
    by_size = column_plots.places(numbers, "number", by_size=True)
    sizes = np.bincount(by_size.of["train"])
    assert len(sizes) == column_plots.RATES
    assert np.ptp(sizes) <= 1


def test_days_of_all_parts_have_their_place_and_texts_lie_by_their_length():
    days = {
        "train": pd.Series(pd.date_range("2024-01-01", periods=30)),
        "test": pd.Series(pd.date_range("2025-01-01", periods=3)),
    }
    found = column_plots.places(days, "date", by_size=False)
    assert found.of["test"].min() > found.of["train"].max()
    texts = {"train": pd.Series(["", "ab", "abcd"]), "test": pd.Series(["abc"])}
    assert column_plots.places(texts, "text", by_size=False).edges[0] == 0


@pytest.mark.parametrize("values", [[], [np.nan], [3.0] * 20, ["same"] * 3])
def test_a_column_of_one_value_or_none_has_a_place(values):
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


def test_a_place_of_few_rows_has_no_mean(monkeypatch):
    found = column_plots.places(WORDS, "category", by_size=True)
    mean, where = column_plots._means(found, None, found.of["train"], np.arange(6.0))
    assert (mean, where) == ([], [])
    monkeypatch.setattr(column_plots, "LEAST_ROWS", 3)
    mean, where = column_plots._means(found, None, found.of["train"], np.arange(6.0))
    assert (mean, where) == ([1.0], [0])
