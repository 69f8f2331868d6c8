"""What mistakes cost, at each threshold."""

import numpy as np
import pytest

from pipeline.evaluation.bootstrap import Sample
from pipeline.production.card import Costs
from pipeline.report import costs

pytestmark = pytest.mark.slow

TRUTH = np.array([True, True, False, False, False])
SAMPLE = Sample("binary", ["no", "yes"], TRUTH, np.array([0.9, 0.3, 0.6, 0.2, 0.1]), 0.5)
GIVEN = Costs(false_alarm=1, miss=5)


def test_the_cost_is_that_of_false_alarms_and_misses():
    found = costs.at(SAMPLE, GIVEN, 0.5)
    assert (found.alarms, found.false_alarms, found.misses) == (2, 1, 1)
    assert found.cost == pytest.approx((1 + 5) / 5 * 1000)


def test_the_cheapest_threshold_finds_the_dear_positive_too():
    best = costs.cheapest(SAMPLE, GIVEN)
    assert (best.false_alarms, best.misses) == (1, 0)
    assert best.threshold == 0.3, "of equally cheap ones it is the nearest to the one chosen"
    assert best.cost == costs.curve(SAMPLE, GIVEN)[1].min()


def test_the_table_holds_the_chosen_and_the_cheapest_threshold():
    thresholds = [one.threshold for one in costs.table(SAMPLE, GIVEN)]
    assert thresholds == sorted({*costs.SHOWN, 0.5, 0.3})


def test_without_a_model_all_or_none_are_called_positive():
    assert costs.never(SAMPLE, GIVEN) == pytest.approx(600)
    assert costs.never(SAMPLE, Costs(false_alarm=10, miss=1)) == pytest.approx(400)
