"""Section `evaluate` of params.yaml: how the model is measured, and what it must reach."""

from typing import Literal

from pydantic import Field

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.core.metric import Metric
from pipeline.data.schema import Schema
from pipeline.evaluation import thresholds
from pipeline.evaluation.slices import Cuts
from pipeline.evaluation.thresholds import Disparity, Reads, Threshold


class Bootstrap(params.Section):
    """How intervals are made: the share of resamples inside, their number, and the seed."""

    confidence: float = Field(gt=0.5, lt=1)
    resamples: int = Field(ge=100)
    seed: int


class Slices(Cuts):
    """How the test set is cut into slices, and the thresholds that each slice must meet."""

    min_rows: int = Field(ge=1)
    too_few_rows: Literal["pass", "fail"]
    reads: Reads
    thresholds: dict[str, Threshold]
    disparity: dict[str, Disparity] = Field(default_factory=dict)

    @property
    def judged(self) -> list[str]:
        """The names of the metrics that slices are judged by."""
        return list({**self.thresholds, **self.disparity})


class Params(params.Section):
    """Section `evaluate` of params.yaml."""

    decision_threshold: float | None = Field(None, gt=0, lt=1)
    reads: Reads
    bootstrap: Bootstrap
    no_champion: Literal["pass", "fail"]
    thresholds: dict[str, Threshold] = Field(min_length=1)
    slices: Slices

    @property
    def compares(self) -> bool:
        """Whether a threshold needs a champion to compare with."""
        limits = [*self.thresholds.values(), *self.slices.thresholds.values()]
        return any(threshold.compares for threshold in limits)


def require_known(settings: Params, metrics: dict[str, Metric], rules: Schema) -> None:
    """Refuse a threshold on a metric that the task does not have, or on an unknown class."""
    if rules.task == "binary" and settings.decision_threshold is None:
        raise Refusal("params.yaml: `evaluate.decision_threshold` is missing")
    thresholds.require_known(settings.thresholds, metrics, "evaluate.thresholds")
    thresholds.require_known(settings.slices.thresholds, metrics, "evaluate.slices.thresholds")
    thresholds.require_known(settings.slices.disparity, metrics, "evaluate.slices.disparity")
