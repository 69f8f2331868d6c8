"""Judge what was measured: a sentence for each threshold that is not met, a verdict a slice."""

from collections.abc import Iterator

from pipeline.core.metric import Metric, Values
from pipeline.evaluation.record import Evaluation, Measured, MeasuredSlice, Spread
from pipeline.evaluation.settings import Params, Slices
from pipeline.evaluation.thresholds import Check, Disparity, Measurement

PASSED, FAILED, TOO_FEW, ABSENT = "passed", "failed", "too few rows", "absent"


def judge(measured: Evaluation, metrics: dict[str, Metric], settings: Params) -> list[str]:
    """Return a sentence for each threshold that is not met; note each slice's verdict."""
    reasons, baseline = _champion_missing(measured, settings), measured["baseline"]
    for name, threshold in settings.thresholds.items():
        key = f"evaluate.thresholds.{name}"
        check = Check(name, metrics[name], threshold, key, settings.reads)
        reasons += check.missed(_measurement(measured, name, baseline))
    for piece in measured["slices"]:
        piece["verdict"], missed = judge_slice(piece, baseline, metrics, settings.slices)
        reasons += missed
    measured["disparity"] = []
    for spread, missed in spreads(measured["slices"], settings.slices):
        measured["disparity"].append(spread)
        reasons += missed
    return reasons


def _measurement(measured: Measured, name: str, baseline: Values) -> Measurement:
    """Return metric `name` of all rows, or of a slice."""
    champion = measured["champion"]
    return Measurement(
        measured["metrics"].get(name),
        measured["intervals"].get(name),
        baseline.get(name),
        champion.get("better_by", {}).get(name),
        champion.get("better_by_intervals", {}).get(name),
        "metrics" in champion,
    )


def _champion_missing(measured: Evaluation, settings: Params) -> list[str]:
    """Return why there is no champion to compare with, where a threshold needs one."""
    champion = measured["champion"]
    if not settings.compares or "metrics" in champion:
        return []
    if champion.get("model") is None and settings.no_champion == "pass":
        return []
    return [
        f"there is no champion to compare with: {champion.get('absent')} (evaluate.no_champion; "
        "`model: null` in deploy/champion/champion.json begins anew)"
    ]


def judge_slice(
    piece: MeasuredSlice, baseline: Values, metrics: dict[str, Metric], settings: Slices
) -> tuple[str, list[str]]:
    """Return a slice's verdict, and a sentence for each threshold that it does not meet.

    A slice of one class has no ROC AUC, so it counts as too small; its error rate is judged still.
    """
    where = f" where {slice_name(piece)}"
    if piece["rows"] == 0 and (piece["named"] or "train_rows" in piece):
        train = f"; the training set has {piece['train_rows']:,}" if "train_rows" in piece else ""
        return ABSENT, [f"the test set has no row{where}{train} (evaluate.slices)"]
    reasons, judged = [], _judgeable(piece, settings)
    for name in judged:
        key, threshold = f"evaluate.slices.thresholds.{name}", settings.thresholds[name]
        check = Check(name, metrics[name], threshold, key, settings.reads, where)
        reasons += check.missed(_measurement(piece, name, baseline))
    small = piece["rows"] < settings.min_rows or len(judged) < len(settings.thresholds)
    verdict = FAILED if reasons else TOO_FEW if small else PASSED
    if small and settings.too_few_rows == "fail":
        reasons.append(
            f"{piece['rows']} rows{where} ({_class_words(piece)}) are too few to judge "
            "(evaluate.slices.min_rows, evaluate.slices.too_few_rows)"
        )
    return verdict, reasons


def slice_name(piece: MeasuredSlice) -> str:
    """Return a slice as people say it: "size is small", or the name of its query."""
    return piece["value"] if piece["by"] == "query" else f"{piece['by']} is {piece['value']}"


def _class_words(piece: MeasuredSlice) -> str:
    words = ", ".join(f"{count} {label}" for label, count in piece["classes"].items())
    return words or "the target is a number"


def _judgeable(piece: MeasuredSlice, settings: Slices) -> list[str]:
    """Return the metrics for which a slice has enough rows and classes to be judged."""
    if piece["rows"] < settings.min_rows:
        return []
    return [name for name in settings.thresholds if piece["metrics"].get(name) is not None]


def spreads(pieces: list[MeasuredSlice], settings: Slices) -> Iterator[tuple[Spread, list[str]]]:
    """Yield how far apart each metric under `disparity` is on the slices of each cut, and reasons.

    Slices of too few rows are left out. Queries are no cut: they may overlap.
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
            yield _spread(name, by, values, limit, settings)


def _spread(
    name: str, by: str, values: dict[str, float], limit: Disparity, settings: Slices
) -> tuple[Spread, list[str]]:
    """Return the spread of `values`, a slice each, and a sentence for each limit that it exceeds.

    The ratio is None where the smallest value is 0: it exceeds any limit unless all are 0.
    """
    key, count = f"evaluate.slices.disparity.{name}", len(values)
    if count < 2:
        few = f"{by} has too few slices of {settings.min_rows} rows to compare {name} ({key})"
        reasons = [few] if settings.too_few_rows == "fail" else []
        return {"by": by, "metric": name, "slices": count, "verdict": TOO_FEW}, reasons
    least, most = min(values, key=values.get), max(values, key=values.get)
    low, high = values[least], values[most]
    reasons = []
    sentence = f"{name} is {low:.4f} where {by} is {least} and {high:.4f} where it is {most}"
    if limit.max_difference is not None and high - low > limit.max_difference:
        limited = f"{key}.max_difference {limit.max_difference:g}"
        reasons.append(f"{sentence}: {high - low:.4f} apart, more than {limited}")
    if limit.max_ratio is not None and high > limit.max_ratio * low:
        times = f"{high / low:.2f} times" if low > 0 else "infinitely more"
        reasons.append(f"{sentence}: {times}, more than {key}.max_ratio {limit.max_ratio:g}")
    spread: Spread = {
        "by": by,
        "metric": name,
        "slices": count,
        "smallest": least,
        "from": low,
        "largest": most,
        "to": high,
        "difference": high - low,
        "ratio": high / low if low > 0 else None,
        "verdict": FAILED if reasons else PASSED,
    }
    return spread, reasons
