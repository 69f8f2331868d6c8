"""Likeness: tests/mocks.csv still stands for the train part, by the section `mocks` of params.yaml.

What the figures are is told in pipeline/mocks/coverage.py; `make mocks` makes the mocks anew.
"""

import pytest

from pipeline.core import params
from pipeline.mocks import coverage as pairwise
from pipeline.mocks import mock_rows
from pipeline.model import featurizer as featurizers
from pipeline.model import model_file


@pytest.fixture(scope="module")
def reasons(artefacts, rows, features, columns, mocks, rules):
    """A sentence for each figure that misses its threshold."""
    limits = params.load("mocks", pairwise.Params)
    fitted = model_file.load(artefacts["featurizer"])
    real = {
        "rows": rows["train"],
        "others": rows["test"],
        "features": features["train"].to_numpy(),
        "manifest": columns,
    }
    made = {"rows": mocks, "features": featurizers.transform(fitted, mocks, rules).to_numpy()}
    return pairwise.judge(pairwise.measure(real, made, rules, limits), limits)


def test_there_are_no_more_mocks_than_allowed(reasons):
    assert "rows" not in reasons, reasons["rows"]


def test_there_are_typical_mocks_and_edges(reasons):
    assert "kinds" not in reasons, reasons["kinds"]


def test_no_mock_is_a_copy_of_a_real_row(reasons):
    assert "copies" not in reasons, reasons["copies"]


def test_typical_mocks_cover_the_real_rows_pairs_of_cells(reasons):
    assert "coverage" not in reasons, reasons["coverage"]


def test_typical_mocks_cover_each_columns_cells(reasons):
    assert "columns" not in reasons, reasons["columns"]


def test_typical_mocks_lie_where_real_rows_lie(reasons):
    assert "in_region" not in reasons, reasons["in_region"]


def test_typical_mocks_and_edges_break_no_rule(read_mocks):
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
