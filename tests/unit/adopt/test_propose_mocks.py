"""Mocks for a new table: as few as represent it, and limits that they reach."""

import pytest

from pipeline.adopt.proposal import Proposal
from pipeline.adopt.propose_mocks import put_mock_figures
from pipeline.mocks.likeness import Likeness


@pytest.mark.parametrize(
    ("in_region", "table_rows", "least", "why"),
    [
        (0.96, None, 0.95, None),
        (0.9, None, 0.85, "57 mocks reach 0.90"),
        (0.96, 400_000, 0.85, "400,000 rows of the table lie closer together"),
        (0.9, 400_000, 0.85, "57 mocks reach 0.90"),
        (0.5, 400_000, 0.47, "57 mocks reach 0.50"),
    ],
)
def test_limits_are_what_the_mocks_reach_and_looser_for_a_sample(in_region, table_rows, least, why):
    plan = Proposal()
    columns = {"one": 0.99, "two": 1.0}
    likeness = Likeness(
        rows=57, coverage=0.93, in_region=in_region, columns=columns, real_rows=100, most_rows=57,
        kinds={}, bins=2, rare_share=0.1, copies=0, complete=0.5, pairs={}, least=[],
    )  # fmt: skip
    put_mock_figures(plan, likeness, table_rows)
    limits = {key: value for key, (value, _) in plan.values.items()}
    assert limits == {
        "mocks.min_coverage": 0.9,
        "mocks.min_column_coverage": 0.98,
        "mocks.min_in_region": least,
    }
    assert len(plan.warnings) == (why is not None)
    for warning in plan.warnings:
        assert warning.startswith(f"mocks.min_in_region is {least:g}: ")
        assert why in warning
