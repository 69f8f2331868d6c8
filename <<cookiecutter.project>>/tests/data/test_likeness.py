"""Likeness: tests/mocks.csv still stands for the training set (section `mocks` of params.yaml).

pipeline/mocks/likeness.py explains the figures; `make mocks` makes the mocks anew.
"""

import pytest

from pipeline.core import params
from pipeline.mocks import likeness, mock_rows
from pipeline.mocks.settings import Params
from pipeline.model import model_file


@pytest.fixture(scope="module")
def reasons(artefacts, rows, features, columns, mocks, rules):
    """A sentence for each figure that misses its threshold."""
    limits = params.load("mocks", Params)
    fitted = model_file.load(artefacts["featurizer"])
    real = likeness.Real(
        rows=rows["train"],
        others=rows["test"],
        features=features["train"].to_numpy(),
        manifest=columns,
    )
    typed = likeness.featurized(mocks, fitted, rules)
    return likeness.judge(likeness.measure(real, typed, rules, limits), limits)


def test_there_are_no_more_mocks_than_allowed(reasons):
    assert "rows" not in reasons, reasons["rows"]


def test_there_are_typical_mocks_and_edge_cases(reasons):
    assert "kinds" not in reasons, reasons["kinds"]


def test_no_mock_is_a_copy_of_a_real_row(reasons):
    assert "copies" not in reasons, reasons["copies"]


def test_typical_mocks_cover_the_real_rows_pairs_of_cells(reasons):
    assert "coverage" not in reasons, reasons["coverage"]


def test_typical_mocks_cover_each_columns_cells(reasons):
    assert "columns" not in reasons, reasons["columns"]


def test_typical_mocks_lie_where_real_rows_lie(reasons):
    assert "in_region" not in reasons, reasons["in_region"]


def test_typical_mocks_and_edge_cases_break_no_rule(read_mocks):
    mocks, broken = read_mocks
    allowed = mock_rows.of_kind(mocks, "typical", "edge").index
    wrong = [
        f"row {case.row} of the mocks: `{case.column}` {str(case.value)[:40]!r} {case.rule}"
        for case in broken[broken["row"].isin(allowed)].itertuples()
    ]
    assert not wrong, f"{wrong[0]}, and its (kind) says that schema.yaml allows it; `make mocks`"


def test_every_invalid_mock_breaks_a_rule(read_mocks):
    mocks, broken = read_mocks
    harmless = mock_rows.of_kind(mocks, "invalid").index.difference(broken["row"])
    assert harmless.empty, f"schema.yaml allows row {harmless[0]} of the mocks; `make mocks`"
