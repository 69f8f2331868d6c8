"""Thresholds on metrics, and the sentence for each one that is missed.

`evaluate` and `monitor` read them. A metric that could not be measured misses its thresholds.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, model_validator

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.core.metric import Metric
from pipeline.evaluation.record import Interval

Reads = Literal["point", "bound"]


class Threshold(params.Section):
    """What a metric must reach.

    At least `min` and at most `max`; better than the baseline by `gain`; worse than the champion by
    at most `max_worse`, and better by at most `max_better`: more points to a leak.
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
    """How far apart a metric may be on the slices of one cut: as a difference, and as a ratio."""

    max_difference: float | None = Field(None, ge=0)
    max_ratio: float | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _says_something(self):
        if self.max_difference is None and self.max_ratio is None:
            raise ValueError("a disparity needs `max_difference` or `max_ratio`")
        return self


@dataclass(frozen=True)
class Measurement:
    """A metric's value and interval, and its improvement over the champion with that's interval.

    `compared`: there is a champion, so that an improvement of None could not be measured.
    """

    value: float | None
    interval: Interval | None = None
    baseline: float | None = None
    better_by: float | None = None
    better_by_interval: Interval | None = None
    compared: bool = False


@dataclass(frozen=True)
class Check:
    """The threshold on metric `name` that stands at `key` in params.yaml.

    `where` names the rows in sentences, as in " where size is small". With `reads` "bound", the
    end of the interval that speaks against the model is judged instead of the value.
    """

    name: str
    metric: Metric
    threshold: Threshold
    key: str
    reads: Reads = "point"
    where: str = ""

    def missed(self, measured: Measurement) -> list[str]:
        """Return a sentence for each limit of the threshold that the metric misses."""
        if not _is_number(measured.value):
            return [f"{self.name}{self.where} could not be measured ({self.key})"]
        reasons = [*self._beyond_min(measured), *self._beyond_max(measured)]
        if self.threshold.gain is not None:
            reasons += self._gain_missed(measured, self.threshold.gain)
        if self.threshold.compares and measured.compared:
            reasons += self._change_missed(measured)
        return reasons

    def _beyond_min(self, measured: Measurement) -> Iterator[str]:
        limit = self.threshold.min
        if limit is not None:
            low = self._end(measured.value, measured.interval, low=True)
            if low is None:
                yield self._no_interval()
            elif low < limit:
                value = f"{self.name}{self.where} is {measured.value:.4f}{self._bound(low)}"
                yield f"{value}, below {self.key}.min {limit:g}"

    def _beyond_max(self, measured: Measurement) -> Iterator[str]:
        limit = self.threshold.max
        if limit is not None:
            high = self._end(measured.value, measured.interval, low=False)
            if high is None:
                yield self._no_interval()
            elif high > limit:
                value = f"{self.name}{self.where} is {measured.value:.4f}{self._bound(high)}"
                yield f"{value}, above {self.key}.max {limit:g}"

    def _gain_missed(self, measured: Measurement, least: float) -> list[str]:
        end = self._end(measured.value, measured.interval, low=self.metric.higher_is_better)
        if end is None:
            return [self._no_interval()]
        if not _is_number(measured.baseline):
            return [
                f"{self.name}{self.where}: the baseline's could not be measured ({self.key}.gain)"
            ]
        gained = self.metric.gain(end, measured.baseline)
        if gained >= least:
            return []
        return [
            f"{self.name}{self.where} is {gained:.4f} better than the baseline's "
            f"{measured.baseline:.4f}{self._bound(end)}, less than {self.key}.gain {least:g}"
        ]

    def _change_missed(self, measured: Measurement) -> list[str]:
        better, interval = measured.better_by, measured.better_by_interval
        metric = f"{self.name}{self.where}"
        if not _is_number(better):
            return [f"{metric}: the champion's could not be measured ({self.key})"]
        low, high = self._end(better, interval, low=True), self._end(better, interval, low=False)
        if low is None or high is None:
            return [self._no_interval()]
        reasons, limits = [], self.threshold
        if limits.max_worse is not None and -low > limits.max_worse:
            reasons.append(
                f"{metric} is {-better:.4f} worse than the champion's{self._bound(-low)}, "
                f"more than {self.key}.max_worse {limits.max_worse:g}"
            )
        if limits.max_better is not None and high > limits.max_better:
            reasons.append(
                f"{metric} is {better:.4f} better than the champion's{self._bound(high)}, "
                f"more than {self.key}.max_better {limits.max_better:g}: look for a leak before "
                "you believe it"
            )
        return reasons

    def _end(self, value: float, interval: Interval | None, low: bool) -> float | None:
        """Return the number that is judged: the value, or an end of its interval if it has one."""
        if self.reads == "point":
            return value
        return None if interval is None else interval[0 if low else 1]

    def _bound(self, end: float) -> str:
        return f" (bound {end:.4f})" if self.reads == "bound" else ""

    def _no_interval(self) -> str:
        metric = f"{self.name}{self.where}"
        return f"{metric} has no interval: it is undefined in too many resamples ({self.key})"


def require_known(names: Iterable[str], metrics: dict[str, Metric], key: str) -> None:
    """Refuse a threshold on a metric, or on a class of the target, that does not exist."""
    for name in names:
        if name not in metrics:
            hint = params.nearest(name, metrics)
            raise Refusal(f"params.yaml: `{key}`: no metric is called {name}{hint}")


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def words(threshold: Threshold | None) -> str:
    """Return a threshold as people read it: "min 0.88, gain 0.3"."""
    if threshold is None:
        return ""
    return ", ".join(f"{key} {value:g}" for key, value in threshold if value is not None)
