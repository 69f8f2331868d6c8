"""All parameters of a new table are proposed, or it is refused."""

import numpy as np
import pytest

from adoption import COUNT, frame, proposed
from pipeline.core.errors import Refusal

pytestmark = pytest.mark.usefixtures("project", "quick_trials")


@pytest.mark.slow
def test_columns_that_predict_nothing_are_refused():
    guessed = np.random.default_rng(3).choice(["yes", "no"], COUNT)
    table = frame(city=["Ulm", "Kiel"] * (COUNT // 2)).assign(late=guessed)
    with pytest.raises(Refusal, match="the columns do not predict `late`"):
        proposed(table)
