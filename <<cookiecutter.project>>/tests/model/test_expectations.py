"""Invariance and direction: what `test_model.expectations` in params.yaml expects of a change."""

import numpy as np
import pytest

from pipeline import params, test_model


def _expectations():
    return params.load("test_model", test_model.Params).expectations


@pytest.mark.parametrize("expectation", _expectations(), ids=lambda expectation: expectation.name)
def test_a_change_moves_the_score_as_expected(scorer, rows, rules, settings, expectation):
    absent = sorted(set(expectation.set) - set(rows.columns))
    assert not absent, f"params.yaml: there is no column {absent}"
    moved = scorer.scores(rows.assign(**expectation.set)) - scorer.scores(rows)
    agree = {
        "same": np.abs(moved) <= settings.tolerance,
        "higher": moved > 0,
        "lower": moved < 0,
    }[expectation.expect]
    assert agree.mean() >= expectation.share, (
        f"{expectation.set} should score {expectation.expect} in {expectation.share:.0%} of the "
        f"rows and does in {agree.mean():.0%}"
    )
