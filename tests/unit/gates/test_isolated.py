"""Rows are derived in another order, alone and in a fork; each as it should be."""

import pytest

from pipeline.core.errors import Refusal
from pipeline.data.derived import Derived
from pipeline.gates import isolated

ROWS = [(float(number),) for number in range(40)]


def of(function):
    return Derived("own", "number", ("guests",), function)


def test_a_pure_function_has_the_same_values_in_any_order():
    double = of(lambda value: value * 2)
    assert isolated.in_another_order(double, ROWS) == isolated.in_order(double, ROWS)


def test_a_function_that_counts_differs_in_another_order():
    seen = []
    count = of(lambda value: seen.append(value) or len(seen))
    assert isolated.in_another_order(count, ROWS) != list(range(1, 41))


@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_row_alone_is_derived_in_a_fork_of_its_own():
    seen = []
    count = of(lambda value: seen.append(value) or len(seen))
    assert isolated.each_alone(count, ROWS) == [1.0] * isolated.ALONE
    assert seen == []


@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_row_that_fails_alone_is_a_refusal():
    with pytest.raises(Refusal, match="`own` raised ZeroDivisionError"):
        isolated.each_alone(of(lambda value: 1 / value), ROWS)
