"""The golden rows, and the answers that are expected to them."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from pipeline.data import schema as schemas
from pipeline.mocks import mock_rows
from pipeline.model.scorer import Scorer
from pipeline.release import golden


@pytest.mark.slow
def test_a_score_that_is_no_number_is_not_alike(scorer, typed, monkeypatch):
    monkeypatch.setattr(Scorer, "scores_of", lambda self, rows: np.full(len(rows), np.nan))
    assert len(golden.judge_scorer(scorer, typed, typed, 1e-9)) == 2
    monkeypatch.undo()
    assert golden.judge_scorer(scorer, typed, typed, 1e-9) == []


@pytest.fixture
def read_mocks(made, rules):
    return mock_rows.read(Path("tests/mocks.csv"), rules)


@pytest.mark.slow
def test_golden_rows_are_a_sample_and_every_valid_mock(read_mocks, typed, rules):
    mocks, _ = read_mocks
    rows = golden.golden_rows(typed, mocks, rules.features, 5)
    assert len(rows) == 5 + (mocks[mock_rows.KIND] != "invalid").sum()
    row_type = TypeAdapter(schemas.row_type(rules))
    for row in rows:
        row_type.validate_python(row)
    for name in ("weight", "size", "wish"):
        assert any(row[name] is None for row in rows), f"no row without `{name}`"
    assert {row["size"] for row in rows} >= {"small", "medium", "large"}
    assert {row["weight"] for row in rows} >= {0.0, 5000.0}


@pytest.mark.slow
def test_invalid_rows_are_refused_for_their_fields_at_fault(read_mocks, rules):
    rows = golden.invalid_rows(*read_mocks, rules.features)
    assert len(rows) == (read_mocks[0][mock_rows.KIND] == "invalid").sum()
    row_type = TypeAdapter(schemas.row_type(rules))
    for row, fields in rows:
        with pytest.raises(ValidationError) as refused:
            row_type.validate_python(row)
        assert {error["loc"][0] for error in refused.value.errors()} == set(fields)
