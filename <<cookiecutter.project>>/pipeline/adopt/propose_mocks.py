"""Mocks for a new table, and what the gate on the mocks asks for."""

import pandas as pd

from pipeline.adopt.proposal import Proposal, Subset
from pipeline.core import params
from pipeline.data.schema import Schema
from pipeline.mocks import likeness as likenesses
from pipeline.mocks import make, mock_rows
from pipeline.mocks.likeness import Likeness, Real
from pipeline.mocks.settings import Params as MockParams
from pipeline.model import featurizer as featurizers

COUNTS = (20, 40, 80, 120)  # numbers of mocks of a small table; the first that represents its rows
MOST_SHARE = 0.1  # mocks of a small table, as a share of its rows, at most
USUAL = {"min_coverage": 0.9, "min_column_coverage": 0.98, "min_in_region": 0.95}
SAMPLED_IN_REGION = 0.85  # min_in_region of mocks that are made from a sample


def put_mocks(
    plan: Proposal, train: Subset, test: Subset, fitted, rules: Schema
) -> tuple[pd.DataFrame, Likeness]:
    """Propose as few mocks as represent the rows, by the `fitted` featurizer.

    Returns the typed mocks with their (kind) and (why), and their figures.
    """
    real = Real(
        rows=train.rows,
        others=test.rows,
        features=train.features.to_numpy(),
        manifest=featurizers.manifest(fitted, rules),
    )
    for count in COUNTS:
        section = {**params.section("mocks"), **USUAL, "small_table_rows": count}
        settings = MockParams.model_validate(section)
        table, _ = make.make(real, fitted, rules, settings)
        rows = mock_rows.typed(table, rules)
        mocks = likenesses.featurized(rows, fitted, rules)
        likeness = likenesses.measure(real, mocks, rules, settings)
        small = likeness.most_rows == count  # a large table has more, whatever `count` is
        more = small and count * 2 <= MOST_SHARE * len(train.rows)
        if not likenesses.judge(likeness, settings) or not more:
            break
    plan.mocks = table
    plan.put("mocks.small_table_rows", count)
    return rows, likeness


def put_mock_figures(plan: Proposal, likeness: Likeness, table_rows: int | None) -> None:
    """Propose the limits on the mocks: the usual ones, or what these mocks reach.

    `table_rows`: the number of rows in the table, where the mocks were made from a sample of it.
    """
    reached = {"min_coverage": likeness.coverage, "min_in_region": likeness.in_region,
               "min_column_coverage": min(likeness.columns.values(), default=0)}  # fmt: skip
    for key, usual in USUAL.items():
        least, why = usual, ""
        if reached[key] < usual:
            least = max(0.01, int(reached[key] * 95) / 100)
            why = f"{likeness.rows} mocks reach {reached[key]:.2f}"
        if table_rows and key == "min_in_region" and least > SAMPLED_IN_REGION:
            least = SAMPLED_IN_REGION
            why = (
                f"the mocks are made from a sample, and the {table_rows:,} rows of the table lie "
                "closer together; `make mocks` makes them from all rows"
            )
        plan.put(f"mocks.{key}", least)
        if why:
            plan.warnings.append(f"mocks.{key} is {least:g}: {why}")
