"""Small pictures of one column: its values in each set of rows, and the target by its values.

The sets are the training set, the test set, and live rows; each has its colour. Numbers, texts (by
their length) and dates are cut into bins, categories into their most frequent levels.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.data.bins import MISSING_BIN, OTHER, Bins, Levels, frequent_levels
from pipeline.data.kinds import KINDS
from pipeline.data.schema import MISSING
from pipeline.html import figures

COLOURS = {"train": figures.GREY, "test": figures.BLUE, "live": figures.AMBER}
BINS = 20  # of equal width, from the minimum of the training set to its LAST quantile
LAST = 0.99
RATES = 8  # bins of about equal size, for the target
LEVELS = 7  # the most frequent ones; the others share a bin
FEW = 12  # distinct numbers, at most, that are drawn like levels
LEAST_ROWS = 5  # rows of a bin, from which on its mean is drawn

Series = dict[str, pd.Series]  # the values of a column by the name of the set


@dataclass(frozen=True)
class Binned:
    """The values of a column in bins: the names of the bins or their edges, and each value's bin.

    `of` holds by set the number of each value's bin; -1 for a value in none of them.
    """

    names: list[str]
    edges: np.ndarray
    of: dict[str, np.ndarray]


def numbers(values: Series, kind: str) -> Series:
    """Return the numbers by which values are binned; those of a text are its length."""
    return {name: KINDS[kind].numbers(column) for name, column in values.items()}


def binned(values: Series, kind: str, by_size: bool) -> Binned:
    """Return the bins of a column's values; `by_size`: bins of about equal size."""
    by_set = numbers(values, kind)
    if by_set["train"] is None:
        return _levels(values)
    # Dates of all sets are drawn, as those of the test set may be later than all others; numbers
    # beyond the last bin are drawn in it.
    train = (pd.concat(by_set.values()) if kind == "date" else by_set["train"]).dropna()
    if kind == "number" and 0 < train.nunique() <= FEW:
        order = tuple(f"{value:g}" for value in np.unique(train))
        words = {
            name: column.map("{:g}".format, na_action="ignore") for name, column in by_set.items()
        }
        return _levels(words, Levels(order))
    edges = _edges(train.to_numpy(), by_size, 1.0 if kind == "date" else LAST)
    bins = Bins(edges[1:-1], closed="left")
    return Binned([], edges, {name: bins.of(column) for name, column in by_set.items()})


def _edges(values: np.ndarray, by_size: bool, last: float) -> np.ndarray:
    if not len(values):
        return np.array([0.0, 1.0])
    if by_size:
        edges = np.unique(np.quantile(values, np.linspace(0, 1, RATES + 1)))
    else:
        edges = np.unique(np.linspace(*np.quantile(values, [0.0, last]), BINS + 1))
    return edges if len(edges) > 1 else edges[0] + np.array([0.0, 1.0])


def _levels(words: Series, levels: Levels | None = None) -> Binned:
    """Return a bin for each level, then one for other levels and one for missing values."""
    levels = levels or frequent_levels(words["train"], LEVELS)
    of = {name: levels.of(column) for name, column in words.items()}
    every, other = np.concatenate(list(of.values())), len(levels.names)
    extra = [OTHER] if (every == other).any() else []
    extra += [MISSING] if (every == MISSING_BIN).any() else []
    names = [*levels.names, *extra] or [MISSING]
    of = {name: np.where(bins == MISSING_BIN, len(names) - 1, bins) for name, bins in of.items()}
    return Binned(names, np.empty(0), of)


def values(column: Series, kind: str, unit: str = "") -> str:
    """Return the share of rows in each bin, by set: bars for levels, steps for numbers."""
    bins = binned(column, kind, by_size=False)
    count = len(bins.names) or len(bins.edges) - 1
    figure, axes = figures.axes_of(5, 2.3)
    for number, (name, places) in enumerate(bins.of.items()):
        share = np.bincount(places[places >= 0], minlength=count) / max(len(places), 1)
        if bins.names:
            height = 0.8 / len(bins.of)
            rows = np.arange(count) - 0.4 + height * (number + 0.5)
            axes.barh(rows, share, height, color=COLOURS[name], label=name)
        else:
            axes.stairs(share, bins.edges, color=COLOURS[name], label=name, fill=number == 0,
                        alpha=0.5 if number == 0 else 1, linewidth=1.5)  # fmt: skip
    _name(axes, bins.names, kind, unit)
    axes.legend(frameon=False, fontsize=9)
    return figures.svg(figure)


def rates(column: Series, target: Series, kind: str, unit: str = "") -> str:
    """Return the mean of the target (numbers, by set) in each bin of at least LEAST_ROWS."""
    bins = binned(column, kind, by_size=True)
    figure, axes = figures.axes_of(5, 2.3)
    for name in target:
        values = None if bins.names else numbers(column, kind)[name].to_numpy()
        mean, middle = _means(bins, bins.of[name], values, target[name].to_numpy("float64"))
        if bins.names:
            axes.plot(mean, middle, "o", color=COLOURS[name], markersize=5)
        else:
            axes.plot(middle, mean, "o-", color=COLOURS[name], markersize=4, linewidth=1.2)
    _name(axes, bins.names, kind, unit)
    return figures.svg(figure)


def _means(bins: Binned, places: np.ndarray, values: np.ndarray | None, target: np.ndarray):
    """Return the target's mean in each bin of enough rows, and where it is drawn.

    That is at the bin's number, or at the median of its `values`. All arrays are (n,).
    """
    mean, middle = [], []
    for number in range(len(bins.names) or len(bins.edges) - 1):
        inside = places == number
        if inside.sum() >= LEAST_ROWS:
            mean.append(target[inside].mean())
            middle.append(number if values is None else np.median(values[inside]))
    return mean, middle


def _name(axes, names: list[str], kind: str, unit: str) -> None:
    """Name the bins of levels, or the unit of the axis."""
    if names:
        axes.invert_yaxis()
        axes.set_yticks(range(len(names)), [figures.words(name)[:18] for name in names])
        axes.grid(visible=False, axis="y")
    else:
        axes.set_xlabel({"text": "characters", "date": ""}.get(kind, figures.words(unit)))
