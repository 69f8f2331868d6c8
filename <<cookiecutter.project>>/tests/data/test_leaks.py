"""Leaks: nothing of the test part, and nothing of the target, may be known beforehand."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core import params
from pipeline.data import split as splits
from pipeline.gates import leaks


@pytest.fixture(scope="module")
def truth(rows, rules):
    """The target of the train part, as metrics take it."""
    return rules.truth(rows["train"][rules.target])


def test_no_id_is_on_both_sides(rows, rules):
    both = set(rows["train"][rules.id]) & set(rows["test"][rules.id])
    assert not both, f"{sorted(both)[:3]} are in the train part and in the test part"


def test_no_row_was_lost_or_made_twice(rows, rules):
    ids = [*rows["train"][rules.id], *rows["test"][rules.id]]
    assert len(ids) == len(set(ids)), "an id stands on more than one row"


def test_few_rows_of_the_test_part_are_in_the_train_part_too(rows, rules, settings):
    names = [*rules.features, rules.target]
    hashes = {part: pd.util.hash_pandas_object(rows[part][names], index=False) for part in rows}
    both = hashes["test"].isin(hashes["train"]).to_numpy()
    assert both.mean() <= settings.max_shared_rows, (
        f"{both.mean():.2%} of the test part's rows equal a row of the train part in all features "
        f"and in the target, such as {rows['test'][rules.id][both].iloc[0]}: more than "
        f"check_data.max_shared_rows {settings.max_shared_rows:.2%}"
    )


def test_few_groups_of_the_test_part_are_in_the_train_part_too(rows, rules, settings):
    for group in rules.with_role("group"):
        both = rows["test"][group].isin(rows["train"][group]).to_numpy()
        assert both.mean() <= settings.max_shared_groups, (
            f"{both.mean():.2%} of the test part's rows have a `{group}`, such as "
            f"{rows['test'][group][both].iloc[0]}, that is in the train part too, more than "
            f"check_data.max_shared_groups {settings.max_shared_groups:.2%}"
        )


def test_the_split_is_the_declared_one(rows, rules):
    split = params.load("ingest", splits.Params).split
    train, test = rows["train"], rows["test"]
    if split.by == "time":
        time = rules.with_role("time")[0]
        last, first = train[time].max(), test[time].min()
        begin = pd.Timestamp(split.test_from)
        assert last < begin <= first, (
            f"the train part reaches {last}, the test part begins {first}; "
            f"ingest.split.test_from is {split.test_from}"
        )
    elif split.by == "group":
        group = rules.with_role("group")[0]
        both = set(train[group]) & set(test[group])
        assert not both, f"the groups {sorted(both)[:3]} are on both sides"
    else:
        # Each stratum's share is rounded to whole rows, of which one at least is tested on.
        spare = len(rules.labels) or splits.STRATA
        count, wanted = len(test), split.test_share * (len(train) + len(test))
        assert abs(count - wanted) <= spare, f"the test part has {count} rows, not {wanted:g}"


def _judge(found, rules, settings):
    """Fail on what predicts the target better than it should: (what, how well) of each."""
    key = "max_leak_correlation" if rules.task == "regression" else "max_leak_auc"
    limit = getattr(settings, key)
    what, strength = max(found, key=lambda one: np.nan_to_num(one[1], nan=np.inf))
    assert np.isfinite(strength), f"{what}: its {leaks.name_of(rules)} could not be measured"
    assert strength <= limit, (
        f"{what} has {leaks.name_of(rules)} {strength:.3f}, above check_data.{key} {limit}: "
        "does it know the target?"
    )


@pytest.fixture(scope="module")
def doubted(rules, settings):
    """The features' columns that may be leaks: all but those that are said to be none."""
    unknown = sorted(set(settings.strong) - set(rules.features))
    assert not unknown, f"check_data.strong names `{unknown[0]}`, which is no feature"
    return [name for name in rules.features if name not in settings.strong]


def test_no_feature_alone_predicts_the_target(features, columns, truth, rules, doubted, settings):
    kept = [column["name"] for column in columns if column["source"] in doubted]
    if kept:
        found = leaks.strengths(features["train"][kept].to_numpy(), truth, rules)
        names = [f"`{name}` alone" for name in kept]
        _judge(zip(names, found, strict=True), rules, settings)


def test_no_column_alone_predicts_the_target(rows, truth, rules, doubted, settings):
    if doubted:
        _judge(leaks.of_columns(rows["train"], truth, rules, doubted), rules, settings)


def test_no_word_alone_predicts_the_target(rows, truth, rules, doubted, settings):
    for source in set(rules.features_of("text")) & set(doubted):
        word, strength = leaks.of_words(rows["train"][source], truth, rules)
        _judge([(f"`{source}`: {word} alone", strength)], rules, settings)
