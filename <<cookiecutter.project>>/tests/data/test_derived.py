"""Derived columns: each is a function of its row, and of nothing else.

The functions of recipe/features.py are run again in a process of its own, which has a few rows'
values and recipe/ and nothing else: neither the data set nor the target is there to be looked at.
"""

import pytest

from pipeline.gates import purity


@pytest.fixture(scope="module")
def examined(artefacts, read, inputs):
    """How the derived values of some rows differ under other circumstances."""
    return purity.examine(read["train"], inputs, artefacts["schema"])


def _assert_same(examined, circumstance, question):
    reasons = examined.differences[circumstance]
    assert not reasons, f"{reasons[0]}; {question}"


def test_no_derived_column_reads_the_target_the_id_or_the_group(inputs, rules):
    never = {*rules.with_role("target", "id", "group", "ignored")}
    for one in inputs.derived:
        looked = sorted(never & {*one.reads})
        assert not looked, f"`{one.name}` reads {looked}, which a row to be predicted does not have"


def test_a_derived_column_opens_nothing_but_its_tables(examined):
    assert not examined.opened, (
        f"a derived column opens {examined.opened[0]}: it may read its row, and the tables in "
        "recipe/tables, because a server has nothing else"
    )


def test_a_derived_value_is_the_same_without_the_data_set(examined):
    question = "does it look at other rows or the target, or draw random numbers?"
    _assert_same(examined, "fresh", question)


def test_a_derived_value_is_the_same_in_any_order(examined):
    _assert_same(examined, "shuffled", "does it remember other rows?")


def test_a_derived_value_is_the_same_for_a_row_alone(examined):
    _assert_same(examined, "alone", "does it remember other rows?")


def test_a_derived_value_is_the_same_at_another_time(examined):
    for circumstance in ("later", "earlier"):
        _assert_same(examined, circumstance, "does it look at the clock?")
