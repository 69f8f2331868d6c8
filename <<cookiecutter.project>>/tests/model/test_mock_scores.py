"""Mock scores: every row of tests/mocks.csv gets one, always the same; typical rows a usual one."""

import numpy as np
import pytest

from pipeline.data.columns import json_rows
from pipeline.mocks import mock_rows


@pytest.fixture(scope="module")
def scores(scorer, mocks):
    return scorer.scores(mocks)


def _by_row(scores):
    """Return the scores as (n, 1) or (n, classes)."""
    return scores.reshape(len(scores), -1)


def test_every_mock_gets_a_finite_score(scores, mocks):
    assert len(scores) == len(mocks), f"{len(mocks)} mocks got {len(scores)} scores"
    odd = mocks[~np.isfinite(_by_row(scores)).all(axis=1)]
    assert odd.empty, f"row {odd.index[0]} of the mocks has no finite score ({odd.iloc[0, -1]})"


def test_a_mock_alone_scores_as_in_a_batch(scorer, scores, mocks, rules, unit, settings):
    rows = json_rows(mocks, scorer.inputs.reads)
    alone = np.concatenate([scorer.scores_of([row]) for row in rows])
    apart = np.abs(_by_row(alone) - _by_row(scores)).max(axis=1) / unit
    worst = int(apart.argmax())
    assert apart[worst] <= settings.tolerance, (
        f"row {mocks.index[worst]} of the mocks scores {apart[worst]:.3g} apart alone and in a "
        f"batch ({mocks.iloc[worst][mock_rows.WHY]})"
    )


def test_a_saved_model_scores_mocks_as_before(saved, scores, mocks):
    assert np.array_equal(saved.scores(mocks), scores)


def test_typical_mocks_score_in_the_range_of_real_rows(scorer, mocks, train, test, settings):
    real = _by_row(np.concatenate([scorer.scores(part) for part in (train, test)]))
    typical = _by_row(scorer.scores(mock_rows.of_kind(mocks, "typical")))
    low, high = real.min(axis=0), real.max(axis=0)
    spare = settings.max_mock_beyond * (high - low)  # they are no copies
    assert ((typical >= low - spare) & (typical <= high + spare)).all(), (
        f"typical mocks score {typical.min(axis=0)} to {typical.max(axis=0)}, real rows {low} to "
        f"{high}: farther than check_model.max_mock_beyond {settings.max_mock_beyond:g} allows"
    )
