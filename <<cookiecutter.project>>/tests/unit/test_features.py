"""The features of `recipe/features.py`, computed by hand for a small table."""

import re
from pathlib import Path

import numpy as np
import pytest

from recipe import features

SETTINGS = {
    "categories": {"min_rows": 2},
    "texts": {"dimensions": 2, "min_rows": 1, "max_words": 50},
    "max_cells": 1000,
    "seed": 1,
}


@pytest.fixture
def fitted(rows, rules):
    """The featurizer, fitted on the small table."""
    return features.build(rules, features.Params.model_validate(SETTINGS)).fit(rows)


@pytest.fixture
def columns(fitted, rows) -> dict[str, np.ndarray]:
    """The features of the small table, by name."""
    names = [feature["name"] for feature in features.manifest(fitted)]
    return dict(zip(names, fitted.transform(rows).T, strict=True))


def test_a_number_is_scaled_to_mean_0_and_variance_1(columns):
    expected = (np.arange(1, 9) - 4.5) / np.sqrt(5.25)
    assert columns["height"] == pytest.approx(expected)


def test_a_missing_number_takes_the_median_and_is_marked(columns):
    assert columns["speed (missing)"].tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    assert columns["speed"][2] == columns["speed"][1], "the median is 120"


def test_a_level_has_a_column_and_rare_levels_share_one(columns):
    assert columns["phase=Climb"].tolist() == [1, 1, 1, 0, 0, 0, 1, 0]
    assert columns["phase=(rare)"].tolist() == [0, 0, 0, 0, 0, 0, 0, 1]


def test_an_embedding_has_length_1(columns):
    length = np.hypot(columns["note[0]"], columns["note[1]"])
    assert length == pytest.approx(np.ones(8))


def test_an_unknown_level_is_rare_and_unknown_words_are_0(fitted, rows):
    row = rows.head(1).assign(phase="Taxi", note="zebra")
    (values,) = fitted.transform(row)
    named = {
        feature["name"]: value
        for feature, value in zip(features.manifest(fitted), values, strict=True)
    }
    assert named["phase=(rare)"] == 1
    assert (named["note[0]"], named["note[1]"]) == (0, 0)


def test_each_derived_column_is_tested_in_this_file():
    called = re.findall(r"features\.(\w+)\(", Path(__file__).read_text(encoding="utf-8"))
    derived = {name for name, one in vars(features).items() if hasattr(one, "derived")}
    untested = sorted(derived - {*called})
    assert not untested, f"write a test here that calls features.{untested[0]}(...)"
