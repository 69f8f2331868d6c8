"""The summary names roles, leaks and thresholds, and what is left to decide."""

import numpy as np
import pytest

from adoption import AGE, COUNT, DRAW, LATE, frame, proposed
from pipeline.adopt.summary import summary

pytestmark = pytest.mark.usefixtures("project", "quick_trials")


@pytest.mark.slow
def test_a_number_as_target_is_summed_up():
    table = frame(rent=(AGE * 3 + DRAW.normal(0, 40, COUNT)).round(2))
    table["contact"] = [f"ann{number % 40}@mail.test" for number in range(COUNT)]
    for number in range(9):
        table[f"same {number}"] = "x"
    description, plan = proposed(table.drop(columns="late"), target="rent")
    text = "\n".join(summary(description, plan))
    for words in ("target    `rent`, regression: ", "features  ", " r2: min ",
                  "split     at random, with each class in its share: 20% of the rows are",
                  "private   `contact`: the server does not log them", "and 1 more",
                  "gate      mae: max "):  # fmt: skip
        assert words in text
    assert "evaluate.decision_threshold" in plan.values


def test_groups_and_leaks_are_named():
    shops = [f"s{number % 25}" for number in range(COUNT)]
    table = frame(shop_id=shops, refund=np.where(LATE, "paid", "none"), tip=np.where(LATE, 9, 1))
    description, plan = proposed(table, keep=["tip"])
    text = "\n".join(summary(description, plan))
    assert "LEAK?     `refund` alone predicts `late` (" in text
    assert "left out; KEEP='refund' makes it a feature" in text
    assert "strong    `tip` alone" in text
    assert "split     by group, each whole, 20% of the rows are the test set" in text
    assert "group     `shop_id`: 25 groups" in text
    plan.warnings += [f"warning {number}" for number in range(20)]
    assert "more, in reports/adopt.json" in "\n".join(summary(description, plan))
