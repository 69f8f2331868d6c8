"""Columns: each one moves a score, or is named in check_model.unused."""

import numpy as np


def _changes(rows, name, missing):
    """Yield rows with other values in column `name`: a missing one, and those of other rows."""
    values = rows[name].to_numpy(dtype=object)
    for other in (missing, np.roll(values, 1), values[::-1]):
        yield rows.assign(**{name: other})


def _moving(scorer, rows, names, apart, tolerance):
    """Those of the columns `names` that move a score of `rows`."""
    before = scorer.scores(rows)
    return {
        name
        for name in names
        if any(
            apart(scorer.scores(changed), before) > tolerance
            for changed in _changes(rows, name, scorer.rules.columns[name].kind.missing)
        )
    }


def test_every_column_moves_some_score(scorer, rows, test, rules, apart, settings):
    used = _moving(scorer, rows, rules.features, apart, settings.tolerance)
    rest = set(rules.features) - used
    used |= _moving(scorer, test, rest, apart, settings.tolerance)
    idle = sorted(set(rules.features) - used - set(settings.unused))
    assert not idle, (
        f"`{idle[0]}` moves no score, whatever its value ({len(idle)} such columns); if that is "
        "right, name it in check_model.unused"
    )
    busy = sorted(set(settings.unused) & used)
    assert not busy, f"check_model.unused names `{busy[0]}`, but it moves scores"
    unknown = sorted(set(settings.unused) - set(rules.features))
    assert not unknown, f"check_model.unused names `{unknown[0]}`, which is not a feature"
