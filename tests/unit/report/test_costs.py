"""The cost of errors at each threshold."""

import pytest

from evaluations import COSTS, FIVE
from pipeline.report import costs
from pipeline.report.settings import Costs

pytestmark = pytest.mark.slow


def test_the_cost_is_that_of_false_alarms_and_misses():
    cost = costs.at(FIVE, COSTS, 0.5)
    assert (cost.alarms, cost.false_alarms, cost.misses) == (2, 1, 1)
    assert cost.cost == pytest.approx((1 + 5) / 5 * 1000)


def test_the_cheapest_threshold_misses_no_expensive_positive():
    best = costs.cheapest(FIVE, COSTS)
    assert (best.false_alarms, best.misses) == (1, 0)
    assert best.threshold == 0.3, "of equals it is the nearest to the chosen one"
    assert best.cost == costs.curve(FIVE, COSTS)[1].min()


def test_the_table_holds_the_chosen_and_the_cheapest_threshold():
    thresholds = [cost.threshold for cost in costs.table(FIVE, COSTS)]
    assert thresholds == sorted({*costs.SHOWN, 0.5, 0.3})


def test_without_a_model_all_or_none_are_positive():
    assert costs.never(FIVE, COSTS) == pytest.approx(600)
    assert costs.never(FIVE, Costs(false_alarm=10, miss=1)) == pytest.approx(400)
