"""How well the mocks stand for the real rows, and what closes the gate on them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.data.schema import Schema
from pipeline.mocks import coverage, mock_rows
from pipeline.mocks.coverage import Coverage
from pipeline.mocks.region import Region
from pipeline.mocks.settings import Params, grain, most_mocks
from pipeline.model import featurizer as featurizers

SLACK = 1.25  # the gate lets pass this many mocks for each one that `make mocks` would write
MOVED = "the data have moved away from the mocks: look at why, then `make mocks`"


@dataclass
class Real:
    """The real rows that mocks stand for.

    Attributes:
        rows: the typed training set.
        others: typed rows outside the training set, which no mock may copy either.
        features: the features (n, features) of `rows`.
        manifest: what each feature is made from.
    """

    rows: pd.DataFrame
    others: pd.DataFrame
    features: np.ndarray
    manifest: list[dict]


@dataclass
class Mocks:
    """The mocks: typed `rows` with their (kind) and (why), and their `features` (m, features)."""

    rows: pd.DataFrame
    features: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Likeness(Coverage):
    """The figures of the mocks: counts, coverage, and the share of typical mocks in the region."""

    real_rows: int
    rows: int
    most_rows: int
    kinds: dict[str, int]
    bins: int
    rare_share: float
    copies: int
    in_region: float = 0.0
    region_radius: float | None = None


def load(dataset: Path, features: Path) -> Real:
    """Return the real rows, from the folders of the data set and of its features."""
    return Real(
        rows=pd.read_parquet(dataset / "train.parquet"),
        others=pd.read_parquet(dataset / "test.parquet"),
        features=pd.read_parquet(features / "train.parquet").to_numpy(),
        manifest=featurizers.read_manifest(features),
    )


def featurized(rows: pd.DataFrame, fitted, rules: Schema) -> Mocks:
    """Return typed mocks with the features that the fitted featurizer gives them."""
    return Mocks(rows, featurizers.transform(fitted, rows, rules).to_numpy())


def measure(real: Real, mocks: Mocks, rules: Schema, settings: Params) -> Likeness:
    """Return the figures of the mocks against the real rows."""
    rows, most = mocks.rows, most_mocks(len(real.rows), settings)
    typical = (rows[mock_rows.KIND] == "typical").to_numpy()
    bins, rare_share = grain(most, settings)
    figures = {
        "real_rows": len(real.rows),
        "rows": len(rows),
        "most_rows": most,
        "kinds": {kind: int((rows[mock_rows.KIND] == kind).sum()) for kind in mock_rows.KINDS},
        "bins": bins,
        "rare_share": rare_share,
        "copies": int(mock_rows.copies(rows, [real.rows, real.others], rules).sum()),
    }
    if not typical.any():
        return Likeness(**vars(coverage.NOTHING), **figures)
    real_views = coverage.views(real.rows, real.features, real.manifest, rules)
    mock_views = coverage.views(rows[typical], mocks.features[typical], real.manifest, rules)
    cells = coverage.cells(real_views, mock_views, bins, rare_share)
    region = Region(real.features, settings)
    return Likeness(
        **vars(coverage.coverage(*cells, list(real_views.columns))),
        **figures,
        in_region=float(region.holds(mocks.features[typical]).mean()),
        region_radius=region.radius,
    )


def judge(likeness: Likeness, settings: Params) -> dict[str, str]:
    """Return a sentence for each figure that misses its threshold.

    The figures are rows, copies, kinds, coverage, columns and in_region.
    """
    reasons = _judge_rows(likeness)
    if likeness.coverage < settings.min_coverage:
        reasons["coverage"] = (
            f"the typical mocks cover {likeness.coverage:.1%} of the real rows' pairs of cells, "
            f"below mocks.min_coverage {settings.min_coverage:.1%}; {MOVED}"
        )
    name, least = min(likeness.columns.items(), key=lambda item: item[1], default=("", 1.0))
    if least < settings.min_column_coverage:
        reasons["columns"] = (
            f"`{name}`: {least:.1%} of the real rows have a value like a typical mock's, below "
            f"mocks.min_column_coverage {settings.min_column_coverage:.1%}; {MOVED}"
        )
    if likeness.in_region < settings.min_in_region:
        reasons["in_region"] = (
            f"{likeness.in_region:.1%} of the typical mocks lie where real rows lie, below "
            f"mocks.min_in_region {settings.min_in_region:.1%}; {MOVED}"
        )
    return reasons


def _judge_rows(likeness: Likeness) -> dict[str, str]:
    reasons = {}
    # A table that lost some of its rows does not need new mocks.
    if likeness.rows > SLACK * likeness.most_rows:
        reasons["rows"] = (
            f"{likeness.rows} mocks are more than the {likeness.most_rows} that "
            f"{likeness.real_rows:,} real rows may have (mocks.max_share, max_rows, "
            "small_table_rows); `make mocks` makes fewer"
        )
    if likeness.copies:
        reasons["copies"] = (
            f"{likeness.copies} mocks are copies of real rows; `make mocks` makes others"
        )
    for kind in ("typical", "edge"):  # a schema need not have a rule that a row could break
        if not likeness.kinds[kind]:
            reasons["kinds"] = f"no mock is of the kind {kind}; `make mocks` makes some"
    return reasons
