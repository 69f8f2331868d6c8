"""The region of the real rows, on points few enough to measure by hand."""

import numpy as np
import pytest

from pipeline.mocks import region
from pipeline.mocks.region import Region
from pipeline.mocks.settings import Params


@pytest.fixture
def limits(settings) -> Params:
    return settings("mocks", Params)


@pytest.mark.slow
def test_the_radius_is_a_quantile_of_nearest_neighbour_distances(limits):
    real = np.array([[0.0, 0], [1, 0], [2, 0], [3, 0], [10, 0]])
    far = Region(real, limits.model_copy(update={"region_quantile": 1.0}))
    assert far.radius == pytest.approx(7)
    near = Region(real, limits.model_copy(update={"region_quantile": 0.5}))
    assert near.radius == pytest.approx(1)
    assert near.distances(np.array([[0.0, 3.0], [10, 0]])) == pytest.approx([3, 0])
    assert near.holds(np.array([[1.0, 0.9], [1, 1.1]])).tolist() == [True, False]


@pytest.mark.slow
def test_equal_rows_have_radius_zero(limits):
    assert Region(np.ones((4, 2)), limits).radius == 0


def test_the_radius_of_a_large_table_comes_from_a_sample(limits, monkeypatch):
    real = np.random.default_rng(0).normal(size=(500, 3))
    radius = Region(real, limits).radius
    monkeypatch.setattr(region, "SAMPLE", 200)
    sampled = Region(real, limits)
    assert sampled.radius == pytest.approx(radius, rel=0.5)
    assert sampled.distances(real).max() < 1e-6, "rows outside the sample are real rows too"
