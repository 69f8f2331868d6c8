"""The page that says what was decided: roles, leaks, gates, and what is left to a person."""

import numpy as np
import pytest

from adoption import AGE, COUNT, DRAW, LATE, frame, proposed
from pipeline.adopt import summary as adopted_summary

pytestmark = pytest.mark.usefixtures("project", "quick_trials")


@pytest.mark.slow
def test_a_number_is_proposed_for_and_summed_up():
    table = frame(rent=(AGE * 3 + DRAW.normal(0, 40, COUNT)).round(2))
    table["contact"] = [f"ann{number % 40}@mail.test" for number in range(COUNT)]
    for number in range(9):
        table[f"same {number}"] = "x"
    found, plan = proposed(table.drop(columns="late"), target="rent")
    text = "\n".join(adopted_summary.summary(found, plan))
    for words in ("target    `rent`, regression: the target, a number", "features  ", " r2: min ",
                  "split     at random, each class in its share, 20% is tested on",
                  "PRIVATE   `contact`: the server does not log them", "and 1 more",
                  "gate      mae: max "):  # fmt: skip
        assert words in text
    assert "evaluate.decision_threshold" in plan.values


def test_groups_are_kept_together_and_leaks_are_named_loudly():
    shops = [f"s{number % 25}" for number in range(COUNT)]
    table = frame(shop_id=shops, refund=np.where(LATE, "paid", "none"), tip=np.where(LATE, 9, 1))
    found, plan = proposed(table, keep=["tip"])
    text = "\n".join(adopted_summary.summary(found, plan))
    assert "LEAK?     `refund` alone tells `late`: " in text
    assert "`refund` is set aside; KEEP='refund' takes it back" in text
    assert "strong    `tip` alone" in text
    assert "split     whole groups, 20% is tested on" in text
    assert "group     `shop_id`: 25 groups" in text
    found.notes += [f"note {number}" for number in range(20)]
    assert "more, in reports/adopt.json" in "\n".join(adopted_summary.summary(found, plan))
