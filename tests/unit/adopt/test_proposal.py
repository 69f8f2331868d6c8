"""A proposal's numbers are rounded so that they let a little more pass."""

import math

import numpy as np
import pytest

from pipeline.adopt.proposal import rounded


@pytest.mark.slow
def test_rounding_makes_a_threshold_looser():
    assert rounded(0.0, math.floor) == 0.0
    assert rounded(-np.inf, math.floor) == 0.0
    assert rounded(-0.87654, math.floor) == -0.877
