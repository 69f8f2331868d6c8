"""Odd values: missing, infinite, blank, unseen, long, of other scripts. A score, never an error."""

import numpy as np
import pandas as pd
import pytest

UNSEEN = "a level that was never seen"
ODD_TEXTS = {
    "empty": "",
    "blank": "   \t ",
    "long": "word " * 20_000,
    "Chinese": "这是一个句子",
    "Arabic": "هذه جملة قصيرة",
    "emoji": "🥐☕️💥",
    "control characters": "a\x00b\x07\x1b[31m",
    "a formula": "=1+1;DROP TABLE",
}


def _scored(scorer, rows, names, value):
    """The scores, a column each, of a few rows in which that column is set to `value`."""
    few = rows.head(10)
    names = [*names]
    if not names:
        return {}
    scores = scorer.scores(pd.concat([few.assign(**{name: value}) for name in names]))
    assert len(scores) == len(few) * len(names), f"{str(value)[:20]!r}: a row was lost"
    found = dict(zip(names, np.split(scores, len(names)), strict=True))
    for name, of_column in found.items():
        finite = np.isfinite(of_column).all()
        assert finite, f"`{name}` = {str(value)[:20]!r}: a score is not finite"
    return found


def _assert_same(found, others, what):
    for name, scores in found.items():
        off = np.abs(scores - others[name]).max()
        assert off == 0, f"`{name}`: {what} score differently, by {off:.3g}"


@pytest.mark.parametrize("value", [0.0, -1.0, 1e12, -1e12])
def test_any_number_gets_a_score(scorer, rows, rules, value):
    _scored(scorer, rows, rules.features_of("number"), value)


@pytest.mark.parametrize("value", [np.inf, -np.inf, "inf", "1e999", "a word"])
def test_a_value_that_is_not_a_finite_number_counts_as_missing(scorer, rows, rules, value):
    names = rules.features_of("number")
    found, missing = (_scored(scorer, rows, names, odd) for odd in (value, np.nan))
    _assert_same(found, missing, f"{value!r} and a missing value")


@pytest.mark.parametrize("value", [" ", "字", "x" * 10_000], ids=["blank", "Chinese", "long"])
def test_any_category_gets_a_score(scorer, rows, rules, value):
    _scored(scorer, rows, rules.features_of("category"), value)


def test_unseen_levels_score_alike(scorer, rows, rules):
    looked_into = {name for one in scorer.inputs.derived for name in one.reads}
    names = [name for name in rules.features_of("category") if name not in looked_into]
    found, others = (_scored(scorer, rows, names, odd) for odd in (UNSEEN, f"not {UNSEEN}"))
    _assert_same(found, others, "two unseen levels")


@pytest.mark.parametrize("kind", ODD_TEXTS)
def test_any_text_gets_a_score(scorer, rows, rules, kind):
    _scored(scorer, rows, rules.features_of("text"), ODD_TEXTS[kind])


@pytest.mark.parametrize("value", ["0001-01-01", "9999-12-31", "2024-02-29T23:59:59", "no date"])
def test_any_date_gets_a_score(scorer, rows, rules, value):
    dates = [name for name in scorer.inputs.reads if rules.columns[name].type == "date"]
    _scored(scorer, rows, dates, value)


def test_a_row_of_missing_values_gets_a_score(scorer, rows, rules):
    nothing = rows.head(5).assign(**dict.fromkeys(scorer.inputs.reads))
    assert np.isfinite(scorer.scores(nothing)).all(), "a row of missing values has no score"


def test_every_spelling_of_missing_scores_alike(scorer, rows, rules):
    for name in rules.features:  # one by one: a column of nothing else has a type of its own
        found = _scored(scorer, rows, [name], None)
        for value in (np.nan, *rules.missing_of(name)):
            _assert_same(found, _scored(scorer, rows, [name], value), f"None and {value!r}")
