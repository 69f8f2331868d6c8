"""Slices: by value, by crossed values, by bins of a number, by query."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from pipeline.core.errors import Refusal
from pipeline.evaluation.slices import Cuts, cut

ROWS = pd.DataFrame(
    {
        "size": pd.Series(["small", "small", "large", None, "large", "small"], dtype="str"),
        "town": pd.Series(["Ulm", "Bonn", "Ulm", "Ulm", "Bonn", "Ulm"], dtype="str"),
        "guests": [1.0, 2.5, 2.5, 1.0, np.nan, 10.0],
    }
)


def found(rows=ROWS, **how) -> dict[tuple[str, str], list[int]]:
    """Return the rows of each slice, by what it was cut and its value."""
    cuts = cut(rows, Cuts(**how), "evaluate.slices")
    return {(piece.by, piece.value): np.flatnonzero(piece.member).tolist() for piece in cuts}


@pytest.mark.slow
def test_each_value_is_a_slice_and_the_missing_one_too():
    assert found(values=["size", "guests"]) == {
        ("size", "(missing)"): [3],
        ("size", "large"): [2, 4],
        ("size", "small"): [0, 1, 5],
        ("guests", "(missing)"): [4],
        ("guests", "1"): [0, 3],
        ("guests", "10"): [5],
        ("guests", "2.5"): [1, 2],
    }


@pytest.mark.slow
def test_numbers_that_differ_late_are_slices_of_their_own():
    rows = pd.DataFrame({"area": [1000001.0, 1000002.0, 0.1 + 0.2, np.nan]})
    assert found(rows, values=["area"]) == {
        ("area", "(missing)"): [3],
        ("area", "0.3"): [2],
        ("area", "1000001"): [0],
        ("area", "1000002"): [1],
    }
    assert list(found(rows, bins={"area": [1000001, 1000002, 2e6]})) == [
        ("area", "under 1000001"),
        ("area", "1000001 to under 1000002"),
        ("area", "1000002 to under 2000000"),
        ("area", "2000000 or more"),
        ("area", "(missing)"),
    ]


def test_values_are_crossed():
    assert found(crossed=[["size", "town"]]) == {
        ("size x town", "(missing), Ulm"): [3],
        ("size x town", "large, Bonn"): [4],
        ("size x town", "large, Ulm"): [2],
        ("size x town", "small, Bonn"): [1],
        ("size x town", "small, Ulm"): [0, 5],
    }


@pytest.mark.slow
def test_an_edge_belongs_to_the_bin_above():
    assert found(bins={"guests": [2.5, 5]}) == {
        ("guests", "under 2.5"): [0, 3],
        ("guests", "2.5 to under 5"): [1, 2],
        ("guests", "5 or more"): [5],
        ("guests", "(missing)"): [4],
    }


def test_empty_bins_and_queries_are_kept_as_named_slices():
    cuts = cut(
        ROWS, Cuts(bins={"guests": [50]}, queries={"none": "guests > 99"}), "evaluate.slices"
    )
    named = {piece.value: (int(piece.member.sum()), piece.named) for piece in cuts}
    assert named == {
        "under 50": (5, True),
        "50 or more": (0, True),
        "(missing)": (1, False),
        "none": (0, True),
    }


@pytest.mark.slow
def test_a_query_says_what_it_wants():
    queries = {"big in Ulm": "town == 'Ulm' and guests >= 2", "no size": "size.isna()"}
    assert found(queries=queries) == {("query", "big in Ulm"): [2, 5], ("query", "no size"): [3]}


@pytest.mark.slow
def test_each_row_is_in_one_slice_of_a_cut():
    for how in ({"values": ["town"]}, {"crossed": [["town", "size"]]}, {"bins": {"guests": [2]}}):
        rows = [row for rows in found(**how).values() for row in rows]
        assert sorted(rows) == list(range(6))


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (
            {"values": ["sizes"]},
            r"slices.values`: there is no column `sizes` \(did you mean `size`",
        ),
        ({"crossed": [["size", "tow"]]}, r"slices.crossed`: there is no column `tow` \(did you"),
        ({"bins": {"guest": [1]}}, r"slices.bins`: there is no column `guest` \(did you mean"),
        ({"bins": {"size": [1]}}, "slices.bins`: the column `size` holds no numbers"),
        ({"bins": {"guests": []}}, r"slices.bins.guests`: \[\] are no edges"),
        ({"bins": {"guests": [3, 1]}}, r"`evaluate.slices.bins.guests`: \[3.0, 1.0\] are no edges"),
        ({"bins": {"guests": [1, np.nan]}}, r"bins.guests`: \[1.0, nan\] are no edges; list them"),
        ({"bins": {"guests": [1, 1]}}, "are no edges; list them rising"),
        ({"queries": {"q": "guests >"}}, "slices.queries.q`: 'guests >': invalid syntax"),
        ({"queries": {"q": "(guests > 1"}}, r"slices.queries.q`: '\(guests > 1': "),
        ({"queries": {"q": "1 / 0 > guests"}}, "'1 / 0 > guests': division by zero"),
        ({"queries": {"q": "guests.iloc[99] > 1"}}, "single positional indexer is out-of-bounds"),
        (
            {"queries": {"q": "guest > 1"}},
            "slices.queries.q`: 'guest > 1': name 'guest' is not def",
        ),
        ({"queries": {"q": "guests + 1"}}, "'guests \\+ 1' is not true or false of a row"),
        ({"queries": {"q": "@pd.io > 1"}}, "'@pd.io > 1' is not true or false of a row"),
        ({"queries": {"q": "1 > 0"}}, "'1 > 0' is not true or false of a row"),
    ],
)
def test_cuts_that_do_not_fit_the_rows_are_refused_by_key(how, sentence):
    with pytest.raises(Refusal, match=sentence) as refused:
        found(**how)
    assert str(refused.value).startswith("params.yaml: `evaluate.slices.")


def test_a_column_of_very_many_values_is_refused():
    rows = pd.DataFrame({"guests": np.arange(201.0)})
    with pytest.raises(Refusal) as refused:
        found(rows, values=["guests"])
    assert str(refused.value) == (
        "params.yaml: `evaluate.slices.values`: the column `guests` has 201 values, and more than "
        "200 make slices too small to tell anything; cut a number by `bins`"
    )
    assert len(found(rows.head(200), values=["guests"])) == 200


@pytest.mark.slow
@pytest.mark.parametrize("names", [[], ["size"]])
def test_one_column_cannot_be_crossed(names):
    with pytest.raises(ValidationError, match="List should have at least 2 items"):
        found(crossed=[names])
