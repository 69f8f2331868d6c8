"""The report's part on the journey."""

import pytest

from pipeline.report import journey as journey_section
from pipeline.report.stages import Step

RELEASE = {"image": "sha256:1", "bento": "bakery:1", "deployed_at": "2024-05-01T10:20:30+00:00"}


def step(name: str, verdict: str, **record) -> Step:
    reasons = record.pop("reasons", [])
    full = {"params": {}, "inputs": {}, "outputs": {}, **record} if verdict != "not run" else {}
    return Step(name, f"reports/{name}.json", verdict, full, 2.0, "", reasons)


@pytest.mark.parametrize(
    ("verdicts", "word", "sentence"),
    [
        (["passed", "passed"], "blessed", "Every gate is open"),
        (["passed", "stopped", "out of date"], "stopped", "The gate `b` is closed"),
        (["passed", "out of date"], "out of date", "up to `a` have passed; `b` is out of date"),
        (["out of date", "not run"], "out of date", "No stage has passed; `a` is out of date"),
        (["passed", "not run"], "unfinished", "up to `a` have passed; `b` has not run"),
    ],
)
def test_the_verdict_is_that_of_the_worst_stage(verdicts, word, sentence):
    steps = [step(name, verdict) for name, verdict in zip("abc", verdicts, strict=False)]
    assert journey_section.verdict(steps) == word
    assert sentence in journey_section.lead(steps)


def shown(steps, releases=(), monitored=None) -> dict[str, journey_section.Shown]:
    part = journey_section.build(
        steps, list(releases), monitored or {}, "machinery 1.0.0, unchanged"
    )
    return {step.name: step for step in part.items[0].steps}


def test_a_stage_has_a_verdict_a_time_a_note_and_reasons():
    part = {"rows": 3}
    parts = {"train": part, "test": part}
    steps = shown(
        [
            step("ingest", "passed", rows=7, left_out=1, parts=parts),
            step("featurize", "passed", features=12),
            step("check_data", "stopped", passed=["a"], failed={"b": "no"}, reasons=["no"] * 9),
            step("train", "passed", rows=3, params={"estimator": "sklearn.Ridge"}),
            step("evaluate", "passed", metrics={"mae": 2.0}, slices=[{"verdict": "passed"}]),
            step("package", "passed", bento="bakery:1"),
            step("containerize", "passed", bento="bakery:1", image=f"sha256:{'0' * 64}"),
            step("smoke", "not run"),
        ]
    )
    notes = {name: step.note for name, step in steps.items()}
    assert notes["ingest"] == "3 rows in the training set, 3 in the test set; 1 of 7 rows left out"
    assert notes["featurize"] == "12 features"
    assert notes["check_data"] == "1 tests passed, 1 failed"
    assert notes["train"] == "Ridge, 3 rows"
    assert notes["evaluate"] == "mae 2.0000; 1 slices"
    assert notes["package"] == "bakery:1"
    assert notes["containerize"] == "sha256:000000000000"
    assert "It left no record" in notes["smoke"]
    assert steps["check_data"][1:3] == ("stopped", "2 s")
    assert steps["check_data"].reasons[-1] == "and 1 more reasons, in reports/check_data.json"


def test_deployment_and_monitoring_are_shown():
    blessed = step("smoke", "passed", passed=[], image="sha256:1")
    assert shown([blessed])["deploy"][1] == shown([blessed])["monitor"][1] == "not run"
    steps = shown([blessed], [RELEASE], {"verdict": "passed", "rows": 30})
    assert steps["deploy"].verdict == "in production"
    assert steps["deploy"].note == "bakery:1, since 2024-05-01 10:20"
    assert steps["monitor"][1:4] == ("ok", "", "30 live predictions")
    other = shown([blessed], [{**RELEASE, "image": "sha256:0"}], {"verdict": "failed"})
    assert other["deploy"][1] == "out of date"
    assert other["monitor"][1] == "alert"


@pytest.mark.slow
def test_missing_times_are_explained():
    steps = [Step("a", "a.json", "not run")]
    assert "No times are known" in journey_section.build(steps, [], {}, "").items[0].reading


def test_the_version_of_the_machinery_is_shown():
    sentence = "machinery 1.0.0, but for changed: Makefile"
    part = journey_section.build([step("ingest", "passed", features=1)], [], {}, sentence)
    assert part.lead.endswith(" Machinery 1.0.0, but for changed: Makefile.")
