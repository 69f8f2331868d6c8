"""The page of the mocks: the mocks drawn over the real rows, and their figures."""

import numpy as np

from pipeline.html import figures, page
from pipeline.mocks import mock_rows
from pipeline.mocks.likeness import Likeness, Mocks, Real
from pipeline.mocks.mock_rows import KIND, WHY
from pipeline.mocks.settings import Params

SHOWN = 2000  # real rows in the picture


def render(
    real: Real, mocks: Mocks, likeness: Likeness, reasons: list[str], settings: Params
) -> str:
    """Return the mocks over the real rows, and their figures, as one HTML page."""
    odd = mock_rows.of_kind(mocks.rows, "edge", "invalid")
    sections = [
        page.Figure("Mocks over real rows", "The plane in which the real rows' features vary most "
                    "(principal components). What lies farther out is drawn at the border.",
                    figures.layers(planes(real.features, mocks, settings))),
        page.Figure("Columns", "Share of real rows whose value falls in a cell that a typical mock "
                    "also has; red is below the dashed line (mocks.min_column_coverage).",
                    bars(likeness.columns, settings.min_column_coverage)),
        page.Figure("Pairs of columns", "Mean coverage of the pairs that a column belongs to; the "
                    "coverage of all pairs must reach the dashed line (mocks.min_coverage).",
                    bars(likeness.pairs, settings.min_coverage, marked=False)),
        page.Table("Figures", "Coverage: share of all pairs (real row, two columns) whose two "
                   "cells a typical mock has together. Complete rows: those of which every pair "
                   "is covered.", ["figure", "value", "threshold"],
                   [["coverage", likeness.coverage, settings.min_coverage],
                    ["typical mocks in the region", likeness.in_region, settings.min_in_region],
                    ["complete rows", likeness.complete, None],
                    ["mocks", likeness.rows, likeness.most_rows],
                    ["copies of real rows", likeness.copies, 0]]),
        page.Table("Least covered pairs", "Many cells with few rows in each.",
                   ["column", "column", "covered"],
                   [[left, right, share] for share, left, right in likeness.least]),
        page.Table("Edge cases", "What is odd in which columns; an invalid row must be refused.",
                   ["kind", "why"], odd[[KIND, WHY]].to_numpy().tolist()),
    ]  # fmt: skip
    lead = f"{likeness.rows} mocks for {likeness.real_rows:,} real rows."
    return page.render("Mocks", "failed" if reasons else "passed", lead, reasons, sections)


def bars(shares: dict[str, float], least: float, marked: bool = True) -> str:
    """Return a bar for each column's share, the smallest on top; red below `least` if `marked`."""
    names = sorted(shares, key=shares.__getitem__)
    values = [shares[name] for name in names]
    low = [marked and value < least for value in values]
    return figures.bars(names, values, low, least, "share of rows")


def planes(features: np.ndarray, mocks: Mocks, settings: Params) -> dict[str, np.ndarray]:
    """Return the points (n, 2) of each layer: features on their first two principal components.

    The layers are `real`, a sample of the real rows' `features` (n, features), and each kind of
    mock.
    """
    order = np.random.default_rng(settings.seed).permutation(len(features))[:SHOWN]
    sample, mocked = _wide(features)[order], _wide(mocks.features)
    middle = sample.mean(axis=0)
    axes = np.linalg.eigh(np.cov(sample, rowvar=False))[1][:, :-3:-1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), range(2)])
    kinds = mocks.rows[KIND].to_numpy()
    points = {"real": (sample - middle) @ axes}
    for kind in mock_rows.KINDS:
        points[kind] = (mocked[kinds == kind] - middle) @ axes
    return points


def _wide(features: np.ndarray) -> np.ndarray:
    """Return features of at least two columns, so that they span a plane."""
    return np.pad(features, [(0, 0), (0, max(0, 2 - features.shape[1]))])
