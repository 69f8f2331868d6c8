"""Thresholds: named numbers with a direction, and the sentences for those that are missed.

`evaluate` and `monitor` read them. A figure that is not there misses every threshold set on it.
"""

import math
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, model_validator

from pipeline.core import params
from pipeline.core.errors import Refusal
from recipe import metrics as metric

Reads = Literal["point", "bound"]


class Threshold(params.Section):
    """What a metric must reach.

    At least `min` and at most `max`; `gain` better than a trivial baseline; at most `max_worse`
    worse than the champion, and at most `max_better` better: more is a leak rather than luck.
    """

    min: float | None = None
    max: float | None = None
    gain: float | None = None
    max_worse: float | None = None
    max_better: float | None = None

    @model_validator(mode="after")
    def _says_something(self):
        if all(value is None for _, value in self):
            names = ", ".join(f"`{name}`" for name, _ in self)
            raise ValueError(f"a threshold needs one of {names}")
        return self

    @property
    def compares(self) -> bool:
        """Whether it needs a champion to compare with."""
        return self.max_worse is not None or self.max_better is not None


class Disparity(params.Section):
    """How far apart a metric may be on the slices of one cut: largest minus smallest, and ratio."""

    max_difference: float | None = Field(None, ge=0)
    max_ratio: float | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _says_something(self):
        if self.max_difference is None and self.max_ratio is None:
            raise ValueError("a disparity needs `max_difference` or `max_ratio`")
        return self


@dataclass(frozen=True)
class Figure:
    """A metric's value with its interval; how much better than the champion it is, with that's.

    `compared` says whether there is a champion, and so whether `better_by` must be there.
    """

    value: float | None
    interval: list[float] | None = None
    baseline: float | None = None
    better_by: float | None = None
    better_by_interval: list[float] | None = None
    compared: bool = False


def require_known(names, known: dict[str, metric.Metric], key: str) -> None:
    """Refuse a threshold on a metric, or on a class of the target, that does not exist."""
    for name in names:
        if name not in known:
            hint = params.nearest(name, known)
            raise Refusal(f"params.yaml: `{key}`: no metric is called {name}{hint}")


def missed(
    name: str,
    figure: Figure,
    threshold: Threshold,
    kind: metric.Metric,
    reads: Reads = "point",
    where: str = "",
    key: str = "",
) -> list[str]:
    """Return a sentence for each side of `threshold` that the metric `name` misses.

    `where` says on which rows it was measured, `key` is the threshold's place in params.yaml. With
    `reads` "bound", what counts is the end of the interval that speaks against the model.
    """
    if not _is_number(figure.value):
        return [f"{name}{where} could not be measured ({key})"]
    value = f"{name}{where} is {figure.value:.4f}"
    reasons = []
    for side, limit in (("min", threshold.min), ("max", threshold.max)):
        if limit is None:
            continue
        end = _end(figure.value, figure.interval, reads, low=side == "min")
        if end is None:
            reasons.append(_unbounded(name, where, key))
        elif end < limit if side == "min" else end > limit:
            beyond = "below" if side == "min" else "above"
            reasons.append(f"{value}{_bound(end, reads)}, {beyond} {key}.{side} {limit:g}")
    if threshold.gain is not None:
        reasons += _gain_missed(name, figure, threshold.gain, kind, reads, where, key)
    if threshold.compares and figure.compared:
        reasons += _change_missed(name, figure, threshold, reads, where, key)
    return reasons


def _gain_missed(name, figure: Figure, least: float, kind, reads: Reads, where, key) -> list[str]:
    end = _end(figure.value, figure.interval, reads, low=kind.higher_is_better)
    if end is None:
        return [_unbounded(name, where, key)]
    if not _is_number(figure.baseline):
        return [f"{name}{where}: the baseline's could not be measured ({key}.gain)"]
    gained = metric.gain(kind, end, figure.baseline)
    if gained >= least:
        return []
    return [
        f"{name}{where} is {gained:.4f} better than the baseline's {figure.baseline:.4f}"
        f"{_bound(end, reads)}, less than {key}.gain {least:g}"
    ]


def _change_missed(name, figure: Figure, threshold, reads: Reads, where, key) -> list[str]:
    reasons = []
    if not _is_number(figure.better_by):
        return [f"{name}{where}: the champion's could not be measured ({key})"]
    worst = _end(figure.better_by, figure.better_by_interval, reads, low=True)
    best = _end(figure.better_by, figure.better_by_interval, reads, low=False)
    if worst is None:
        return [_unbounded(name, where, key)]
    if threshold.max_worse is not None and -worst > threshold.max_worse:
        reasons.append(
            f"{name}{where} is {-figure.better_by:.4f} worse than the champion's"
            f"{_bound(-worst, reads)}, more than {key}.max_worse {threshold.max_worse:g}"
        )
    if threshold.max_better is not None and best > threshold.max_better:
        reasons.append(
            f"{name}{where} is {figure.better_by:.4f} better than the champion's"
            f"{_bound(best, reads)}, more than {key}.max_better {threshold.max_better:g}: "
            "look for a leak before you believe it"
        )
    return reasons


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _end(value: float, interval: list[float] | None, reads: Reads, low: bool) -> float | None:
    """Return the number that is judged: the value, or one end of its interval, None without it."""
    if reads == "point":
        return value
    return None if interval is None else interval[0 if low else 1]


def _bound(end: float, reads: Reads) -> str:
    return f" (bound {end:.4f})" if reads == "bound" else ""


def _unbounded(name: str, where: str, key: str) -> str:
    return f"{name}{where} has no interval: it is undefined in too many resamples ({key})"


def words(threshold: Threshold | None) -> str:
    """Return a threshold as people read it: "min 0.88, gain 0.3"."""
    if threshold is None:
        return ""
    return ", ".join(f"{key} {value:g}" for key, value in threshold if value is not None)
