"""The figures of the mocks, and what closes the gate on them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import GateClosed
from pipeline.gates import check_data, verdict
from pipeline.gates.settings import DataParams
from pipeline.mocks import likeness as likenesses
from pipeline.mocks import mock_rows
from pipeline.mocks.likeness import Likeness, Mocks, Real
from pipeline.mocks.mock_rows import KIND
from pipeline.mocks.settings import Params
from pipeline.model import featurizer as featurizers

PATH = Path("tests/mocks.csv")
GOOD = Likeness(
    real_rows=12_772,
    rows=127,
    most_rows=127,
    kinds={"typical": 100, "edge": 20, "invalid": 0},
    bins=7,
    rare_share=0.02,
    copies=0,
    coverage=0.95,
    complete=0.5,
    columns={"town": 1.0, "size": 0.99},
    pairs={},
    least=[],
    in_region=1.0,
)


@pytest.fixture
def limits(settings) -> Params:
    return settings("mocks", Params)


@pytest.mark.slow
def test_good_figures_open_the_gate(limits):
    assert likenesses.judge(GOOD, limits) == {}


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
def test_a_missed_threshold_is_named(limits, figure, change, sentence):
    reasons = likenesses.judge(replace(GOOD, **change), limits)
    assert list(reasons) == [figure]
    assert sentence in reasons[figure]
    assert "`make mocks`" in reasons[figure]


def test_without_a_typical_mock_nothing_is_covered(typed, features, rules, limits, featurizer):
    array, manifest = features.to_numpy(), featurizers.manifest(featurizer, rules)
    real = Real(rows=typed, others=typed.head(0), features=array, manifest=manifest)
    mocks = Mocks(typed.head(3).assign(**{KIND: "edge"}), array[:3])
    likeness = likenesses.measure(real, mocks, rules, limits)
    assert set(likenesses.judge(likeness, limits)) == {"copies", "kinds", "coverage", "in_region"}


@pytest.fixture(scope="module")
def reasons(journey, rules, featurizer):
    """`reasons(limits, spoil)`: why mocks close the gate once `spoil(real, mocks)` has run."""
    real = likenesses.load(journey / "data/dataset", journey / "data/features")
    rows, _ = mock_rows.read(journey / PATH, rules)
    mocks = likenesses.featurized(rows, featurizer, rules)

    def reasons(limits, spoil=lambda real, mocks: None) -> dict[str, str]:
        copies = [replace(part, rows=part.rows.copy()) for part in (real, mocks)]
        spoil(*copies)
        return likenesses.judge(likenesses.measure(*copies, rules, limits), limits)

    return reasons


def heavier(real, mocks):
    real.rows["weight"] += 3000


def a_new_town(real, mocks):
    real.rows.loc[real.rows.index[::8], "town"] = "Lyon"


def other_features(real, mocks):
    real.features = real.features + 10


def a_copy(real, mocks):
    names = ["weight", "guests", "size", "town", "wish"]
    mocks.rows.loc[1, names] = real.rows.iloc[5][names]


def twice_as_many(real, mocks):
    mocks.rows = pd.concat([mocks.rows] * 2)
    mocks.features = np.vstack([mocks.features] * 2)


@pytest.mark.slow
def test_mocks_of_unchanged_data_open_the_gate(reasons, limits):
    assert reasons(limits) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "figure", "sentence"),
    [
        (heavier, "columns", "`weight`: "),
        (a_new_town, "columns", "`town`: "),
        (other_features, "in_region", "0.0% of the typical mocks lie where real rows lie"),
        (a_copy, "copies", "1 mocks are copies of real rows"),
        (twice_as_many, "rows", "mocks are more than the 40 that 90 real rows may have"),
    ],
)
def test_data_that_moved_away_close_the_gate(reasons, limits, spoil, figure, sentence):
    assert sentence in reasons(limits, spoil)[figure]


def gate(artefacts, settings) -> str:
    """Return why the gate on the mocks closes."""
    given = {**artefacts, "settings": settings("check_data", DataParams)}
    with pytest.raises(GateClosed) as closed:
        verdict.judge(Path("tests/data/test_likeness.py"), **given)
    return "\n".join(closed.value.reasons)


@pytest.mark.slow
def test_drifted_rows_and_a_wrong_kind_close_check_data(artefacts, settings):
    path = Path("data/dataset/train.parquet")
    rows = pd.read_parquet(path)
    rows.assign(weight=rows["weight"] + 3000).to_parquet(path)
    PATH.write_bytes(PATH.read_bytes().replace(b"\ninvalid,", b"\nedge,", 1))
    reasons = gate(artefacts, settings)
    assert "below mocks.min_column_coverage 97.0%; the data have moved away" in reasons
    assert "and its (kind) says that schema.yaml allows it" in reasons


def without_a_column():
    mock_rows.write(pd.read_csv(PATH, dtype="str").drop(columns="town"), PATH)


def absent():
    PATH.unlink()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (without_a_column, "tests/mocks.csv: the table has no column `town`"),
        (absent, "tests/mocks.csv is missing"),
    ],
)
def test_check_data_names_unreadable_mocks_once(made, run, spoil, sentence):
    spoil()
    ended = run(check_data.main)
    assert ended.code == 1
    assert ended.err.count(sentence) == 1
    assert "`make mocks`" in ended.err
