"""Both CI files run the journey stage by stage, and deploy what was proved, when asked to."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from baked import TEMPLATE

GITHUB, GITLAB = ".github/workflows/ci.yml", ".gitlab-ci.yml"
FILES = (GITHUB, GITLAB)
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
JOBS = ("test", "pipeline", "deploy")


def load(name: str) -> dict[str, Any]:
    """Return a YAML file of the template; by YAML 1.2, where `on` is a word like any other."""
    return YAML(typ="safe").load(TEMPLATE / name)


def job(name: str, of: str) -> dict[str, Any]:
    """Return a job; what a GitLab job inherits is its own, as GitLab merges it."""
    if name == GITHUB:
        return load(name)["jobs"][of]
    inherited: dict[str, Any] = {}
    own = load(name)[of]
    if "extends" in own:
        inherited = job(name, own["extends"])
    variables = inherited.get("variables", {}) | own.get("variables", {})
    return inherited | own | {"variables": variables}


def commands(name: str, of: str) -> list[str]:
    """Return what a job runs, in order."""
    if name == GITLAB:
        return job(name, of)["script"] + job(name, of).get("after_script", [])
    return [step["run"] for step in job(name, of)["steps"] if "run" in step]


def targets(name: str, of: str) -> list[str]:
    """Return the Make targets that a job calls, in order."""
    return [target for command in commands(name, of) for target in shlex.split(command)[1:]]


def uploads() -> Iterator[dict[str, Any]]:
    """Return the steps of the GitHub pipeline that keep files."""
    for step in job(GITHUB, "pipeline")["steps"]:
        if step.get("uses", "").startswith("actions/upload-artifact@"):
            yield step


@pytest.fixture(scope="module")
def stages() -> list[str]:
    """The stages of dvc.yaml, in its order."""
    return list(load("dvc.yaml")["stages"])


@pytest.mark.parametrize("name", FILES)
def test_every_stage_is_a_step_in_the_order_of_dvc_yaml(name: str, stages: list[str]):
    ran = targets(name, "pipeline")
    assert [target for target in ran if target in stages] == stages
    assert ran[: ran.index(stages[0])] == ["setup", "pull"], "the raw data comes before them"


@pytest.mark.parametrize("of", JOBS)
def test_a_step_is_named_like_its_make_target(of: str):
    for step in job(GITHUB, of)["steps"]:
        assert step.get("run") in (None, f"make {step.get('name')}")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("of", JOBS)
def test_a_step_calls_one_make_target_and_nothing_else(name: str, of: str):
    for command in commands(name, of):
        assert re.fullmatch(r"make \w+", command), command


def test_before_its_steps_the_gitlab_pipeline_only_installs_the_tools_it_needs():
    extra = [line for of in JOBS for line in job(GITLAB, of).get("before_script", [])]
    assert {shlex.split(line)[0] for line in extra} == {"apt-get"}


@pytest.mark.parametrize("name", FILES)
def test_every_make_target_that_is_called_exists(name: str):
    known = re.findall(r"(?m)^(\w+):", (TEMPLATE / "Makefile").read_text())
    assert {target for of in JOBS for target in targets(name, of)} <= set(known)


@pytest.mark.parametrize("name", FILES)
def test_lint_and_unit_tests_come_before_the_pipeline(name: str):
    assert targets(name, "test") == ["setup", "lint", "test"]
    if name == GITHUB:
        assert job(name, "pipeline")["needs"] == "test"
    else:
        order = load(name)["stages"]
        assert [order.index(job(name, of)["stage"]) for of in JOBS] == [0, 1, 2]


def test_every_push_and_pull_request_is_checked():
    on = load(GITHUB)["on"]
    assert on == {"push": {"branches": ["**"]}, "pull_request": None}
    allowed = [rule["if"] for rule in load(GITLAB)["workflow"]["rules"] if "when" not in rule]
    assert allowed == ['$CI_PIPELINE_SOURCE == "merge_request_event"', "$CI_COMMIT_BRANCH"]


@pytest.mark.parametrize("name", FILES)
def test_the_pipeline_fails_where_no_container_engine_answers(name: str):
    settings = job(name, "pipeline")["env" if name == GITHUB else "variables"]
    assert settings["SANDBOX"] == "container"


@pytest.mark.parametrize("name", FILES)
def test_ci_has_the_python_of_the_base_image(name: str):
    text = (TEMPLATE / "params.yaml").read_text()
    version = re.search(r"base_image: python:(\d+\.\d+)-", text)[1]
    for of in ("test", "pipeline"):
        if name == GITHUB:
            given = [step.get("with", {}).get("python-version") for step in job(name, of)["steps"]]
            assert version in given
        else:
            assert job(name, of)["image"].startswith(f"python:{version}-")


def test_reports_and_release_are_kept_when_a_gate_closed():
    first, *_ = uploads()
    assert first["if"] == "always()"
    assert first["with"]["path"].split() == ["reports/", "release/"]
    kept = job(GITLAB, "pipeline")["artifacts"]
    assert kept["when"] == "always"
    assert {"reports/", "release/"} <= set(kept["paths"])


def test_the_report_and_the_summary_are_made_when_a_gate_closed():
    steps = {step.get("name"): step for step in job(GITHUB, "pipeline")["steps"]}
    for name in ("report", "summary"):
        assert steps[name]["if"] == "always()"
    assert job(GITLAB, "pipeline")["after_script"] == ["make report", "make summary"]
    assert "reports/" in job(GITLAB, "pipeline")["artifacts"]["paths"]
    assert job(GITLAB, "pipeline")["artifacts"]["reports"] == {"metrics": "reports/metrics.txt"}


def test_changes_are_compared_with_the_default_branch():
    (summary,) = (one for one in job(GITHUB, "pipeline")["steps"] if one.get("name") == "summary")
    assert summary["env"] == {"BASE": "origin/${{ github.event.repository.default_branch }}"}
    assert job(GITHUB, "pipeline")["steps"][0]["with"]["fetch-depth"] == 0
    given = job(GITLAB, "pipeline")["variables"]
    assert (given["BASE"], given["GIT_DEPTH"]) == ("origin/$CI_DEFAULT_BRANCH", 0)


def test_deploy_gets_what_the_pipeline_exported():
    _, handover = uploads()
    assert targets(GITHUB, "pipeline")[-1] == job(GITLAB, "pipeline")["script"][-1][5:] == "export"
    assert handover["if"] == "steps.export.outcome == 'success'"
    assert handover["with"]["path"] == "handover.tar"
    (fetched,) = (
        step
        for step in job(GITHUB, "deploy")["steps"]
        if step.get("uses", "").startswith("actions/download-artifact@")
    )
    assert fetched["with"]["name"] == handover["with"]["name"]
    assert "$HANDOVER" in job(GITLAB, "pipeline")["artifacts"]["paths"]
    rule, _ = job(GITLAB, "pipeline")["rules"]
    assert rule["variables"] == {"HANDOVER": "handover.tar"}
    assert rule["if"] == job(GITLAB, "deploy")["rules"][0]["if"]


@pytest.mark.parametrize("name", FILES)
def test_deploy_rebuilds_nothing_and_needs_the_pipeline(name: str):
    assert targets(name, "deploy") == ["import", "deploy"]
    assert job(name, "deploy")["needs"] in ("pipeline", ["pipeline"])


def test_deploy_is_for_the_default_branch_alone_and_approved_by_hand():
    github, gitlab = job(GITHUB, "deploy"), job(GITLAB, "deploy")
    assert github["environment"] == gitlab["environment"] == "production"
    default = "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"
    assert github["if"] == f"vars.DEPLOY_RUNNER && {default}"
    (export,) = (step for step in job(GITHUB, "pipeline")["steps"] if step.get("id") == "export")
    assert export["if"] == github["if"]
    assert gitlab["rules"] == [
        {"if": "$DEPLOY_RUNNER && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "when": "manual"}
    ]


def test_deploy_runs_on_the_machine_that_serves():
    assert job(GITHUB, "deploy")["runs-on"] == ["self-hosted", "${{ vars.DEPLOY_RUNNER }}"]
    assert job(GITLAB, "deploy")["tags"] == ["$DEPLOY_RUNNER"]


def test_deploy_leaves_the_record_of_former_releases_in_place():
    checkout = job(GITHUB, "deploy")["steps"][0]
    assert checkout["with"]["clean"] is False
    assert job(GITLAB, "deploy")["variables"]["GIT_CLEAN_FLAGS"] == "none"


def test_a_push_cancels_what_it_supersedes_but_never_a_deploy():
    assert "concurrency" not in load(GITHUB), "it would cancel a deploy with the rest of its run"
    for of in ("test", "pipeline"):
        assert job(GITHUB, of)["concurrency"] == {
            "group": f"{of}-${{{{ github.ref }}}}",
            "cancel-in-progress": True,
        }
        assert job(GITLAB, of)["interruptible"] is True
    assert load(GITLAB)["workflow"]["auto_cancel"] == {"on_new_commit": "interruptible"}
    assert job(GITHUB, "deploy")["concurrency"]["cancel-in-progress"] is False
    assert job(GITLAB, "deploy")["interruptible"] is False


def test_two_deploys_never_overlap():
    assert "${{" not in job(GITHUB, "deploy")["concurrency"]["group"], "one group for all runs"
    assert job(GITLAB, "deploy")["resource_group"] == "production"


def test_every_action_is_pinned_to_a_commit_whose_version_stands_beside_it():
    uses = [line for line in (TEMPLATE / GITHUB).read_text().splitlines() if "uses:" in line]
    assert uses
    for line in uses:
        assert PINNED.search(line), line


def test_the_workflow_may_read_the_code_and_nothing_else():
    assert load(GITHUB)["permissions"] == {"contents": "read"}
    assert [of for of in JOBS if "permissions" in job(GITHUB, of)] == []


def test_no_checkout_leaves_a_token_behind():
    for of in JOBS:
        first = job(GITHUB, of)["steps"][0]
        assert first["uses"].startswith("actions/checkout@")
        assert first["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("of", JOBS)
def test_no_job_can_hang_for_hours(name: str, of: str):
    assert job(name, of)["timeout-minutes" if name == GITHUB else "timeout"]
