"""Which commit of the template a project has, and by which answers it was rendered."""

import json

import pytest

from pipeline.core import machinery
from pipeline.core.errors import Refusal
from pipeline.update import origin
from pipeline.update.origin import Origin


def test_the_record_says_address_commit_and_answers(project, template):
    assert origin.read(project.git) == Origin(
        str(template.folder), template.git("rev-parse", "v1.0.0"), {"project": "rye"}
    )


def test_a_project_without_a_record_says_nothing(old_project):
    assert origin.read(old_project.git) == Origin(None, None, None)


@pytest.mark.parametrize("text", ["{", "[]", '{"template": "it"}', '{"answers": 1}'])
def test_a_spoilt_record_is_refused(project, text):
    project.commit({machinery.FILE: text})
    with pytest.raises(Refusal, match="is not what the template wrote; bring it back"):
        origin.read(project.git)


def test_the_template_that_is_named_goes_before_the_recorded_one():
    assert origin.address(Origin("gh:org/it"), "") == "gh:org/it"
    assert origin.address(Origin("gh:org/it"), "https://x/it") == "https://x/it"
    with pytest.raises(Refusal, match="name the template: make update TEMPLATE="):
        origin.address(Origin(), "")


def test_a_folder_is_named_from_the_root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "it").mkdir()
    assert origin.address(Origin("gh:org/it"), "it") == str(tmp_path / "it")


@pytest.mark.parametrize(
    ("recorded", "used", "kept"),
    [
        ("gh:org/it", "/clone", "gh:org/it"),
        ("https://x/it", "/clone", "https://x/it"),
        ("git@x:it", "/clone", "git@x:it"),
        ("https://x/it", "https://y/it", "https://y/it"),
        ("/former", "/clone", "/clone"),
        (None, "/clone", "/clone"),
    ],
)
def test_a_clone_on_this_machine_does_not_replace_a_url(recorded, used, kept):
    assert origin.kept_address(Origin(recorded), used) == kept


def test_the_recorded_commit_is_the_base(project, source, template):
    known = origin.read(project.git)
    assert origin.base(project.git, source, known, "") == template.git("rev-parse", "v1.0.0")
    assert origin.base(project.git, source, known, "v1.1.0") == template.git("rev-parse", "v1.1.0")


def test_a_commit_that_history_lost_is_found_by_the_files(project, source, template):
    lost = Origin(str(template.folder), "0" * 40, {})
    assert origin.base(project.git, source, lost, "") == template.git("rev-parse", "v1.0.0")


def test_after_an_update_the_files_of_that_update_tell(project, source, template):
    record = json.loads(project.text(machinery.FILE)) | {"commit": None}
    project.commit(
        {
            "pipeline/taste.py": '"""Taste."""\n\nGOOD = "very good"\n',
            "pipeline/crust.py": '"""Crust."""\n',
            machinery.FILE: json.dumps(record),
        }
    )
    project.commit({"pipeline/taste.py": "mine", "Makefile": "mine", "dvc.yaml": "mine"})
    known = origin.read(project.git)
    assert origin.base(project.git, source, known, "") == template.git("rev-parse", "v1.1.0")


def test_an_old_project_is_found_by_its_first_files_whatever_came_later(
    old_project, source, template
):
    old_project.commit({"Makefile": "mine", "dvc.yaml": "mine", "pipeline/taste.py": "mine"})
    assert origin.base(old_project.git, source, Origin(), "") == template.git("rev-parse", "v1.0.0")


def test_a_project_that_came_into_a_repository_later_is_found(old_project, source, template):
    """The first commit holds a licence only, as a host makes it."""
    files = old_project.git("ls-tree", "-r", "HEAD")
    assert files
    tree = old_project.git("mktree", text="")
    first = old_project.git("commit-tree", tree, "-m", "Licence")
    second = old_project.git("commit-tree", "HEAD^{tree}", "-p", first, "-m", "Files")
    old_project.git("reset", "--quiet", "--hard", second)
    assert origin.base(old_project.git, source, Origin(), "") == template.git("rev-parse", "v1.0.0")


def test_files_of_something_else_are_found_nowhere(make_repository, source):
    other = make_repository("other", {"dvc.yaml": "own", "a.py": "1", "Makefile": "all:\n\tbake\n"})
    with pytest.raises(
        Refusal, match="name the commit that it was made from: make update FROM=commit"
    ):
        origin.base(other.git, source, Origin(), "")


def test_answers_are_read_from_the_first_files(make_repository):
    project = make_repository(
        "old",
        {
            "dvc.yaml": "",
            "params.yaml": 'project: {name: rye, registry: "r.example.org"}\n',
            "pyproject.toml": '[project]\nname = "rye"\ndescription = "A \\"loaf\\""\n'
            'authors = [{name = "Ada <ada@example.org>"}]\n',
            ".gitlab-ci.yml": "",
        },
    )
    project.commit({"params.yaml": "project: {name: other}\n"})
    assert origin.answers(project.git) == {
        "project": "rye",
        "registry": "r.example.org",
        "description": 'A "loaf"',
        "author": "Ada <ada@example.org>",
        "ci": "gitlab",
    }


def test_what_the_files_do_not_show_is_left_to_the_defaults(make_repository):
    project = make_repository(
        "old",
        {"dvc.yaml": "", "params.yaml": "{", "pyproject.toml": "[", ".github/workflows/ci.yml": ""},
    )
    assert origin.answers(project.git) == {"ci": "github"}
    project.commit({"params.yaml": "[]", "pyproject.toml": '[project]\nname = "rye"\n'})
    assert origin.answers(project.git) == {"ci": "github"}, "later edits are no answers"
