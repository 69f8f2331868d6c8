"""The report's first part, the journey: each stage's verdict and time, and what is next."""

from typing import Any, NamedTuple

from pipeline.html import page
from pipeline.report import stages as progress
from pipeline.report.stages import NOT_RUN, OUTDATED, PASSED, STOPPED, Step

MOST_REASONS = 8
FIRST = ("roc_auc", "r2")  # the metric that is shown of `evaluate`, if it is measured


class Shown(NamedTuple):
    """A stage or an action as the page shows it; `reasons` say why it did not pass."""

    name: str
    verdict: str
    time: str
    note: str
    reasons: list[str]


def verdict(steps: list[Step]) -> str:
    """Return the word for the whole: blessed, stopped, out of date or unfinished."""
    verdicts = [step.verdict for step in steps]
    if STOPPED in verdicts:
        return STOPPED
    if all(verdict == PASSED for verdict in verdicts):
        return "blessed"
    return OUTDATED if OUTDATED in verdicts else "unfinished"


def lead(steps: list[Step]) -> str:
    """Return a sentence on how far the journey got."""
    word, passed = verdict(steps), [step.name for step in steps if step.verdict == PASSED]
    if word == "blessed":
        return "Every gate is open, and the image is blessed."
    if closed := progress.stopped(steps):
        return f"The gate `{closed.name}` is closed, so no stage after it ran."
    until = f"The stages up to `{passed[-1]}` have passed" if passed else "No stage has passed"
    late = next(step for step in steps if step.verdict != PASSED)
    state = "has not run" if late.verdict == NOT_RUN else f"is {late.verdict}"
    return f"{until}; `{late.name}` {state}. `make validate` goes on from there."


def build(
    steps: list[Step], releases: list[dict], monitored: dict[str, Any], machinery: str
) -> page.Part:
    """Return the part: the stages, then what is deployed and the last verdict of `monitor`.

    Args:
        machinery: the sentence on its version and on its changed files.
    """
    shown = [_step(step) for step in steps]
    shown += [_deployed(releases, progress.of(steps, "smoke")), _monitored(monitored)]
    total = sum(step.seconds or 0.0 for step in steps)
    unknown = "No times are known: the stages ran on another machine, or came from DVC's cache."
    known = (
        "Times are those of the last run, without the start of Python; "
        f"{progress.seconds(total)} in all."
    )
    reading = f"A stage runs only if all before it passed. {known if total else unknown}"
    whole = (
        "From raw rows to a deployment, with a gate after each step. "
        f"{machinery[:1].upper()}{machinery[1:]}."
    )
    return page.Part("journey", "Journey", whole, [page.Steps("Gates", reading, shown)])


def _step(step: Step) -> Shown:
    note = _note(step) if step.record else "It left no record: it did not run, or refused to."
    reasons = step.reasons[:MOST_REASONS]
    if (rest := len(step.reasons) - len(reasons)) > 0:
        reasons = [*reasons, f"and {rest} more reasons, in {step.path}"]
    time = progress.seconds(step.seconds)
    return Shown(step.name, step.verdict, time, note, reasons)


def _note(step: Step) -> str:
    """Return a few words from a stage's record."""
    record = step.record
    if parts := record.get("parts"):
        train, test = (f"{parts[name]['rows']:,}" for name in ("train", "test"))
        out = f"{record['left_out']:,} of {record['rows']:,} rows left out"
        return f"{train} rows in the training set, {test} in the test set; {out}"
    if "slices" in record:
        first = [name for name in FIRST if name in record["metrics"]] or [*record["metrics"]]
        value = page.shown(record["metrics"][first[0]])
        return f"{first[0]} {value}; {len(record['slices'])} slices"
    if "passed" in record:
        failed = len(record.get("failed", {}))
        return f"{len(record['passed'])} tests passed" + (f", {failed} failed" if failed else "")
    if estimator := record["params"].get("estimator"):
        return f"{estimator.rsplit('.', 1)[-1]}, {record.get('rows', 0):,} rows"
    if "features" in record:
        return f"{record['features']:,} features"
    return record.get("image", "")[: len("sha256:") + 12] or record.get("bento", "")


def _deployed(releases: list[dict], blessing: dict[str, Any]) -> Shown:
    if not releases:
        return Shown("deploy", NOT_RUN, "", "Nothing is deployed; `make deploy` does it.", [])
    current = releases[0]
    same = current["image"] == blessing.get("image")
    verdict = "in production" if same else OUTDATED
    since = current.get("deployed_at", "an unknown day")[:16].replace("T", " ")
    note = f"{current['bento']}, since {since}"
    reasons = [] if same else ["The blessed image is another one than that in production."]
    return Shown("deploy", verdict, "", note, reasons)


def _monitored(record: dict[str, Any]) -> Shown:
    if not record:
        note = "No live rows have been examined; `make monitor` does it."
        return Shown("monitor", NOT_RUN, "", note, [])
    passed = record["verdict"] == "passed"
    note = f"{record.get('rows', 0):,} live predictions"
    return Shown("monitor", "ok" if passed else "alert", "", note, record.get("reasons", []))
