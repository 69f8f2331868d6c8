"""The update as a whole, on a small template."""

import json

import pytest

from pipeline.core import machinery
from pipeline.core.errors import Refusal
from pipeline.update import update


@pytest.fixture
def run(project, monkeypatch, capsys):
    """`run(to="", since="", source="")` updates the project and returns what was printed."""
    monkeypatch.chdir(project.folder)

    def run(**words):
        update.main(**{"to": "", "since": "", "source": "", **words})
        return capsys.readouterr().out

    return run


def test_an_untouched_project_becomes_what_the_new_version_renders_to(run, project):
    before = project.git("rev-parse", "HEAD")
    printed = run()
    assert project.text("pipeline/taste.py") == '"""Taste."""\n\nGOOD = "very good"\n'
    assert project.git("rev-parse", "HEAD^") == before
    assert printed.splitlines()[1:] == [
        "## 1.1.0",
        "- The crust is kept.",
        f"update: 3 files in one commit; undo: git reset --hard {before[:10]}",
        "update: machinery 1.1.0, unchanged; next: make validate",
    ]
    assert json.loads(project.text(machinery.FILE))["version"] == "1.1.0"


def test_the_way_back_that_is_printed_leads_back(run, project):
    before = project.git("rev-parse", "HEAD")
    command = run().split("undo: git ")[1].splitlines()[0]
    project.git(*command.split())
    assert project.git("rev-parse", "HEAD") == before
    assert project.git("status", "--porcelain") == ""


def test_edits_of_a_person_stay_and_edited_machinery_is_named(run, project):
    project.commit({"README.md": "# Mine\n", "mine.py": "", "pipeline/knead.py": "mine\n"})
    printed = run()
    assert project.text("README.md") == "# Mine\n"
    assert project.text("pipeline/knead.py") == "mine\n"
    assert "machinery 1.1.0, but for changed: pipeline/knead.py; next" in printed


def test_a_second_update_has_nothing_to_do(run, project, template):
    run()
    head = project.git("rev-parse", "HEAD")
    second = template.git("rev-parse", "v1.1.0")
    assert run() == f"update: already at ml-template 1.1.0 ({second[:7]}); nothing is newer\n"
    assert project.git("rev-parse", "HEAD") == head


def test_an_update_follows_an_update(run, project, template):
    project.commit({"README.md": "# Mine\n"})
    run()
    path = "<" + "<cookiecutter.project>" + ">/pipeline/crust.py"
    template.commit({path: '"""More crust."""\n'})
    run(to="main")
    assert project.text("pipeline/crust.py") == '"""More crust."""\n'
    assert project.text("README.md") == "# Mine\n"


def test_a_conflict_is_named_with_its_way_back(run, project, capsys):
    mine = project.commit({"pipeline/taste.py": '"""Taste."""\n\nGOOD = "fine"\n'})
    with pytest.raises(Refusal, match=r"^files in conflict: 1; .* git cherry-pick --abort$"):
        run()
    assert "  - pipeline/taste.py: you and the template changed the same lines" in (
        capsys.readouterr().out
    )
    assert "<<<<<<< HEAD" in project.text("pipeline/taste.py")
    with pytest.raises(Refusal, match="a cherry-pick is half done"):
        run()
    project.git("cherry-pick", "--abort")
    assert project.git("rev-parse", "HEAD") == mine
    assert project.git("status", "--porcelain") == ""


def test_a_settled_conflict_ends_in_the_updates_commit(run, project, capsys):
    project.commit({"pipeline/taste.py": '"""Taste."""\n\nGOOD = "fine"\n'})
    with pytest.raises(Refusal):
        run()
    project.commit({"pipeline/taste.py": "settled\n"}, "Mine and theirs")
    capsys.readouterr()
    assert project.text("pipeline/crust.py")
    assert run().startswith("update: already at ml-template 1.1.0")


def test_an_edited_file_that_moved_is_named_with_its_new_place(run, project, template):
    folder = "<" + "<cookiecutter.project>" + ">"
    lines = "".join(f"number_{n} = {n}\n" for n in range(40))
    template.git("reset", "--quiet", "--hard", "v1.0.0")
    template.commit({f"{folder}/pipeline/bake.py": lines})
    template.git("tag", "--force", "v1.0.5")
    template.git("tag", "--delete", "v1.1.0")
    run()
    project.commit(
        {
            "pipeline/bake.py": lines.replace("number_20 = 20", "number_20 = 21"),
            "tests/data/test_own.py": "from pipeline import bake\n",
        }
    )
    template.commit(
        {f"{folder}/pipeline/bake.py": None, f"{folder}/recipe/bake.py": lines + "last = 1\n"}
    )
    template.git("tag", "v1.2.0")
    printed = run()
    assert "  - pipeline/bake.py moved to recipe/bake.py, and your change with it\n" in printed
    assert "test_own.py imports pipeline.bake, which moved to recipe/bake.py" in printed
    assert "number_20 = 21" in project.text("recipe/bake.py")


def test_a_project_without_a_record_is_updated_from_what_it_was(run, project, template):
    project.commit({machinery.FILE: None, "README.md": "# Mine\n"})
    run(source=str(template.folder), since="v1.0.0")
    assert project.text("README.md") == "# Mine\n"
    assert json.loads(project.text(machinery.FILE))["version"] == "1.1.0"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"to": "v9"}, "the template has no tag, branch or commit 'v9'"),
        ({"source": "/gone"}, "the template cannot be cloned from /gone"),
        ({"since": "v1.1.0", "to": "v1.0.0"}, r"v1\.0\.0 is older than this project's version"),
    ],
)
def test_a_refusal_leaves_the_project_as_it_was(run, project, words, sentence):
    before = project.git("rev-parse", "HEAD")
    (project.folder / "untracked.txt").write_text("mine")
    with pytest.raises(Refusal, match=sentence):
        run(**words)
    assert project.git("rev-parse", "HEAD") == before
    assert project.git("status", "--porcelain") == "?? untracked.txt"


def test_an_untracked_file_in_the_way_is_kept(run, project):
    (project.folder / "pipeline/crust.py").write_text("mine")
    with pytest.raises(Refusal, match=r"would overwrite pipeline/crust\.py"):
        run()
    assert project.text("pipeline/crust.py") == "mine"
