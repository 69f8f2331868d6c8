"""The difference of two trees is merged as git merges a branch."""

import pytest

from pipeline.core.errors import Refusal
from pipeline.update import merge, settings
from pipeline.update.merge import BASE, OURS, THEIRS, Outcome


def theirs(project, files):
    """Return a commit on no branch that the template would have made."""
    before = project.git("rev-parse", "HEAD")
    commit = project.commit(files, "Update")
    project.git("reset", "--quiet", "--hard", before)
    return commit


def test_a_tree_holds_the_files_as_they_are(project, tmp_path):
    """Neither git's settings nor a repository that a hook left changes them."""
    project.git("config", "core.autocrlf", "true")
    (project.folder / ".git/info/exclude").write_text("*.py\n")
    folder = tmp_path / "rendered"
    folder.mkdir()
    project.git("init", "--quiet", str(folder))
    for name, data in {"a.py": b"1\r\n", "run": b"#!/bin/sh\n", ".gitignore": b"/made\n"}.items():
        (folder / name).write_bytes(data)
    (folder / "run").chmod(0o755)
    (folder / "made").write_text("not kept")
    before = project.git("status", "--porcelain")
    tree = merge.write_tree(project.git, folder, tmp_path / "scratch.git")
    listed = project.git("ls-tree", "-r", tree).splitlines()
    assert [line.split()[0] for line in listed] == ["100644", "100644", "100755"]
    assert [line.split("\t")[1] for line in listed] == [".gitignore", "a.py", "run"]
    assert project.git("cat-file", "-s", f"{tree}:a.py") == "3"
    assert project.git("status", "--porcelain") == before


def test_a_clean_merge_is_one_commit_with_both_sides_changes(project):
    commit = theirs(project, {"pipeline/new.py": "1\n", "Makefile": "all:\n\tbake --well\n"})
    mine = project.commit({"README.md": "# Mine\n"})
    assert merge.apply(project.git, commit) == Outcome(mine, {})
    assert project.git("rev-parse", "HEAD^") == mine
    assert project.git("log", "-1", "--format=%s|%an") == "Update|Ada"
    assert project.text("README.md") == "# Mine\n"
    assert project.text("pipeline/new.py") == "1\n"
    assert project.git("status", "--porcelain") == ""


def test_conflicts_are_left_as_git_leaves_them_with_a_way_back(project):
    commit = theirs(
        project,
        {"README.md": "# Theirs\n", "Makefile": "theirs\n", "dvc.yaml": None, "new": "theirs\n"},
    )
    mine = project.commit(
        {"README.md": "# Mine\n", "Makefile": None, "dvc.yaml": "mine\n", "new": "mine\n"}
    )
    outcome = merge.apply(project.git, commit)
    assert outcome == Outcome(
        mine,
        {
            "Makefile": {BASE, THEIRS},
            "README.md": {BASE, OURS, THEIRS},
            "dvc.yaml": {BASE, OURS},
            "new": {OURS, THEIRS},
        },
    )
    assert "<<<<<<< HEAD\n# Mine\n=======\n# Theirs\n" in project.text("README.md")
    assert project.text("dvc.yaml") == "mine\n"
    project.git("cherry-pick", "--abort")
    assert project.git("rev-parse", "HEAD") == mine
    assert project.git("status", "--porcelain") == ""


def test_what_a_person_added_to_a_folder_that_moved_moves_along(project):
    project.commit({"champion/champion.json": "{}\n" * 9, "champion/keep.md": "keep\n" * 9})
    commit = theirs(
        project,
        {
            "champion/champion.json": None,
            "champion/keep.md": None,
            "deploy/champion/champion.json": "{}\n" * 9,
            "deploy/champion/keep.md": "keep\n" * 9,
        },
    )
    project.commit({"champion/model.skops": "mine", "champion/champion.json": "{}\n" * 9 + "[1]\n"})
    assert merge.apply(project.git, commit).conflicts == {}
    assert project.text("deploy/champion/model.skops") == "mine"
    assert project.text("deploy/champion/champion.json").endswith("[1]\n")


def test_a_merge_that_git_does_not_begin_changes_nothing(project):
    commit = theirs(project, {"new.py": "theirs\n"})
    (project.folder / "new.py").write_text("untracked")
    before = project.git("rev-parse", "HEAD")
    with pytest.raises(Refusal, match="git could not merge, and nothing was changed"):
        merge.apply(project.git, commit)
    assert project.git("rev-parse", "HEAD") == before
    assert project.text("new.py") == "untracked"


def test_a_commit_that_cannot_be_signed_changes_nothing(project):
    commit = theirs(project, {"new.py": "theirs\n"})
    project.git("config", "commit.gpgSign", "true")
    project.git("config", "gpg.program", "false")
    before = project.git("rev-parse", "HEAD")
    with pytest.raises(Refusal, match="git could not merge, and nothing was changed"):
        merge.apply(project.git, commit)
    assert project.git("rev-parse", "HEAD") == before
    assert project.git("status", "--porcelain") == ""


def test_hooks_of_the_project_do_not_stop_it(project):
    hook = project.folder / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    commit = theirs(project, {"new.py": "theirs\n"})
    assert merge.apply(project.git, commit).conflicts == {}


def test_settings_in_conflict_that_exclude_nothing_are_settled(project):
    params = project.text("params.yaml")
    commit = theirs(project, {"params.yaml": params.replace("# hot", "# of the oven, in Celsius")})
    mine = project.commit({"params.yaml": params.replace("200", "220")})
    outcome = settings.resolve(project.git, merge.apply(project.git, commit))
    assert outcome == Outcome(mine, {})
    assert "degrees: 220  # of the oven, in Celsius\n" in project.text("params.yaml")
    assert project.git("log", "-1", "--format=%s") == "Update"
    assert project.git("status", "--porcelain") == ""


def test_settled_settings_beside_a_conflict_wait_for_it(project):
    params = project.text("params.yaml")
    commit = theirs(
        project, {"params.yaml": params.replace("# hot", "# of the oven"), "README.md": "# T\n"}
    )
    mine = project.commit({"params.yaml": params.replace("200", "220"), "README.md": "# M\n"})
    outcome = settings.resolve(project.git, merge.apply(project.git, commit))
    assert outcome.conflicts == {"README.md": {BASE, OURS, THEIRS}}
    assert project.git("rev-parse", "HEAD") == mine
    assert project.git("diff", "--name-only", "--diff-filter=U") == "README.md"
