"""What must hold before an update touches anything."""

import pytest

from pipeline.core.errors import Refusal
from pipeline.update import checks
from pipeline.update.git import Git


def refusal(project) -> str:
    """Return why the project is not ready; nothing of it may have changed."""
    before = project.git("status", "--porcelain=v2", "--branch")
    with pytest.raises(Refusal) as refused:
        checks.ready(project.git)
    assert project.git("status", "--porcelain=v2", "--branch") == before
    return str(refused.value)


def test_a_clean_project_is_ready(project):
    (project.folder / "notes.txt").write_text("untracked, and in nobody's way")
    checks.ready(project.git)


def test_a_changed_file_is_named(project):
    (project.folder / "params.yaml").write_text("mine: 1\n")
    assert refusal(project).startswith("params.yaml changed since the last commit; commit or stash")


def test_of_many_changed_files_some_are_named(project):
    for name in ("Makefile", "README.md", "dvc.yaml", "params.yaml"):
        (project.folder / name).unlink()
    project.git("add", "--all")
    assert refusal(project).startswith("Makefile, README.md, dvc.yaml and 1 more changed")


def conflict(project):
    """Make two branches that changed the same line."""
    project.git("checkout", "--quiet", "-b", "other")
    other = project.commit({"README.md": "theirs\n"})
    project.git("checkout", "--quiet", "main")
    project.commit({"README.md": "ours\n"})
    return other


@pytest.mark.parametrize("operation", ["merge", "cherry-pick", "revert", "rebase"])
def test_a_half_done_operation_is_named_with_its_way_back(project, operation):
    other = conflict(project)
    if operation == "revert":
        other = project.git("rev-parse", "HEAD")
        project.commit({"README.md": "later\n"})
    project.git.run(operation, other)
    way_back = f"git {operation} --abort"
    assert refusal(project) == (f"a {operation} is half done; finish it, or undo it: {way_back}")
    project.git(*way_back.split()[1:])
    checks.ready(project.git)


def test_a_folder_without_git_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(Refusal, match="this folder is not a git repository"):
        checks.ready(Git(tmp_path))


def test_a_repository_without_a_commit_is_refused(project, tmp_path):
    project.git("init", "--quiet", str(tmp_path / "new"))
    with pytest.raises(Refusal, match="nothing is committed yet"):
        checks.ready(Git(tmp_path / "new"))


def test_a_project_inside_a_larger_repository_is_refused(project):
    with pytest.raises(Refusal, match="a folder inside a larger repository"):
        checks.ready(Git(project.folder / "pipeline"))


def test_without_an_identity_the_commands_that_set_it_are_named(project):
    project.git("config", "user.useConfigOnly", "true")
    project.git("config", "--global", "--unset", "user.email")
    assert "git config user.name NAME && git config user.email MAIL" in refusal(project)


def commits(project, path):
    """Return two commits of which the second adds `path`, and which are on no branch."""
    base = project.git("rev-parse", "HEAD")
    new = project.commit({path: "the template's"})
    project.git("reset", "--quiet", "--hard", base)
    return base, new


@pytest.mark.parametrize("ignored", [False, True])
def test_a_file_that_git_does_not_keep_is_not_written_over(project, ignored):
    project.commit({".gitignore": "/recipe/\n" if ignored else ""})
    base = project.git("rev-parse", "HEAD")
    project.git("add", "--force", "--intent-to-add", ".")
    (project.folder / "recipe").mkdir()
    (project.folder / "recipe/features.py").write_text("the template's")
    project.git("add", "--force", "recipe")
    project.git("commit", "--quiet", "--message", "Template")
    new = project.git("rev-parse", "HEAD")
    project.git("reset", "--quiet", "--hard", base)
    (project.folder / "recipe").mkdir(exist_ok=True)
    (project.folder / "recipe/features.py").write_text("mine")
    with pytest.raises(Refusal, match=r"would overwrite recipe/features\.py, which is not in git"):
        checks.nothing_in_the_way(project.git, base, new)


def test_a_file_where_a_folder_has_to_be_is_in_the_way(project):
    base, new = commits(project, "recipe/features.py")
    (project.folder / "recipe").write_text("mine")
    with pytest.raises(Refusal, match="would overwrite recipe, which is not in git"):
        checks.nothing_in_the_way(project.git, base, new)


def test_what_git_keeps_and_what_is_elsewhere_is_not_in_the_way(project):
    base, new = commits(project, "recipe/features.py")
    (project.folder / "notes.txt").write_text("mine")
    project.commit({"recipe/features.py": "mine"})
    checks.nothing_in_the_way(project.git, base, new)
