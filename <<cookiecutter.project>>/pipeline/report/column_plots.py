"""Small pictures of one column: its values in each part, and the target by its values.

A part is the train part, the test part, or live rows; each has its colour. Numbers, texts (by their
length) and dates are cut into bins, categories into their most frequent levels.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.data.bins import MISSING_BIN, OTHER, Bins, Levels, frequent_levels
from pipeline.data.kinds import KINDS
from pipeline.data.schema import MISSING
from pipeline.html import figures

COLOURS = {"train": figures.GREY, "test": figures.BLUE, "live": figures.AMBER}
BINS = 20  # of equal width, from the train part's least to its LAST quantile
LAST = 0.99
RATES = 8  # bins of about equal size, for the target
LEVELS = 7  # the most frequent ones; the others share a place
FEW = 12  # different numbers that are shown as levels are
LEAST_ROWS = 5  # of which a mean is drawn

Series = dict[str, pd.Series]  # a column's values in each part


@dataclass(frozen=True)
class Places:
    """Where values lie: what the places are called, or their edges, and each value's place.

    A value that lies in none of them has the place -1.
    """

    names: list[str]
    edges: np.ndarray
    of: dict[str, np.ndarray]


def numbers(values: Series, kind: str) -> Series:
    """Return the numbers by which each part's values are binned; a text's are its length."""
    return {part: KINDS[kind].numbers(one) for part, one in values.items()}


def places(values: Series, kind: str, by_size: bool) -> Places:
    """Return the places of a column's values; `by_size`: bins of about equal size."""
    found = numbers(values, kind)
    if found["train"] is None:
        return _levels(values)
    # All test rows may be later than the others; a number that lies far out is drawn at the end.
    train = (pd.concat(found.values()) if kind == "date" else found["train"]).dropna()
    if kind == "number" and 0 < train.nunique() <= FEW:
        order = tuple(f"{value:g}" for value in np.unique(train))
        words = {part: one.map("{:g}".format, na_action="ignore") for part, one in found.items()}
        return _levels(words, Levels(order))
    edges = _edges(train.to_numpy(), by_size, 1.0 if kind == "date" else LAST)
    bins = Bins(edges[1:-1], closed="left")
    return Places([], edges, {part: bins.of(one) for part, one in found.items()})


def _edges(values: np.ndarray, by_size: bool, last: float) -> np.ndarray:
    if not len(values):
        return np.array([0.0, 1.0])
    if by_size:
        edges = np.unique(np.quantile(values, np.linspace(0, 1, RATES + 1)))
    else:
        edges = np.unique(np.linspace(*np.quantile(values, [0.0, last]), BINS + 1))
    return edges if len(edges) > 1 else edges[0] + np.array([0.0, 1.0])


def _levels(words: Series, levels: Levels | None = None) -> Places:
    levels = levels or frequent_levels(words["train"], LEVELS)
    of = {part: levels.of(one) for part, one in words.items()}
    every, other = np.concatenate(list(of.values())), len(levels.names)
    extra = [OTHER] if (every == other).any() else []
    extra += [MISSING] if (every == MISSING_BIN).any() else []
    names = [*levels.names, *extra] or [MISSING]
    of = {part: np.where(bin_ == MISSING_BIN, len(names) - 1, bin_) for part, bin_ in of.items()}
    return Places(names, np.empty(0), of)


def values(column: Series, kind: str, unit: str = "") -> str:
    """Return the share of each part's rows in each place: bars for levels, steps for numbers."""
    found = places(column, kind, by_size=False)
    count = len(found.names) or len(found.edges) - 1
    figure, axes = figures.axes_of(5, 2.3)
    for number, (part, place) in enumerate(found.of.items()):
        share = np.bincount(place[place >= 0], minlength=count) / max(len(place), 1)
        if found.names:
            height = 0.8 / len(found.of)
            rows = np.arange(count) - 0.4 + height * (number + 0.5)
            axes.barh(rows, share, height, color=COLOURS[part], label=part)
        else:
            axes.stairs(share, found.edges, color=COLOURS[part], label=part, fill=number == 0,
                        alpha=0.5 if number == 0 else 1, linewidth=1.5)  # fmt: skip
    _name(axes, found.names, kind, unit)
    axes.legend(frameon=False, fontsize=9)
    return figures.svg(figure)


def rates(column: Series, target: Series, kind: str, unit: str = "") -> str:
    """Return the mean of the target (numbers, by part) in each place that has LEAST_ROWS."""
    found = places(column, kind, by_size=True)
    figure, axes = figures.axes_of(5, 2.3)
    for part in target:
        mean, middle = _means(found, numbers(column, kind)[part] if not found.names else None,
                              found.of[part], target[part].to_numpy("float64"))  # fmt: skip
        if found.names:
            axes.plot(mean, middle, "o", color=COLOURS[part], markersize=5)
        else:
            axes.plot(middle, mean, "o-", color=COLOURS[part], markersize=4, linewidth=1.2)
    _name(axes, found.names, kind, unit)
    return figures.svg(figure)


def _means(found: Places, numbers: pd.Series | None, place: np.ndarray, target: np.ndarray):
    """Return the target's mean in each place of enough rows, and where that stands."""
    mean, middle = [], []
    for number in range(len(found.names) or len(found.edges) - 1):
        there = place == number
        if there.sum() >= LEAST_ROWS:
            mean.append(target[there].mean())
            middle.append(number if numbers is None else np.median(numbers.to_numpy()[there]))
    return mean, middle


def _name(axes, names: list[str], kind: str, unit: str) -> None:
    """Name the places; what is shown in them stands in the caption."""
    if names:
        axes.invert_yaxis()
        axes.set_yticks(range(len(names)), [figures.words(name)[:18] for name in names])
        axes.grid(visible=False, axis="y")
    else:
        axes.set_xlabel({"text": "characters", "date": ""}.get(kind, figures.words(unit)))
