"""evaluate: model -> metrics -> verdict, on the whole test part and on every slice of it.

Measuring and judging are apart: `measure` writes numbers, `judge` reads numbers and thresholds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed, Refusal
from pipeline.core.files import write_json
from pipeline.core.stage import Figures, Input, Output, Report, run
from pipeline.data import schema as schemas
from pipeline.evaluation import (
    bootstrap,
    champion,
    floor,
    plots,
)
from pipeline.evaluation import (
    page as evaluation_page,
)
from pipeline.evaluation import (
    thresholds as gate,
)
from pipeline.evaluation.bootstrap import Part, Sample
from pipeline.evaluation.slices import Cuts, Slice, cut
from pipeline.evaluation.thresholds import Disparity, Figure, Reads, Threshold
from pipeline.model import model_file
from pipeline.model.scorer import Scorer
from recipe import metrics as metric

PASSED, FAILED, TOO_FEW, ABSENT = "passed", "failed", "too few rows", "absent"


class Bootstrap(params.Section):
    """How intervals are made: share of resamples within them, their number, their seed."""

    confidence: float = Field(gt=0.5, lt=1)
    resamples: int = Field(ge=100)
    seed: int


class Slices(Cuts):
    """Rows that have something in common, judged by thresholds of their own."""

    min_rows: int = Field(ge=1)
    too_few_rows: Literal["pass", "fail"]
    reads: Reads
    thresholds: dict[str, Threshold]
    disparity: dict[str, Disparity] = Field(default_factory=dict)


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


@dataclass(frozen=True)
class Rivals:
    """What is measured: the model, a baseline without features, the champion if there is one."""

    model: Sample
    baseline: Sample
    champion: Sample | None = None


def main(
    model: Input,
    dataset: Input,
    schema: Input,
    champion_folder: Input,
    least: Input,
    plots_folder: Output,
    metrics: Output,
    html: Figures,
    report: Report,
) -> dict:
    """Measure the model on the test part, draw what was measured, then judge it."""
    settings = params.load("evaluate", Params)
    rules = schemas.load(schema)
    known = metric.metrics_of(rules.task, rules.labels)
    require_known(settings, known, rules)
    train, test = (pd.read_parquet(dataset / f"{part}.parquet") for part in ("train", "test"))
    sample = sample_of(Scorer(model_file.load(model), rules), test, settings)
    named, other = champion.load(champion_folder)
    rivals = Rivals(sample, baseline(sample, train, rules))
    reason = "nothing has been deployed yet"
    if other:
        rivals, reason = against(other, test, rivals)
    seen, pieces = (cut(part, settings.slices, "evaluate.slices") for part in (train, test))
    measured = measure(rivals, pieces, known, settings)
    measured["champion"].update(named, absent=reason or None)
    mark_absent(measured, seen, pieces, settings)
    reasons = floor.weakened(params.section("evaluate"), least)
    reasons += judge(measured, known, settings)
    plots.write_tables(plots_folder, sample)
    write_json(metrics, measured["metrics"])
    page = evaluation_page.render(sample, measured, reasons, known, settings, rules)
    html.write_text(page, encoding="utf-8")
    say(summary(measured))
    say(f"evaluate: {len(measured['slices'])} slices; look at {html}")
    if reasons:
        raise GateClosed(reasons, measured)
    return measured


def require_known(settings: Params, known: dict[str, metric.Metric], rules) -> None:
    """Refuse thresholds on metrics that the task, or a class that the target, does not have."""
    if rules.task == "binary" and settings.decision_threshold is None:
        raise Refusal("params.yaml: `evaluate.decision_threshold` is missing")
    gate.require_known(settings.thresholds, known, "evaluate.thresholds")
    gate.require_known(settings.slices.thresholds, known, "evaluate.slices.thresholds")
    gate.require_known(settings.slices.disparity, known, "evaluate.slices.disparity")


def sample_of(scorer: Scorer, rows: pd.DataFrame, settings: Params) -> Sample:
    """Return the scorer's scores of `rows` beside the truth."""
    rules = scorer.rules
    truth, scores = rules.truth(rows[rules.target]), scorer.scores(rows)
    return Sample(rules.task, rules.labels, truth, scores, settings.decision_threshold)


def baseline(sample: Sample, train: pd.DataFrame, rules: schemas.Schema) -> Sample:
    """Return what a model says that knows the train part's class shares, or mean, and no more."""
    truth = rules.truth(train[rules.target])
    if sample.task == "multiclass":
        known = np.bincount(truth, minlength=len(sample.labels)) / len(truth)
    else:
        known = truth.mean()
    return replace(sample, scores=np.broadcast_to(known, sample.scores.shape).astype("float64"))


def against(other: Scorer, rows: pd.DataFrame, rivals: Rivals) -> tuple[Rivals, str]:
    """Return `rivals` with the champion's scores of the same rows, or why it has none."""
    model = rivals.model
    if (other.rules.task, other.rules.labels) != (model.task, model.labels):
        return rivals, "the champion predicts another target"
    try:
        return replace(rivals, champion=replace(model, scores=other.scores(rows))), ""
    except Refusal as refusal:
        return rivals, f"the champion cannot score these rows: {refusal}"


def measure(
    rivals: Rivals, pieces: list[Slice], known: dict[str, metric.Metric], settings: Params
) -> dict[str, Any]:
    """Return the metrics of the rivals, whole and by slice, with the intervals of the model's.

    Intervals come from `bootstrap.resamples` resamples; of a slice, for those metrics alone that
    thresholds name, and only where it has `slices.min_rows`.
    """
    sample, every = rivals.model, np.ones(len(rivals.model.truth), bool)
    judged = list({**settings.slices.thresholds, **settings.slices.disparity})
    big = [piece for piece in pieces if piece.member.sum() >= settings.slices.min_rows]
    parts = [Part(np.flatnonzero(every), list(known))]
    parts += [Part(np.flatnonzero(piece.member), judged) for piece in big]
    samples = [sample] + ([rivals.champion] if rivals.champion else [])
    how = settings.bootstrap
    found = bootstrap.resample(samples, parts, how.resamples, how.seed)
    resampled = [list(of) for of in zip(*found, strict=True)]
    whole = figures(rivals, every, resampled[0], known, how.confidence)
    by_piece = {id(piece): of for piece, of in zip(big, resampled[1:], strict=True)}
    return {
        "task": sample.task,
        "rows": len(sample.truth),
        "metrics": whole.pop("metrics"),
        "baseline": values_of(rivals.baseline, every, known),
        **whole,
        "slices": [
            {
                "by": piece.by,
                "value": piece.value,
                "rows": int(piece.member.sum()),
                **figures(rivals, piece.member, by_piece.get(id(piece)), known, how.confidence),
                "named": piece.named,
            }
            for piece in pieces
        ],
    }


def values_of(sample: Sample, member: np.ndarray, known: dict[str, metric.Metric]) -> metric.Values:
    """Return every metric of the sample's rows in `member`."""
    return metric.measure(known, sample.truth[member], sample.scores[member], sample.threshold)


def figures(rivals: Rivals, member, resampled, known, confidence: float) -> dict[str, Any]:
    """Return the metrics of the rows in `member`, their intervals, and those of the champion.

    `resampled` holds the model's resampled metrics and, after them, the champion's; None: no
    intervals. `better_by` is how much better the model is, the paired difference.
    """
    values = values_of(rivals.model, member, known)
    own = resampled[0] if resampled else {}
    found: dict[str, Any] = {"metrics": values}
    found["intervals"] = {name: bootstrap.interval(own[name], confidence) for name in own}
    found["classes"] = class_counts(rivals.model, member)
    found["champion"] = {}
    if rivals.champion:
        theirs = values_of(rivals.champion, member, known)
        found["champion"] = {"metrics": theirs, "better_by": {}, "better_by_intervals": {}}
        for name in own:
            if values[name] is None or theirs[name] is None:
                continue
            better = metric.gain(known[name], values[name], theirs[name])
            found["champion"]["better_by"][name] = better
            paired = metric.gain(known[name], own[name], resampled[1][name])
            interval = bootstrap.interval(paired, confidence)
            found["champion"]["better_by_intervals"][name] = interval
    return found


def class_counts(sample: Sample, member: np.ndarray) -> dict[str, int]:
    """Return the rows of each class among those in `member`; none where the target is a number."""
    if sample.task == "regression":
        return {}
    counts = np.bincount(sample.truth[member].astype(int), minlength=len(sample.labels))
    return dict(zip(sample.labels, counts.tolist(), strict=True))


def mark_absent(measured, train: list[Slice], pieces: list[Slice], settings: Params) -> None:
    """Add to `measured` the slices that are empty, though by the train part they should not be."""
    there = {(piece.by, piece.value) for piece in pieces}
    for piece in train:
        count, expected = int(piece.member.sum()), piece.member.mean() * measured["rows"]
        if expected >= settings.slices.min_rows and (piece.by, piece.value) not in there:
            lost = {"by": piece.by, "value": piece.value, "rows": 0, "named": False}
            nothing = {"metrics": {}, "intervals": {}, "champion": {}, "classes": {}}
            measured["slices"].append({**lost, **nothing, "train_rows": count})


def judge(measured: dict[str, Any], known: dict[str, metric.Metric], settings: Params) -> list[str]:
    """Return a sentence for each threshold that is not met; mark each slice with its verdict."""
    reasons = judge_champion(measured, settings)
    for name, threshold in settings.thresholds.items():
        figure, key = figure_of(measured, name, measured["baseline"]), f"evaluate.thresholds.{name}"
        reasons += gate.missed(name, figure, threshold, known[name], settings.reads, key=key)
    for piece in measured["slices"]:
        piece["verdict"], found = judge_slice(piece, measured["baseline"], known, settings.slices)
        reasons += found
    measured["disparity"] = list(disparities(measured["slices"], settings.slices))
    return reasons + [reason for row in measured["disparity"] for reason in row.pop("reasons")]


def figure_of(found: dict[str, Any], name: str, baseline: metric.Values) -> Figure:
    """Return the figure of metric `name` on the whole, or on a slice."""
    rival = found["champion"]
    return Figure(
        found["metrics"].get(name),
        found["intervals"].get(name),
        baseline.get(name),
        rival.get("better_by", {}).get(name),
        rival.get("better_by_intervals", {}).get(name),
        "metrics" in rival,
    )


def judge_champion(measured: dict[str, Any], settings: Params) -> list[str]:
    """Return why the thresholds against the champion cannot be judged, where that matters."""
    rival = measured["champion"]
    if not settings.compares or "metrics" in rival:
        return []
    if rival.get("model") is None and settings.no_champion == "pass":
        return []
    return [
        f"there is no champion to compare with: {rival.get('absent')} (evaluate.no_champion; "
        "`model: null` in deploy/champion/champion.json begins anew)"
    ]


def judge_slice(piece, baseline, known, settings: Slices) -> tuple[str, list[str]]:
    """Return a slice's verdict, and a sentence for each threshold that it does not meet.

    A slice of one class has no ROC AUC, and so is too small to tell; its error rate is judged.
    """
    where = f" where {words_of(piece)}"
    if piece["rows"] == 0 and (piece["named"] or "train_rows" in piece):
        seen = f"; the train part has {piece['train_rows']:,}" if "train_rows" in piece else ""
        return ABSENT, [f"the test part has no row{where}{seen} (evaluate.slices)"]
    reasons, told = [], told_apart(piece, settings)
    for name in told:
        figure, key = figure_of(piece, name, baseline), f"evaluate.slices.thresholds.{name}"
        threshold = settings.thresholds[name]
        reasons += gate.missed(name, figure, threshold, known[name], settings.reads, where, key)
    small = piece["rows"] < settings.min_rows or len(told) < len(settings.thresholds)
    verdict = FAILED if reasons else TOO_FEW if small else PASSED
    if small and settings.too_few_rows == "fail":
        reasons.append(
            f"{piece['rows']} rows{where}, of {_counts(piece)}, are too few to tell "
            "(evaluate.slices.min_rows, evaluate.slices.too_few_rows)"
        )
    return verdict, reasons


def words_of(piece: dict[str, Any]) -> str:
    """Return a slice as people say it: "size is small", or the name of its query."""
    return piece["value"] if piece["by"] == "query" else f"{piece['by']} is {piece['value']}"


def _counts(piece: dict[str, Any]) -> str:
    counts = piece.get("classes") or {}
    return ", ".join(f"{count} {label}" for label, count in counts.items()) or "one target"


def told_apart(piece: dict[str, Any], settings: Slices) -> list[str]:
    """Return the thresholds for which a slice has rows and classes enough to be judged."""
    if piece["rows"] < settings.min_rows:
        return []
    return [name for name in settings.thresholds if piece["metrics"].get(name) is not None]


def disparities(pieces: list[dict[str, Any]], settings: Slices) -> Iterator[dict[str, Any]]:
    """Yield, for each cut and each metric under `disparity`, how far apart its slices are.

    Slices of too few rows are left out; a cut with fewer than two others cannot be compared.
    """
    for name, limit in settings.disparity.items():
        for by in dict.fromkeys(piece["by"] for piece in pieces if piece["by"] != "query"):
            values = {
                piece["value"]: piece["metrics"][name]
                for piece in pieces
                if piece["by"] == by
                and piece["rows"] >= settings.min_rows
                and piece["metrics"].get(name) is not None
            }
            yield disparity(name, by, values, limit, settings)


def disparity(
    name: str, by: str, values: dict[str, float], limit: Disparity, settings: Slices
) -> dict[str, Any]:
    """Return the smallest and the largest of `values`, their difference and ratio, and `reasons`.

    The ratio is None where the smallest is 0: no limit on a ratio lets that pass.
    """
    key = f"evaluate.slices.disparity.{name}"
    row: dict[str, Any] = {"by": by, "metric": name, "slices": len(values), "reasons": []}
    if len(values) < 2:
        failed = settings.too_few_rows == "fail"
        sentence = f"{by} has too few slices of {settings.min_rows} rows to compare {name} ({key})"
        return {**row, "verdict": TOO_FEW, "reasons": [sentence] if failed else []}
    least, most = min(values, key=values.get), max(values, key=values.get)
    low, high = values[least], values[most]
    row |= {"smallest": least, "largest": most, "from": low, "to": high}
    row |= {"difference": high - low, "ratio": high / low if low > 0 else None}
    spread = f"{name} is {low:.4f} where {by} is {least} and {high:.4f} where it is {most}"
    if limit.max_difference is not None and high - low > limit.max_difference:
        limited = f"{key}.max_difference {limit.max_difference:g}"
        row["reasons"].append(f"{spread}: {high - low:.4f} apart, more than {limited}")
    if limit.max_ratio is not None and high > limit.max_ratio * low:
        times = f"{high / low:.2f} times" if low > 0 else "infinitely more"
        row["reasons"].append(f"{spread}: {times}, more than {key}.max_ratio {limit.max_ratio:g}")
    return {**row, "verdict": FAILED if row["reasons"] else PASSED}


def summary(measured: dict[str, Any]) -> str:
    """Return a line a metric: the model's value, its interval, and the trivial baseline's."""
    lines = [f"{'metric':24}{'model':>10}{'interval':>20}{'baseline':>10}"]
    for name, value in measured["metrics"].items():
        interval = measured["intervals"].get(name)
        ends = "{:.4f} – {:.4f}".format(*interval) if interval else "–"
        shown = [
            f"{one:.4f}" if one is not None else "–" for one in (value, measured["baseline"][name])
        ]
        lines.append(f"{name:24}{shown[0]:>10}{ends:>20}{shown[1]:>10}")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
