"""What `evaluate` notes in its record, reports/evaluate.json: metrics, as a whole and by slice."""

from typing import NotRequired, TypedDict

from pipeline.core.metric import Values

Interval = list[float]  # its lower and its upper end


class Comparison(TypedDict, total=False):
    """The champion beside the model, on the same rows.

    `absent` says why there is no champion to compare with; then `metrics`, `better_by` (how much
    better the model is, by metric) and `better_by_intervals` are left out.
    """

    bento: str | None
    model: str | None
    absent: str | None
    metrics: Values
    better_by: dict[str, float]
    better_by_intervals: dict[str, Interval | None]


class Measured(TypedDict):
    """Metrics of some rows, their intervals, and the number of rows of each class."""

    metrics: Values
    intervals: dict[str, Interval | None]
    classes: dict[str, int]
    champion: Comparison


class MeasuredSlice(Measured):
    """A slice: `by` is what the rows were cut by, `named` whether params.yaml names this slice.

    `train_rows` is there where the training set has rows of the slice and the test set none.
    """

    by: str
    value: str
    rows: int
    named: bool
    train_rows: NotRequired[int]
    verdict: NotRequired[str]


# The smallest and the largest value of a metric on the slices of one cut.
Spread = TypedDict(
    "Spread",
    {
        "by": str,
        "metric": str,
        "slices": int,
        "verdict": str,
        "smallest": NotRequired[str],
        "from": NotRequired[float],
        "largest": NotRequired[str],
        "to": NotRequired[float],
        "difference": NotRequired[float],
        "ratio": NotRequired[float | None],
    },
)


class Evaluation(Measured):
    """The whole record. `judge` adds `disparity`, and the verdict of each slice."""

    task: str
    rows: int
    baseline: Values
    slices: list[MeasuredSlice]
    disparity: NotRequired[list[Spread]]
