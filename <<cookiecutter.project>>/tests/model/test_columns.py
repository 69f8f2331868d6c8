"""Columns: the model uses each of those it is given, or params.yaml says that it may not."""

import numpy as np

WITHOUT = {"number": np.nan, "category": None, "text": ""}


def _changes(rows, name, kind):
    """Rows with other values in the column `name`: none, and those of other rows."""
    values = rows[name].to_numpy(dtype=object)
    for other in (WITHOUT[kind], np.roll(values, 1), values[::-1]):
        yield rows.assign(**{name: other})


def _moves(scorer, rows, name, apart, tolerance):
    before, kind = scorer.scores(rows), scorer.rules.columns[name].type
    changes = _changes(rows, name, kind)
    return any(apart(scorer.scores(changed), before) > tolerance for changed in changes)


def test_every_column_moves_some_score(scorer, rows, test, rules, apart, settings):
    used = {
        name
        for name in rules.features
        if any(_moves(scorer, some, name, apart, settings.tolerance) for some in (rows, test))
    }
    idle = sorted(set(rules.features) - used - set(settings.unused))
    assert not idle, (
        f"`{idle[0]}` moves no score, whatever stands in it ({len(idle)} such columns); if that is "
        "as it should be, name it in test_model.unused"
    )
    busy = sorted(set(settings.unused) & used)
    assert not busy, f"test_model.unused names `{busy[0]}`, which does move scores"
    unknown = sorted(set(settings.unused) - set(rules.features))
    assert not unknown, f"test_model.unused names `{unknown[0]}`, which is no feature"
