"""How many mocks a table may have, and how finely they cut a column."""

import pytest

from pipeline.mocks.settings import Params, grain, most_mocks


@pytest.fixture
def limits(settings) -> Params:
    return settings("mocks", Params)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("real", "most"), [(90, 40), (4_000, 40), (12_772, 127), (30_000, 300), (10**6, 300)]
)
def test_mocks_are_one_percent_of_the_rows_within_limits(limits, real, most):
    assert most_mocks(real, limits) == most


@pytest.mark.slow
def test_more_mocks_cut_columns_more_finely(limits):
    grains = [grain(count, limits) for count in (2, 20, 127, 300)]
    assert [bins for bins, _ in grains] == [2, 3, 7, 10]
    assert [share for _, share in grains] == [1.0, 0.1, 0.02, 0.02]
