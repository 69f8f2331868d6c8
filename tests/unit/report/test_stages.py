"""How far the journey got."""

import json
from pathlib import Path

import pytest

from mock_project import ROOT, dvc_stages
from pipeline.core import custody, files, timings
from pipeline.evaluation import champion
from pipeline.report import custody as custody_section
from pipeline.report import stages as progress

STAGES = ROOT / "dvc.yaml"


def verdicts() -> dict[str, str]:
    return {step.name: step.verdict for step in progress.read(STAGES)}


def rewrite(path: str, **values) -> None:
    files.write_json(Path(path), {**json.loads(Path(path).read_text()), **values})


@pytest.mark.slow
def test_each_stage_of_dvc_yaml_has_a_record():
    assert list(progress.records(STAGES)) == list(dvc_stages())
    assert progress.records(STAGES)["smoke"] == "release/blessing.json"


@pytest.mark.slow
def test_stages_pass_or_have_not_run(made):
    by_stage = verdicts()
    assert list(by_stage.values()) == ["passed"] * 7 + ["not run"] * 2
    assert progress.stopped(progress.read(STAGES)) is None


@pytest.mark.slow
def test_before_anything_ran_nothing_has_a_record(project):
    assert set(verdicts().values()) == {"not run"}
    assert progress.of(progress.read(STAGES), "train") == {}


@pytest.mark.slow
def test_after_a_closed_gate_the_records_are_those_of_a_former_run(made):
    rewrite("reports/check_model.json", verdict="failed", reasons=["it learns nothing"])
    by_stage = verdicts()
    assert by_stage["train"] == "passed"
    assert by_stage["check_model"] == "stopped"
    assert by_stage["evaluate"] == by_stage["package"] == "out of date"
    closed = progress.stopped(progress.read(STAGES))
    assert (closed.name, closed.reasons) == ("check_model", ["it learns nothing"])


def test_a_record_of_other_parameters_or_other_bytes_is_out_of_date(made, change):
    change("featurize", seed=2)
    step = progress.read(STAGES)[1]
    assert step.verdict == "out of date"
    assert step.reasons == ["params.yaml: `featurize.seed` changed after `featurize`"]
    change("featurize", seed=1)
    with Path("schema.yaml").open("a") as file:
        file.write("# other bytes\n")
    assert progress.read(STAGES)[0].reasons == ["schema.yaml: changed since it was read"]
    Path("schema.yaml").unlink()
    assert "was read, and is missing now" in progress.read(STAGES)[0].reasons[0]


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_broken_record_counts_as_not_run(made, text):
    Path("reports/ingest.json").write_text(text)
    step = progress.read(STAGES)[0]
    assert step.verdict == "not run"
    assert "reports/ingest.json" in step.reasons[0]


@pytest.mark.slow
def test_a_time_belongs_to_one_record(made):
    path = Path("reports/ingest.json")
    timings.note_time("ingest", 1.5, custody.digest(path))
    assert progress.read(STAGES)[0].seconds == 1.5
    timings.note_time("ingest", 1.5, "sha256:another")
    assert progress.read(STAGES)[0].seconds is None


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (0.042, "0.042 s"), (59.6, "60 s"), (61.0, "1 min 1 s")]
)
def test_times_are_readable(value, text):
    assert progress.seconds(value) == text


def test_a_deployed_model_was_judged_against_the_champion_before_it(made):
    champion.crown(Path("release/bento/src"), "bakery:1")
    assert progress.champion_apart(progress.records(STAGES).values()) == champion.FOLDER
    assert verdicts()["evaluate"] == verdicts()["package"] == "passed"
    part = custody_section.build(progress.read(STAGES), {})
    assert not part.items[0].bad
    rows = {row[0]: row[-1] for row in part.items[1].rows}
    assert rows["deploy/champion"] == "changed: this model was deployed"


@pytest.mark.slow
def test_a_third_champion_is_a_change(made):
    champion.crown(Path("release/bento/src"), "bakery:1")
    rewrite("deploy/champion/champion.json", model="sha256:another")
    assert verdicts()["evaluate"] == "out of date"
