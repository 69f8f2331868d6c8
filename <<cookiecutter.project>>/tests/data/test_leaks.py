"""Leaks: the training set tells nothing of the test set, and no feature tells the target."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core import params
from pipeline.data import split as splits
from pipeline.gates import leaks


@pytest.fixture(scope="module")
def truth(rows, rules):
    """The target of the training set, as metrics take it."""
    return rules.truth(rows["train"][rules.target])


def test_no_id_is_in_both_sets(rows, rules):
    both = set(rows["train"][rules.id]) & set(rows["test"][rules.id])
    assert not both, f"{sorted(both)[:3]} are in the training set and in the test set"


def test_no_id_occurs_twice(rows, rules):
    ids = [*rows["train"][rules.id], *rows["test"][rules.id]]
    assert len(ids) == len(set(ids)), "an id occurs more than once"


def test_few_rows_are_in_both_sets(rows, rules, settings):
    names = [*rules.features, rules.target]
    hashes = {part: pd.util.hash_pandas_object(rows[part][names], index=False) for part in rows}
    both = hashes["test"].isin(hashes["train"]).to_numpy()
    assert both.mean() <= settings.max_shared_rows, (
        f"{both.mean():.2%} of the test set's rows equal a row of the training set in all features "
        f"and in the target, such as {rows['test'][rules.id][both].iloc[0]}: more than "
        f"check_data.max_shared_rows {settings.max_shared_rows:.2%}"
    )


def test_few_groups_are_in_both_sets(rows, rules, settings):
    for group in rules.with_role("group"):
        both = rows["test"][group].isin(rows["train"][group]).to_numpy()
        assert both.mean() <= settings.max_shared_groups, (
            f"{both.mean():.2%} of the test set's rows have a `{group}`, such as "
            f"{rows['test'][group][both].iloc[0]}, that is in the training set too: more than "
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
            f"the training set reaches {last}, the test set begins {first}; "
            f"ingest.split.test_from is {split.test_from}"
        )
    elif split.by == "group":
        group = rules.with_role("group")[0]
        both = set(train[group]) & set(test[group])
        assert not both, f"the groups {sorted(both)[:3]} are in both sets"
    else:
        # Each stratum's share is rounded to whole rows, at least one of them in the test set.
        spare = len(rules.labels) or splits.STRATA
        count, expected = len(test), split.test_share * (len(train) + len(test))
        assert abs(count - expected) <= spare, f"the test set has {count} rows, not {expected:g}"


def _judge(strengths, rules, settings):
    """Fail on the predictor of the largest strength where that is above the limit.

    `strengths` are pairs of a predictor's name and its strength (see pipeline/gates/leaks.py).
    """
    key = "max_leak_correlation" if rules.task == "regression" else "max_leak_auc"
    limit = getattr(settings, key)
    what, strength = max(strengths, key=lambda pair: np.nan_to_num(pair[1], nan=np.inf))
    assert np.isfinite(strength), f"{what}: its {leaks.name_of(rules)} could not be computed"
    assert strength <= limit, (
        f"{what} has {leaks.name_of(rules)} {strength:.3f}, above check_data.{key} {limit}: "
        "was it filled in when the target was known?"
    )


@pytest.fixture(scope="module")
def suspects(inputs, settings):
    """The columns that may be leaks: all features but those named in check_data.strong."""
    unknown = sorted(set(settings.strong) - set(inputs.names))
    assert not unknown, f"check_data.strong names `{unknown[0]}`, which is not a feature"
    return [name for name in inputs.names if name not in settings.strong]


def test_no_feature_alone_predicts_the_target(features, columns, truth, rules, suspects, settings):
    kept = [column["name"] for column in columns if column["source"] in suspects]
    if kept:
        strengths = leaks.strengths(features["train"][kept].to_numpy(), truth, rules)
        names = [f"`{name}` alone" for name in kept]
        _judge(zip(names, strengths, strict=True), rules, settings)


def test_no_column_alone_predicts_the_target(read, truth, inputs, suspects, settings):
    if suspects:
        rules = inputs.schema
        _judge(leaks.of_columns(read["train"], truth, rules, suspects), rules, settings)


def test_no_word_alone_predicts_the_target(read, truth, inputs, suspects, settings):
    rules = inputs.schema
    for source in set(rules.features_of("text")) & set(suspects):
        word, strength = leaks.of_words(read["train"][source], truth, rules)
        _judge([(f"`{source}`: {word} alone", strength)], rules, settings)
