"""A split into a training set and a test set, by time, by group and at random."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import Refusal
from pipeline.data.split import Params, Split, facts, faults, training_and_test


@pytest.fixture
def with_params(settings):
    """Section `ingest` with another split."""
    base = settings("ingest", Params)
    return lambda **how: base.model_copy(update={"split": Split(**{"by": "time", **how})})


@pytest.mark.slow
def test_by_time_the_test_set_is_what_happened_later(typed, rules, with_params):
    train, test = training_and_test(typed, rules, with_params(test_from="2024-02-10"))
    assert train["day"].max() == pd.Timestamp("2024-02-09")
    assert test["day"].min() == pd.Timestamp("2024-02-10")


@pytest.mark.slow
def test_by_group_no_group_is_in_both_sets(typed, rules, with_params):
    train, test = training_and_test(typed, rules, with_params(by="group", test_share=0.34))
    assert not set(train["shop"]) & set(test["shop"])
    assert test["shop"].nunique() == 2, "a third of six shops"


def test_at_random_both_sets_have_the_same_share_of_positives(typed, rules, with_params):
    train, test = training_and_test(typed, rules, with_params(by="random", test_share=0.25))
    assert len(test) == 30
    shares = [(rows["late"] == "yes").mean() for rows in (train, test)]
    assert np.ptp(shares) < 1 / 30


@pytest.mark.slow
@pytest.mark.parametrize("by", ["group", "random"])
def test_the_seed_alone_decides_a_split(typed, rules, with_params, by):
    how = with_params(by=by)
    seeds = (how, how, how.model_copy(update={"seed": 2}))
    first, again, other = (
        set(training_and_test(typed, rules, settings)[1].index) for settings in seeds
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("how", "role", "sentence"),
    [
        ({"by": "time"}, None, "`ingest.split.test_from` is missing"),
        ({"by": "time", "test_from": "2024-03-01"}, "day", "by` is time, but no column has that"),
        ({"by": "group"}, "shop", "`ingest.split.by` is group, but no column has that role"),
    ],
)
def test_a_split_without_its_column_or_its_day_is_refused(
    typed, rules, with_params, how, role, sentence
):
    columns = {name: column for name, column in rules.columns.items() if name != role}
    other = rules.model_copy(update={"columns": columns})
    with pytest.raises(Refusal, match=sentence):
        training_and_test(typed, other, with_params(**how))


def test_each_fault_of_a_set_is_named(typed, rules):
    none, late = typed.head(0), typed[typed["late"] == "yes"]
    assert faults(typed, typed, rules) == []
    assert faults(none, late, rules) == [
        "the training set is empty (ingest.split in params.yaml)",
        "the test set holds one class only (late = yes); "
        "nothing can be learned or measured from that",
    ]


def test_a_set_without_one_of_three_classes_is_named(typed, rules):
    target = rules.columns["late"].model_copy(
        update={"levels": ("no", "yes", "never"), "positive": None}
    )
    three = rules.model_copy(update={"columns": {**rules.columns, "late": target}})
    sentence = "the training set holds no row of late = never, one of its levels"
    assert faults(typed, typed, three)[0] == sentence


def test_the_facts_of_a_set_are_its_size_shares_and_missing_values(typed, rules):
    rows = typed.head(4).assign(late=["yes", "no", "no", "no"], weight=[1.0, np.nan, 2.0, 3.0])
    found = facts(rows, rules)
    assert (found["rows"], found["target"]) == (4, {"no": 0.75, "yes": 0.25})
    assert found["missing_share"]["weight"] == 0.25
