"""smoke: image -> blessing. The exact image, started as production would start it, has to answer.

Three outcomes: blessed (exit code 0), not blessed (1), could not tell (3: no engine, for example).
The record, release/blessing.json, names every digest of the chain; times are in reports/smoke.json.
"""

from pathlib import Path
from typing import Any

from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed
from pipeline.core.files import read_json, write_json
from pipeline.core.stage import Figures, Input, Report, run
from pipeline.release import golden
from pipeline.release.engine import Limits
from pipeline.release.golden import Expected
from pipeline.release.places import KEY, Place, places
from pipeline.release.prove import Measured, Outcome, attempt
from pipeline.release.settings import SmokeParams


def main(
    bento: Input,
    packaged: Input,
    image: Input,
    dataset: Input,
    mocks: Input,
    figures: Figures,
    report: Report,
) -> dict:
    """Start the server, query it, stop it; bless it when all of its answers are right."""
    settings = params.load("smoke", SmokeParams)
    built, package = read_json(image), read_json(packaged)
    if reasons := custody.verify(image) or judge_bento(bento / "src", package):
        raise GateClosed(reasons, {})
    limits = Limits(settings.memory, settings.cpus)
    where = places(settings.targets, built, bento, limits)
    offline = golden.load(bento / "src", dataset, mocks)
    expected = golden.expected(offline, package, settings)
    if reasons := golden.judge_scorer(
        offline.scorer, offline.test, offline.mocks, settings.tolerance
    ):
        raise GateClosed(reasons, {})
    facts = {
        **{key: built.get(key) for key in ("engine", "image", "bento", "revision")},
        "sandbox": "container"
        if "container" in [_sandbox(place) for place in where]
        else "process",
        "model": package["model"],
        "scored_by": offline.scorer.fallback or "pipeline/model/compiled.py",
        "golden": {"row": expected.rows[0], "prediction": expected.predictions[0]},
        "chain": custody.summary(image),
        "mode": settings.mode,
    }
    facts |= proved_at(where, expected, settings, Kept(figures))
    if reasons := facts.pop("reasons"):
        raise GateClosed(reasons, facts)
    say(f"smoke: blessed {built['bento']} in a {facts['sandbox']}; next: {_next(facts)}")
    return facts


def _sandbox(place: Place) -> str:
    return place.facts["sandbox"]


def _next(facts: dict[str, Any]) -> str:
    if facts["sandbox"] == "container":
        return "make deploy"
    return "make validate, which needs a container engine"


def judge_bento(source: Path, package: dict[str, Any]) -> list[str]:
    """Return which files in the Bento differ from those that `package` read."""
    return [
        f"release/bento holds another {path} than the one that was judged"
        for path, digest in package["inputs"].items()
        if (source / path).exists() and custody.digest(source / path) != digest
    ]


class Kept:
    """The measurements of each place; those of the first place also stand at the top."""

    def __init__(self, path: Path):
        self.path, self._by_place = path, {}

    def write(self, place: str, measured: Measured) -> None:
        self._by_place[place] = measured
        first, *more = self._by_place.values()
        write_json(self.path, {**first, "targets": self._by_place} if more else first)


def proved_at(
    where: list[Place], expected: Expected, settings: SmokeParams, kept: Kept
) -> dict[str, Any]:
    """Prove the server at every place, also after one has failed.

    Returns the record of the first place (of the first that failed, if any did), the largest number
    of tries, the verdict of each place under `targets`, and the `reasons` of all that failed.
    """
    records, reasons, verdicts = [], [], {}
    for place in where:
        with place:
            outcome, tries = with_tries(place, expected, settings, kept)
        on = f"on `{place.name}` ({KEY}): " if len(where) > 1 else ""
        reasons += [f"{on}{reason}" for reason in outcome.reasons]
        passed = not outcome.reasons
        records.append((passed, tries, outcome.record))
        verdicts[place.name] = {**place.facts, "verdict": "passed" if passed else "failed"}
    _, _, shown = min(records, key=lambda record: record[0])  # a failed one before a passed one
    most = max(tries for _, tries, _ in records)
    return {**shown, "tries": most, "targets": verdicts, "reasons": reasons}


def with_tries(
    place: Place, expected: Expected, settings: SmokeParams, kept: Kept
) -> tuple[Outcome, int]:
    """Prove the server up to `tries` times; return the last outcome and the number of tries.

    Earlier failures are kept in the record and printed: a server that starts only sometimes is not
    hidden.
    """
    failures: list[list[str]] = []
    for number in range(1, settings.tries + 1):
        measured: Measured = {"failed_tries": failures}
        try:
            outcome = attempt(place, expected, settings, measured)
        finally:
            kept.write(place.name, measured)
        if not outcome.reasons:
            if failures:
                say(f"smoke: FLAKY: it passed only at try {number}; see {kept.path}")
            break
        failures.append(outcome.reasons)
        if number < settings.tries:
            say(f"smoke: try {number} of {settings.tries} failed: {outcome.reasons[0]}")
    return outcome, number


if __name__ == "__main__":
    run(main)
