"""Drift between the parts: a column whose values changed when the test part began."""

import pytest

from pipeline.gates import drift


@pytest.fixture(scope="module")
def moved(rows, rules):
    """How far the test part's values are from the train part's, by column."""
    train, test = rows["train"], rows["test"]
    return {
        name: drift.compare(train[name], test[name], rules.columns[name].type)
        for name in rules.features
    }


def test_the_values_of_the_test_part_are_like_those_of_the_train_part(moved, rows, rules, settings):
    limits = {name: getattr(settings.max_psi, rules.columns[name].type) for name in moved}
    over = {name: found["psi"] for name, found in moved.items() if found["psi"] > limits[name]}
    # In a small table, chance alone goes beyond: what is no more than that is no change.
    train, test = rows["train"], rows["test"]
    over = {
        name: psi
        for name, psi in over.items()
        if psi > drift.psi_by_chance(train[name], test[name], rules.columns[name].type)
    }
    worst = max(over, key=over.get, default=None)
    assert not over, (
        f"`{worst}` differs between the parts: PSI {over[worst]:.2f}, above check_data.max_psi "
        f"{limits[worst]:g}; was its unit or its spelling changed?"
    )


def test_values_are_missing_as_often_in_the_test_part(moved, settings):
    gap = {name: found["missing_live"] - found["missing_train"] for name, found in moved.items()}
    worst = max(gap, key=lambda name: abs(gap[name]))
    assert abs(gap[worst]) <= settings.max_missing_gap, (
        f"`{worst}` is missing {gap[worst]:+.0%} more often in the test part than in the train "
        f"part: beyond check_data.max_missing_gap {settings.max_missing_gap:.0%}"
    )
