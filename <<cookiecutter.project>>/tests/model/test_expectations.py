"""Expectations: how a change of a row moves its score (check_model.expectations)."""

import numpy as np
import pytest

from pipeline.core import params
from pipeline.gates.settings import ModelParams


def _expectations():
    return params.load("check_model", ModelParams).expectations


def _changed(rows, expectation, rules):
    absent = sorted({*expectation.set, *expectation.add} - set(rows.columns))
    assert not absent, f"params.yaml: there is no column {absent}"
    changed = rows.assign(**expectation.set)
    for name, what in expectation.add.items():
        fits = {"number": (int, float), "text": str}.get(rules.columns[name].type, ())
        assert isinstance(what, fits), f"params.yaml: {what!r} cannot be added to `{name}`"
        changed[name] = changed[name] + what
    return changed


def _scores_of(scores, label, rules):
    """The scores that an expectation is about: (n,), or all of them (n, classes)."""
    known = rules.labels if rules.task == "multiclass" else [None]
    assert label is None or label in known, (
        f"params.yaml: `label` {label!r} is not one of {', '.join(map(str, known))}"
        if rules.task == "multiclass"
        else "params.yaml: `label` is for targets of more than two classes"
    )
    return scores if label is None else scores[:, rules.labels.index(label)]


@pytest.mark.parametrize("expectation", _expectations(), ids=lambda expectation: expectation.name)
def test_a_change_moves_the_score_as_expected(scorer, rows, rules, unit, settings, expectation):
    one = rules.task != "multiclass" or expectation.label or expectation.expect == "same"
    assert one, "params.yaml: say by `label` which class should score higher or lower"
    before, after = (
        _scores_of(scorer.scores(table), expectation.label, rules)
        for table in (rows, _changed(rows, expectation, rules))
    )
    moved = (after - before).reshape(len(rows), -1)
    agree = {
        "same": np.abs(moved) <= settings.tolerance * unit,
        "higher": moved > 0,
        "lower": moved < 0,
    }[expectation.expect].all(axis=1)
    assert agree.mean() >= expectation.share, (
        f"{expectation.set or expectation.add} should score {expectation.expect} in "
        f"{expectation.share:.0%} of the rows and does in {agree.mean():.0%}"
    )
