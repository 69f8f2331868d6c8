"""The report's first part: the journey, each gate's verdict and time, and what comes next."""

from typing import Any

from pipeline.html import page
from pipeline.report import stages as progress
from pipeline.report.stages import NOT_RUN, OUTDATED, PASSED, STOPPED, Step

MOST_REASONS = 8
FIRST = ("roc_auc", "r2")  # what is told of `evaluate`, where it is measured


def verdict(steps: list[Step]) -> str:
    """Return the word for the whole: blessed, stopped, out of date or unfinished."""
    found = [step.verdict for step in steps]
    if STOPPED in found:
        return STOPPED
    if all(one == PASSED for one in found):
        return "blessed"
    return OUTDATED if OUTDATED in found else "unfinished"


def lead(steps: list[Step]) -> str:
    """Return a sentence on how far the journey got."""
    word, passed = verdict(steps), [step.name for step in steps if step.verdict == PASSED]
    if word == "blessed":
        return "Every gate is open: the image was blessed."
    if closed := progress.stopped(steps):
        return f"The gate `{closed.name}` is closed, and nothing after it ran."
    until = f"up to `{passed[-1]}`" if passed else "no stage"
    late = next(step for step in steps if step.verdict != PASSED)
    return f"What holds now: {until}; `{late.name}` is {late.verdict}. `make validate` goes on."


def build(
    steps: list[Step], releases: list[dict], monitored: dict[str, Any], machinery: str
) -> page.Part:
    """Return the part; after the stages, what is deployed and what `monitor` last said.

    Args:
        machinery: the sentence on its version, and on what was changed of it.
    """
    shown = [_step(step) for step in steps]
    shown += [_deployed(releases, progress.of(steps, "smoke")), _monitored(monitored)]
    total = sum(step.seconds or 0.0 for step in steps)
    unknown = "No times are known: the stages ran elsewhere, or came out of DVC's cache."
    known = (
        "The time is that of its work, without Python's start, when its record was last made; "
        f"{progress.seconds(total)} in all."
    )
    reading = f"Each stage has to pass before the next one runs. {known if total else unknown}"
    whole = (
        "Raw rows at one end, a deployment at the other, and a gate after each step. "
        f"{machinery[:1].upper()}{machinery[1:]}."
    )
    return page.Part("journey", "Journey", whole, [page.Steps("Gates", reading, shown)])


def _step(step: Step) -> tuple[str, str, str, str, list[str]]:
    note = _note(step) if step.record else "It has left no record: it has not run, or refused to."
    reasons = step.reasons[:MOST_REASONS]
    if (rest := len(step.reasons) - len(reasons)) > 0:
        reasons = [*reasons, f"and {rest} more reasons, in {step.path}"]
    time = progress.seconds(step.seconds)
    return step.name, step.verdict, time, note, reasons


def _note(step: Step) -> str:
    """Return what a stage's record says, in few words."""
    record = step.record
    if parts := record.get("parts"):
        train, test = (f"{parts[name]['rows']:,}" for name in ("train", "test"))
        out = f"{record['left_out']:,} of {record['rows']:,} rows left out"
        return f"{train} rows to train on, {test} to test on; {out}"
    if "slices" in record:
        judged = [piece["verdict"] for piece in record["slices"]]
        named = [name for name in FIRST if name in record["metrics"]] or [*record["metrics"]]
        return f"{named[0]} {page.shown(record['metrics'][named[0]])}; {len(judged)} slices"
    if "passed" in record:
        failed = len(record.get("failed", {}))
        return f"{len(record['passed'])} tests passed" + (f", {failed} failed" if failed else "")
    if estimator := record["params"].get("estimator"):
        return f"{estimator.rsplit('.', 1)[-1]}, {record.get('rows', 0):,} rows"
    if "features" in record:
        return f"{record['features']:,} features"
    return record.get("image", "")[: len("sha256:") + 12] or record.get("bento", "")


def _deployed(releases: list[dict], blessing: dict[str, Any]):
    if not releases:
        return "deploy", NOT_RUN, "", "Nothing is deployed: `make deploy`.", []
    current = releases[0]
    same = current["image"] == blessing.get("image")
    said = "in production" if same else OUTDATED
    since = current.get("deployed_at", "an unknown day")[:16].replace("T", " ")
    note = f"{current['bento']}, since {since}"
    return "deploy", said, "", note, [] if same else ["Another image than the blessed one."]


def _monitored(record: dict[str, Any]):
    if not record:
        return "monitor", NOT_RUN, "", "Live rows have not been looked at: `make monitor`.", []
    passed = record["verdict"] == "passed"
    note = f"{record.get('rows', 0):,} live predictions"
    return "monitor", "ok" if passed else "alert", "", note, record.get("reasons", [])
