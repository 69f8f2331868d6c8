"""Making mocks of a small table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import Refusal
from pipeline.data import schema as schemas
from pipeline.data.bins import quantile_bins
from pipeline.mocks import likeness as likenesses
from pipeline.mocks import make, mock_rows
from pipeline.mocks.likeness import Real
from pipeline.mocks.settings import Params
from pipeline.model import model_file

PATH = Path("tests/mocks.csv")


@pytest.fixture
def limits(settings) -> Params:
    return settings("mocks", Params)


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes(journey, rules, limits, tmp_path):
    real = likenesses.load(journey / "data/dataset", journey / "data/features")
    fitted = model_file.load(journey / "models/featurizer.skops")
    mock_rows.write(make.make(real, fitted, rules, limits)[0], tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (journey / PATH).read_bytes()


@pytest.mark.slow
def test_rare_levels_and_words_are_left_out(typed, rules):
    towns = make.common(typed["town"], rules.columns["town"], 5)
    assert "Trier" in set(typed["town"])
    assert set(towns) == {"Bonn", "Kiel", "Ulm", "(rare)"}
    wishes = pd.Series(["a cake", "a pie, John!", "A cake", ""], dtype="str")
    kept = make.common(wishes, rules.columns["wish"], 2)
    assert kept.tolist() == ["a cake", "a", "A cake", ""]
    sizes = make.common(typed["size"], rules.columns["size"], 1000)
    assert sizes.equals(typed["size"]), "declared levels name nobody"


def test_moved_numbers_stay_in_their_bin_and_keep_their_decimals():
    generator = np.random.default_rng(0)
    real = np.append(generator.normal(size=500).round(2), np.nan)
    new = make.moved(real, real, 5, generator)
    bins = quantile_bins(real, 5, few_apart=True)
    assert (bins.of(new) == bins.of(real)).all()
    assert np.isnan(new[-1])
    assert (new[:-1] != real[:-1]).mean() > 0.5
    assert np.array_equal(new[:-1].round(2), new[:-1])
    assert make.moved(np.array([np.nan]), np.array([np.nan]), 5, generator).shape == (1,)


@pytest.mark.slow
def test_dates_move_within_the_real_range():
    real = pd.Series(pd.date_range("2024-01-01", periods=40))
    new = make.other_days(real, real, np.random.default_rng(0))
    assert new.between(real.min(), real.max()).all()
    assert ((new - real).dt.days.abs() <= make.NEAR_DAYS).all()
    assert (new != real).mean() > 0.8


@pytest.mark.parametrize(
    ("column", "first"),
    [
        ({"type": "identifier"}, "mock 1"),
        ({"type": "identifier", "max_length": 6}, "1"),
        ({"type": "number", "min": 1000}, "1000"),
    ],
)
def test_mocks_get_made_up_names(rules, column, first):
    named = {**rules.columns, "order": schemas.Column(role="id", **column)}
    table = pd.DataFrame({"order": ["o1", "o2"], "shop": ["a", "a"]})
    table = make.numbered(table, rules.model_copy(update={"columns": named}))
    assert table["order"].iloc[0] == first
    assert table["order"].is_unique
    assert table["shop"].tolist() == ["mock 1", "mock 2"]


@pytest.mark.slow
def test_greedy_takes_the_fitting_row_that_adds_the_most():
    pairs = np.array([[0, 1], [1, 2], [2, 3], [0, 3]])
    weights = np.array([5, 4, 3, 2])
    everything = make.greedy(pairs, weights, 4, lambda place: True)
    assert everything == {0: 9, 2: 5}, "a row that adds nothing is not taken"
    assert make.greedy(pairs, weights, 1, lambda place: place != 0) == {1: 7}
    assert make.greedy(pairs, weights, 4, lambda place: False) == {}


@pytest.mark.slow
def test_greedy_matches_an_exhaustive_search():
    generator = np.random.default_rng(0)
    pairs, weights = generator.integers(200, size=(300, 8)), generator.integers(1, 50, 200)
    left, slow = weights.copy(), []
    for _ in range(20):
        gains = [left[np.unique(row)].sum() for row in pairs]
        slow.append(max(gains))
        left[pairs[int(np.argmax(gains))]] = 0
    pairs = np.array([row for row in pairs if len(set(row)) == 8])
    fast = make.greedy(pairs, weights, 20, lambda place: True)
    assert sum(fast.values()) >= 0.9 * sum(slow)
    assert list(fast.values()) == sorted(fast.values(), reverse=True)


@pytest.mark.slow
def test_a_schema_that_allows_no_made_up_row_is_refused(typed, rules):
    bounded = rules.columns["guests"].model_copy(update={"min": 50.0})
    strict = rules.model_copy(update={"columns": {**rules.columns, "guests": bounded}})
    with pytest.raises(Refusal, match=r"that schema\.yaml allows: `guests` '\d+\.0' is below 50"):
        make.allowed(typed.head(5), [typed], strict)


@pytest.mark.slow
def test_a_table_of_equal_rows_is_refused(typed, rules, limits):
    one = typed.head(1).loc[typed.head(1).index.repeat(60)].reset_index(drop=True)
    rows = one.assign(wish="urgent")
    same = Real(rows=rows, others=one.head(0), features=np.empty((60, 0)), manifest=[])
    with pytest.raises(Refusal, match="not a copy of a real one"):
        make.candidates(same, rules, limits)
