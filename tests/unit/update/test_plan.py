"""From which commit of the template to which, and the two commits that git merges."""

import json
import sys
import types

import pytest

from pipeline.core import machinery
from pipeline.core.errors import Refusal
from pipeline.update import origin, plan
from pipeline.update.plan import Step
from pipeline.update.template import Template


def test_the_newest_release_is_next(template, source):
    first, second = (template.git("rev-parse", tag) for tag in ("v1.0.0", "v1.1.0"))
    assert plan.choose(source, first, "") == Step(first, second, "1.0.0", "1.1.0")
    assert str(plan.choose(source, first, "")) == "1.0.0 -> 1.1.0"


def test_between_releases_the_commits_are_named(template):
    first = template.git("rev-parse", "HEAD")
    second = template.commit({"CHANGELOG.md": template.text("CHANGELOG.md") + "- More.\n"})
    step = plan.choose(Template("", template.git), first, "main")
    assert str(step) == f"1.1.0 ({first[:7]}) -> 1.1.0 ({second[:7]})"


def test_nothing_is_newer_than_the_newest(template, source):
    second = template.git("rev-parse", "v1.1.0")
    assert plan.choose(source, second, "") is None
    assert plan.choose(source, second, "v1.1.0") is None


def test_a_commit_after_the_newest_release_is_not_taken_back_to_it(template):
    later = template.commit({"a": "1"})
    assert plan.choose(Template("", template.git), later, "") is None


def test_to_an_older_commit_no_update_goes(template, source):
    second = template.git("rev-parse", "v1.1.0")
    with pytest.raises(Refusal, match=r"v1\.0\.0 is older than this project's version 1\.1\.0"):
        plan.choose(source, second, "v1.0.0")


def test_where_history_was_rewritten_the_versions_tell(template):
    first, second = (template.git("rev-parse", tag) for tag in ("v1.0.0", "v1.1.0"))
    again = template.git("commit-tree", f"{second}^{{tree}}", "-m", "Squashed")
    cloned = Template("", template.git)
    assert plan.choose(cloned, first, again) == Step(first, again, "1.0.0", "1.1.0")
    with pytest.raises(Refusal, match="updates only go forward"):
        plan.choose(cloned, again, "v1.0.0")


def commits(project, source, scratch):
    """Return the step to the newest release, and the commits for it."""
    known = origin.read(project.git)
    old = origin.base(project.git, source, known, "")
    step = plan.choose(source, old, "")
    return step, *plan.commits(project.git, source, step, known, scratch)


def test_the_commits_hold_what_both_versions_render_to(project, source, template, tmp_path):
    step, base, new = commits(project, source, tmp_path)
    assert project.git("rev-parse", f"{base}^{{tree}}") == project.git("rev-parse", "HEAD^{tree}")
    assert project.git("rev-parse", f"{new}^") == base
    changed = project.git("diff", "--name-only", base, new).split()
    assert changed == [machinery.FILE, "pipeline/crust.py", "pipeline/taste.py"]
    assert project.git("log", "-1", "--format=%s", new) == f"Update ml-template {step}"
    assert project.git("branch", "--contains", new) == ""


def test_the_record_is_that_of_the_new_version(project, source, template, tmp_path):
    step, _, new = commits(project, source, tmp_path)
    record = json.loads(project.git("show", f"{new}:{machinery.FILE}"))
    assert (record["commit"], record["version"]) == (step.new, "1.1.0")
    assert record["template"] == str(template.folder)
    assert "pipeline/crust.py" in record["machinery"]


def test_an_old_project_gets_a_record(old_project, source, tmp_path):
    _, base, new = commits(old_project, source, tmp_path)
    assert machinery.FILE not in old_project.git.files(base)
    record = json.loads(old_project.git("show", f"{new}:{machinery.FILE}"))
    assert record["answers"] == {"project": "rye"}


@pytest.mark.parametrize("terminal", [True, False])
def test_a_new_question_is_asked_at_a_terminal_and_else_named(
    project, template, tmp_path, monkeypatch, capsys, terminal
):
    text = template.text("cookiecutter.json")
    template.commit({"cookiecutter.json": json.dumps(json.loads(text) | {"oven": "gas"})})
    template.git("tag", "v1.2.0")
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(isatty=lambda: terminal))
    asked = []
    real = plan.render.render

    def render(checkout, answers, output, ask):
        asked.append(ask)
        return real(checkout, answers, output, False)

    monkeypatch.setattr(plan.render, "render", render)
    _, _, new = commits(project, Template(str(template.folder), template.git), tmp_path)
    assert asked == [False, terminal], "the old version is rendered as it was"
    named = "the new question `oven` got its default answer, 'gas'"
    assert (named in capsys.readouterr().out) is not terminal
    record = json.loads(project.git("show", f"{new}:{machinery.FILE}"))
    assert record["answers"] == {"project": "rye", "oven": "gas"}
