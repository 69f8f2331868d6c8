"""Commits of the template are looked up in a clone of it."""

import pytest

from pipeline.core.errors import Refusal
from pipeline.update import template as templates
from pipeline.update.template import Template


def test_a_tag_a_branch_and_a_commit_are_found(template, source):
    second = template.git("rev-parse", "v1.1.0")
    assert source.commit("v1.1.0") == second
    assert source.commit("main") == second
    assert source.commit(second[:8]) == second


@pytest.mark.parametrize("name", ["v9.9.9", "--all", "v1.1.0^{tree}", "..", ""])
def test_what_is_not_in_the_template_is_refused(source, name):
    with pytest.raises(Refusal, match="the template has no tag, branch or commit"):
        source.commit(name)


def test_a_misspelt_tag_is_refused_with_the_nearest_one(source):
    with pytest.raises(Refusal, match=r"'v1\.1\.O' \(did you mean v1\.1\.0\?\)"):
        source.commit("v1.1.O")


def test_the_newest_release_is_the_highest_version_not_the_last_tag(template):
    template.git("tag", "v1.10.0", "v1.1.0")
    template.git("tag", "v1.9.0", "v1.0.0")
    template.git("tag", "v2.0.0-rc1", "v1.0.0")
    template.git("tag", "wip", "v1.0.0")
    cloned = Template("", template.git)
    assert cloned.newest() == template.git("rev-parse", "v1.10.0")


def test_without_a_tag_the_newest_is_the_default_branchs(template, tmp_path):
    template.git("tag", "--delete", "v1.0.0", "v1.1.0")
    template.git("checkout", "--quiet", "-b", "trunk")
    head = template.commit({"a": "1"})
    cloned = templates.clone(str(template.folder), tmp_path / "again")
    assert cloned.newest() == head


def test_a_template_without_a_commit_is_refused(project, tmp_path):
    project.git("init", "--quiet", str(tmp_path / "empty"))
    with pytest.raises(Refusal, match="holds no commit"):
        templates.clone(str(tmp_path / "empty"), tmp_path / "again").newest()


def test_a_template_that_is_gone_is_refused_with_the_way_to_name_another(tmp_path):
    gone = tmp_path / "gone"
    with pytest.raises(Refusal) as refused:
        templates.clone(str(gone), tmp_path / "clone")
    sentence = str(refused.value)
    assert sentence.startswith(
        f"the template cannot be cloned from {gone} (repository '{gone}' does not"
    )
    assert "make update TEMPLATE=" in sentence


def test_an_address_is_no_option_of_gits(tmp_path):
    with pytest.raises(Refusal, match="cannot be cloned from --upload-pack=touch x"):
        templates.clone("--upload-pack=touch x", tmp_path / "clone")
    assert not (tmp_path / "x").exists()


def test_an_abbreviation_stands_for_its_host(monkeypatch, tmp_path, project):
    project.git("config", "--global", "url.file:///nowhere/.insteadOf", "https://github.com/")
    with pytest.raises(Refusal, match=r"from gh:org/it \(.*nowhere/org/it"):
        templates.clone("gh:org/it", tmp_path / "clone")


def test_only_a_commit_that_comes_before_is_older(template, source):
    first, second = (template.git("rev-parse", tag) for tag in ("v1.0.0", "v1.1.0"))
    assert source.is_older(first, than=second)
    assert not source.is_older(second, than=first)
    assert not source.is_older(first, than=first)


def test_a_commit_that_no_branch_holds_is_fetched_where_it_can_be_had(template, tmp_path):
    lost = template.commit({"a": "1"})
    template.git("reset", "--quiet", "--hard", "v1.1.0")
    template.git("config", "uploadpack.allowAnySHA1InWant", "true")
    cloned = templates.clone(f"file://{template.folder}", tmp_path / "again")
    assert cloned.has(lost)
    assert not cloned.has("0" * 40)


def test_the_version_and_the_changelog_are_the_commits_own(template, source):
    first, second = (template.git("rev-parse", tag) for tag in ("v1.0.0", "v1.1.0"))
    assert (source.version(first), source.version(second)) == ("1.0.0", "1.1.0")
    assert "crust" in source.changelog(second)
    assert "crust" not in source.changelog(first)


def test_two_commits_are_checked_out_beside_each_other(template, source, tmp_path):
    for tag, holds in (("v1.0.0", False), ("v1.1.0", True)):
        folder = source.checkout(source.commit(tag), tmp_path / tag)
        assert (folder / templates.FOLDER / "pipeline/crust.py").exists() is holds
