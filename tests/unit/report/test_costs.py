"""What mistakes cost, at each threshold."""

import pytest

from evaluations import COSTS, FIVE
from pipeline.report import costs
from pipeline.report.settings import Costs

pytestmark = pytest.mark.slow


def test_the_cost_is_that_of_false_alarms_and_misses():
    found = costs.at(FIVE, COSTS, 0.5)
    assert (found.alarms, found.false_alarms, found.misses) == (2, 1, 1)
    assert found.cost == pytest.approx((1 + 5) / 5 * 1000)


def test_the_cheapest_threshold_finds_the_dear_positive_too():
    best = costs.cheapest(FIVE, COSTS)
    assert (best.false_alarms, best.misses) == (1, 0)
    assert best.threshold == 0.3, "of equally cheap ones it is the nearest to the one chosen"
    assert best.cost == costs.curve(FIVE, COSTS)[1].min()


def test_the_table_holds_the_chosen_and_the_cheapest_threshold():
    thresholds = [one.threshold for one in costs.table(FIVE, COSTS)]
    assert thresholds == sorted({*costs.SHOWN, 0.5, 0.3})


def test_without_a_model_all_or_none_are_called_positive():
    assert costs.never(FIVE, COSTS) == pytest.approx(600)
    assert costs.never(FIVE, Costs(false_alarm=10, miss=1)) == pytest.approx(400)
