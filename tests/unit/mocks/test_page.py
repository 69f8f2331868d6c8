"""The picture of the mocks over the real rows."""

import numpy as np
import pandas as pd
import pytest

from pipeline.mocks import page
from pipeline.mocks.likeness import Mocks
from pipeline.mocks.mock_rows import KIND
from pipeline.mocks.settings import Params


@pytest.fixture
def limits(settings) -> Params:
    return settings("mocks", Params)


@pytest.mark.slow
def test_a_single_feature_is_drawn(limits):
    line = np.arange(5.0)[:, None]
    rows = pd.DataFrame({KIND: ["typical", "edge", "edge", "invalid", "typical"]})
    points = page.planes(line, Mocks(rows, line), limits)
    assert {kind: layer.shape for kind, layer in points.items()} == {
        "real": (5, 2),
        "typical": (2, 2),
        "edge": (2, 2),
        "invalid": (1, 2),
    }
