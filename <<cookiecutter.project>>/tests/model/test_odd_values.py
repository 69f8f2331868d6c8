"""Odd values: missing, empty, blank, unseen, long, from other scripts. A score, never an error."""

import numpy as np
import pytest

ODD_TEXTS = {
    "empty": "",
    "blank": "   \t ",
    "long": "bird " * 20_000,
    "Chinese": "飞机撞到一只鸟",
    "emoji": "🦅✈️💥",
    "control characters": "a\x00b\x07\x1b[31m",
    "a formula": "=1+1;DROP TABLE",
}


def _scored(scorer, rows, name, value):
    changed = rows.head(20).assign(**{name: value})
    scores = scorer.scores(changed)
    assert len(scores) == len(changed), f"`{name}` = {value!r}: a row was lost"
    assert np.isfinite(scores).all(), f"`{name}` = {str(value)[:20]!r}: a score is not finite"
    return scores


@pytest.mark.parametrize("value", [np.nan, None, 0.0, -1.0, 1e12])
def test_any_number_gets_a_score(scorer, rows, rules, value):
    for name in rules.features_of("number"):
        _scored(scorer, rows, name, value)


@pytest.mark.parametrize("value", [np.nan, None, "", " ", "a level that nobody has seen", "鸟"])
def test_any_category_gets_a_score(scorer, rows, rules, value):
    for name in rules.features_of("category"):
        _scored(scorer, rows, name, value)


@pytest.mark.parametrize("kind", ODD_TEXTS)
def test_any_text_gets_a_score(scorer, rows, rules, kind):
    for name in rules.features_of("text"):
        _scored(scorer, rows, name, ODD_TEXTS[kind])


def test_a_row_of_nothing_but_missing_values_gets_a_score(scorer, rows, rules):
    nothing = rows.head(5).assign(**dict.fromkeys(rules.features))
    assert np.isfinite(scorer.scores(nothing)).all(), "a row of missing values has no score"


def test_missing_is_missing_however_it_is_written(scorer, rows, rules):
    for name in rules.features_of("category") + rules.features_of("text"):
        spellings = [_scored(scorer, rows, name, value) for value in (None, np.nan, "")]
        apart = np.ptp(spellings, axis=0).max()
        assert apart == 0, f"`{name}`: None, NaN and the empty string score {apart:.3g} apart"
