"""A project knows where its template came from: `.template.json`, which the hook writes."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import template_origin
from baked import DEFAULTS, REPOSITORY, TEMPLATE

RENDERED = ["hooks", "cookiecutter.json", "CHANGELOG.md", "template_answers.py", TEMPLATE.name]


def git(folder: Path, *words: str) -> str:
    """Return what git prints; this user's settings are left out of it."""
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    command = ["git", *identity, "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """The template as a repository of one commit."""
    folder = tmp_path / "a template"
    folder.mkdir()
    for name in [*RENDERED, "template_origin.py"]:
        source, target = REPOSITORY / name, folder / name
        if source.is_dir():
            shutil.copytree(
                source, target, ignore=shutil.ignore_patterns("__pycache__", ".*_cache")
            )
        else:
            shutil.copy2(source, target)
    (folder / ".gitignore").write_text("__pycache__/\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message=The template")
    return folder


@pytest.fixture
def render(environment: dict[str, str], tmp_path: Path) -> Callable[..., dict]:
    """`render(template, folder)` calls cookiecutter in a folder; returns what the project knows."""

    def render(template: str, folder: Path, **changed: str) -> dict:
        command = [sys.executable, "-m", "cookiecutter", template, "--no-input", "-o"]
        done = subprocess.run(
            [*command, str(tmp_path / "out")],
            cwd=folder,
            env=environment | changed,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        record = tmp_path / "out" / DEFAULTS["project"] / ".template.json"
        return json.loads(record.read_text(encoding="utf-8"))

    return render


def test_a_project_knows_template_commit_version_and_answers(render, template, tmp_path):
    record = render(str(template), tmp_path)
    assert record["template"] == str(template)
    assert record["commit"] == git(template, "rev-parse", "HEAD")
    assert record["version"] == "1.0.0"
    assert set(record["answers"]) == {name for name in DEFAULTS if not name.startswith("_")}
    assert record["answers"]["project"] == DEFAULTS["project"]


def test_the_machinery_is_the_code_and_how_it_is_called(render, template, tmp_path):
    machinery = render(str(template), tmp_path)["machinery"]
    project = tmp_path / "out" / DEFAULTS["project"]
    assert {path.split("/")[0] for path in machinery} == {"pipeline", "Makefile", "dvc.yaml"}
    for path, digest in machinery.items():
        data = (project / path).read_bytes()
        assert digest == f"sha256:{hashlib.sha256(data).hexdigest()}", path


def test_the_record_is_part_of_the_first_commit(render, template, tmp_path):
    render(str(template), tmp_path)
    project = tmp_path / "out" / DEFAULTS["project"]
    assert git(project, "log", "--format=%s", "--", ".template.json") == "Render ml-template"
    assert git(project, "status", "--porcelain") == ""


def test_a_relative_folder_is_named_from_the_root(render, template):
    assert render(".", template)["template"] == str(template)


@pytest.mark.parametrize("path", [f"{TEMPLATE.name}/Makefile", "hooks/post_gen_project.py"])
def test_a_template_with_changes_that_no_commit_holds_has_no_commit(
    render, template, tmp_path, path
):
    with (template / path).open("a") as file:
        file.write("\n# changed\n")
    assert render(str(template), tmp_path)["commit"] is None


def test_changes_that_do_not_render_leave_the_commit(render, template, tmp_path):
    (template / "notes.txt").write_text("untracked")
    assert render(str(template), tmp_path)["commit"] == git(template, "rev-parse", "HEAD")


def test_files_that_are_no_checkout_have_no_commit(render, template, tmp_path):
    shutil.rmtree(template / ".git")
    git(tmp_path, "init", "--quiet")  # a repository around it is not the template's
    assert render(str(template), tmp_path)["commit"] is None


@pytest.mark.parametrize("password", ["", "ada:secret@"])
def test_a_url_is_named_without_its_password(render, template, environment, tmp_path, password):
    url = f"https://{password}git.example.org/it.git"
    settings = f'[url "{template}"]\ninsteadOf = "{url}"\n'
    (Path(environment["HOME"]) / ".gitconfig").write_text(settings)
    record = render(url, tmp_path)
    assert record["template"] == "https://git.example.org/it.git"
    assert record["commit"] == git(template, "rev-parse", "HEAD")


def test_an_abbreviation_is_named_as_what_it_stands_for(render, template, environment, tmp_path):
    settings = f'[url "{template}"]\ninsteadOf = "https://github.com/org/it.git"\n'
    (Path(environment["HOME"]) / ".gitconfig").write_text(settings)
    assert render("gh:org/it", tmp_path)["template"] == "https://github.com/org/it.git"


def test_without_git_a_template_has_no_commit(template, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert template_origin.commit(template) is None
    assert template_origin.address(template, "https://x/it.zip") == "https://x/it.zip"


def test_the_update_gets_the_files_and_no_repository(render, template, tmp_path):
    render(str(template), tmp_path, ML_TEMPLATE_FILES_ONLY="yes")
    project = tmp_path / "out" / DEFAULTS["project"]
    assert not (project / ".git").exists()
    assert not (project / ".gitlab-ci.yml").exists()
    assert (project / ".github").exists()
