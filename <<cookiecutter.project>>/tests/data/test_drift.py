"""Drift: no column's values differ between the training set and the test set."""

import pytest

from pipeline.gates import drift


@pytest.fixture(scope="module")
def drifts(read, inputs):
    """The drift of each column from the training set to the test set.

    Dates and the numbers made of them are left out: time goes on, so they always differ.
    """
    train, test, rules = read["train"], read["test"], inputs.schema
    dated = {one.name for one in inputs.derived if one.where != "recipe/features.py"}
    return {
        name: drift.compare(train[name], test[name], rules.columns[name].type)
        for name in inputs.names
        if name not in dated
    }


def test_no_column_drifted_between_the_sets(drifts, read, inputs, settings):
    rules = inputs.schema
    limits = {name: getattr(settings.max_psi, rules.columns[name].type) for name in drifts}
    over = {
        name: measured["psi"] for name, measured in drifts.items() if measured["psi"] > limits[name]
    }
    # In a small table, chance alone may exceed the limit: that much is no drift.
    train, test = read["train"], read["test"]
    over = {
        name: psi
        for name, psi in over.items()
        if psi > drift.psi_by_chance(train[name], test[name], rules.columns[name].type)
    }
    worst = max(over, key=over.get, default=None)
    assert not over, (
        f"`{worst}` differs between the sets: PSI {over[worst]:.2f}, above check_data.max_psi "
        f"{limits[worst]:g}; was its unit or its spelling changed?"
    )


def test_values_are_missing_as_often_in_the_test_set(drifts, settings):
    gap = {
        name: measured["missing_live"] - measured["missing_train"]
        for name, measured in drifts.items()
    }
    worst = max(gap, key=lambda name: abs(gap[name]))
    assert abs(gap[worst]) <= settings.max_missing_gap, (
        f"`{worst}` is missing {gap[worst]:+.0%} more often in the test set than in the "
        f"training set: beyond check_data.max_missing_gap {settings.max_missing_gap:.0%}"
    )
