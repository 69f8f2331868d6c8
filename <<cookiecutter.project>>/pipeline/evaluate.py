"""evaluate: model -> metrics -> verdict, on the whole test part and on every slice of it.

Measuring and judging are apart: `measure` writes numbers, `judge` reads numbers and thresholds.
"""

from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from pipeline import metrics as metric
from pipeline import model_file, page, params, plots
from pipeline import schema as schemas
from pipeline.schema import MISSING
from pipeline.scorer import Scorer
from pipeline.stage import Figures, GateClosed, Input, Output, Refusal, Report, run, say, write_json

TOO_FEW = "too few rows"


class Threshold(params.Section):
    """What a metric must reach: at least `min`, at most `max`, `gain` better than the baseline."""

    min: float | None = None
    max: float | None = None
    gain: float | None = None

    @model_validator(mode="after")
    def _says_something(self):
        if self.min is None and self.max is None and self.gain is None:
            raise ValueError("a threshold needs `min`, `max` or `gain`")
        return self


def known_metrics(thresholds: dict[str, Threshold]) -> dict[str, Threshold]:
    for name in thresholds:
        if name not in metric.METRICS:
            raise ValueError(f"no metric is called {name}{params.nearest(name, metric.METRICS)}")
    return thresholds


class Slices(params.Section):
    """Rows that share a value of one of `columns`, judged by thresholds of their own."""

    columns: list[str]
    min_rows: int = Field(ge=1)
    too_few_rows: Literal["pass", "fail"]
    thresholds: dict[str, Threshold]

    known = field_validator("thresholds")(known_metrics)


class Params(params.Section):
    """Section `evaluate` of params.yaml."""

    decision_threshold: float = Field(gt=0, lt=1)
    thresholds: dict[str, Threshold] = Field(min_length=1)
    slices: Slices

    known = field_validator("thresholds")(known_metrics)


def main(
    model: Input,
    dataset: Input,
    schema: Input,
    plots_folder: Output,
    metrics: Output,
    html: Figures,
    report: Report,
) -> dict:
    """Measure the model on the test part, draw what was measured, then judge it."""
    settings = params.load("evaluate", Params)
    rules = schemas.load(schema)
    test = pd.read_parquet(dataset / "test.parquet")
    train = pd.read_parquet(dataset / "train.parquet", columns=[rules.target])
    share = positive_share(train, rules)
    truth = (test[rules.target] == rules.columns[rules.target].positive).to_numpy()
    scores = Scorer(model_file.load(model), rules).probabilities(test)
    measured = measure(truth, scores, share, test, settings)
    reasons = judge(measured, settings)
    plots.write_tables(plots_folder, truth, scores, settings.decision_threshold, rules.labels)
    write_json(metrics, measured["metrics"])
    html.write_text(picture(truth, scores, measured, reasons, settings, rules), encoding="utf-8")
    say(summary(measured))
    say(f"evaluate: {len(measured['slices'])} slices; look at {html}")
    if reasons:
        raise GateClosed(reasons, measured)
    return measured


def positive_share(rows: pd.DataFrame, rules: schemas.Schema) -> float:
    """Return the share of positives in `rows`: all that the trivial baseline knows."""
    return float((rows[rules.target] == rules.columns[rules.target].positive).mean())


def measure(truth, scores, share: float, rows: pd.DataFrame, settings: Params) -> dict[str, Any]:
    """Return the metrics of `scores` (n,) against `truth` (n,), whole and by slice of `rows`.

    `baseline` holds the metrics of a model that gives everyone the probability `share`.
    """
    threshold = settings.decision_threshold
    return {
        "rows": len(truth),
        "positives": int(truth.sum()),
        "metrics": metric.measure(truth, scores, threshold),
        "baseline": metric.measure(truth, np.full(len(truth), share), threshold),
        "slices": [
            {
                "column": column,
                "value": value,
                "rows": int(member.sum()),
                "positives": int(truth[member].sum()),
                "metrics": metric.measure(truth[member], scores[member], threshold),
            }
            for column, value, member in slices(rows, settings.slices.columns)
        ],
    }


def slices(rows: pd.DataFrame, columns: list[str]):
    """Yield (column, value, mask of its rows) for each value of each of `columns`, missing too."""
    for column in columns:
        if column not in rows.columns:
            hint = params.nearest(column, rows.columns)
            raise Refusal(f"params.yaml: `evaluate.slices.columns`: no column `{column}`{hint}")
        values = rows[column]
        if values.dtype.kind == "f":
            values = values.map("{:g}".format, na_action="ignore")
        values = values.astype("object").where(values.notna(), MISSING)
        for value in sorted(values.unique()):
            yield column, value, (values == value).to_numpy()


def judge(measured: dict[str, Any], settings: Params) -> list[str]:
    """Return a sentence for each threshold that is not met; mark each slice with its verdict."""
    reasons = []
    for name, threshold in settings.thresholds.items():
        values = measured["metrics"].get(name), measured["baseline"].get(name)
        reasons += missed(name, *values, threshold, "", f"evaluate.thresholds.{name}")
    for piece in measured["slices"]:
        found = judge_slice(piece, measured["baseline"], settings.slices)
        piece["verdict"] = "passed" if not found else "failed"
        if is_small(piece, settings.slices):
            piece["verdict"] = TOO_FEW
        reasons += found
    return reasons


def is_small(piece: dict[str, Any], settings: Slices) -> bool:
    """Whether a slice has too few rows, or too few classes, to be judged."""
    needed = [piece["metrics"].get(name) for name in settings.thresholds]
    return piece["rows"] < settings.min_rows or None in needed


def judge_slice(piece: dict[str, Any], baseline: dict[str, Any], settings: Slices) -> list[str]:
    """Return a sentence for each threshold that a slice does not meet."""
    where = f" where {piece['column']} is {piece['value']}"
    if is_small(piece, settings):
        if settings.too_few_rows == "pass":
            return []
        return [
            f"{piece['rows']} rows with {piece['positives']} positives{where} are too few to tell "
            "(evaluate.slices.min_rows, evaluate.slices.too_few_rows)"
        ]
    reasons = []
    for name, threshold in settings.thresholds.items():
        key = f"evaluate.slices.thresholds.{name}"
        reasons += missed(
            name, piece["metrics"].get(name), baseline.get(name), threshold, where, key
        )
    return reasons


def missed(name, value, baseline, threshold: Threshold, where: str, key: str) -> list[str]:
    """Return a sentence for each side of `threshold` that `value` misses; a lacking one misses."""
    if value is None or not np.isfinite(value):
        return [f"{name}{where} could not be measured ({key})"]
    reasons = []
    if threshold.min is not None and value < threshold.min:
        reasons.append(f"{name}{where} is {value:.4f}, below {key}.min {threshold.min}")
    if threshold.max is not None and value > threshold.max:
        reasons.append(f"{name}{where} is {value:.4f}, above {key}.max {threshold.max}")
    if threshold.gain is not None:
        gained = metric.gain(name, value, baseline)
        if gained < threshold.gain:
            reasons.append(
                f"{name}{where} is {gained:.4f} better than the baseline's {baseline:.4f}, "
                f"less than {key}.gain {threshold.gain}"
            )
    return reasons


def summary(measured: dict[str, Any]) -> str:
    """Return a line a metric: the model's value beside the trivial baseline's."""
    lines = [f"{'metric':20}{'model':>10}{'baseline':>10}"]
    for name, value in measured["metrics"].items():
        lines.append(f"{name:20}{value:10.4f}{measured['baseline'][name]:10.4f}")
    return "\n".join(lines)


def picture(truth, scores, measured, reasons, settings: Params, rules) -> str:
    """Return the report as one self-contained HTML page."""
    verdict = "passed" if not reasons else "stopped"
    rows = [
        [name, value, measured["baseline"][name], words(settings.thresholds.get(name))]
        for name, value in measured["metrics"].items()
    ]
    chart = plots.Chart(truth, scores, settings.decision_threshold, rules.labels)
    judged = next(iter(settings.slices.thresholds), "accuracy")
    columns = ["column", "value", "rows", "positives", judged, "verdict"]
    pieces = sorted(measured["slices"], key=lambda piece: _badness(piece, judged))
    sections = [
        page.Table("Metrics", "The model beside a baseline that knows the class shares only.",
                   ["metric", "model", "baseline", "threshold"], rows),
        page.Figure("ROC", "Above the diagonal is better than chance; the dot is where the "
                    "decision threshold lies.", chart.roc()),
        page.Figure("Precision and recall", "How many alarms are right, for each share of the "
                    "positives found.", chart.precision_recall()),
        page.Figure("Calibration", "On the diagonal, a probability of 30 % comes true in 30 of "
                    "100 cases; larger dots are more rows.", chart.calibration()),
        page.Figure("Confusion", "What is, against what the model says at the decision threshold.",
                    chart.confusion()),
        page.Table("Slices", "Worst first; a slice of too few rows is not judged.", columns,
                   [[p["column"], p["value"], p["rows"], p["positives"], p["metrics"][judged],
                     p["verdict"]] for p in pieces]),
    ]  # fmt: skip
    lead = f"{measured['rows']:,} rows, {measured['positives']:,} of them {rules.labels[1]}."
    return page.render("Evaluation", verdict, lead, reasons, sections)


def _badness(piece: dict[str, Any], name: str):
    value = piece["metrics"][name]
    better = metric.gain(name, value, 0.0) if value is not None else np.inf
    return (piece["verdict"] == TOO_FEW, better)


def words(threshold: Threshold | None) -> str:
    """Return a threshold as people read it: "min 0.88, gain 0.3"."""
    if threshold is None:
        return ""
    return ", ".join(f"{key} {value}" for key, value in threshold if value is not None)


if __name__ == "__main__":
    run(main)
