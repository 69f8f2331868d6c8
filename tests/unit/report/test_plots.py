"""Pictures of scores, costs and latencies."""

import numpy as np
import pytest

from evaluations import COSTS, FIVE
from pipeline.release import load_test
from pipeline.report import costs
from pipeline.report import plots as report_plots

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("drawn")]


def test_scores_by_class_name_both():
    picture = report_plots.by_class(FIVE)
    assert ">no<" in picture
    assert ">yes<" in picture


def test_errors_are_counted():
    assert ">too much<" in report_plots.histogram(np.array([-1.0, 0.0, 99.0]), "too much")


def test_the_cost_names_the_chosen_and_the_cheapest_threshold():
    grid, values = costs.curve(FIVE, COSTS)
    picture = report_plots.cost(grid, values, 0.5, 0.3, 600.0, "loaves")
    for words in ("chosen: 0.5", "cheapest: 0.3", "without a model", "loaves"):
        assert f">{words}<" in picture


def test_latencies_name_their_limits():
    taken = {
        "alone": load_test.histogram([1.0, 2.0, 3.0]),
        "under load": load_test.histogram([5.0] * 9),
    }
    picture = report_plots.latencies(taken, {"p95 alone": 250})
    for words in ("alone", "under load", "p95 alone", "ms"):
        assert f">{words}<" in picture
