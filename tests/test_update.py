"""Projects made by older commits of this repository become what the newest renders to.

Their owners' edits stay. The newest is the work tree as it is, committed in a clone.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from baked import REPOSITORY, TEMPLATE, Project, Run, clean_environment

# Far apart, and all older than .template.json: their machinery was one flat folder.
COMMITS = {
    "the first that renders": "92e2f0333ac3d0b1dea826e0ba83258aef62cf22",
    "a day later": "e1ecdef27a53f5009ce6ba2122228f16487c2888",
    "Kubernetes": "fc368c0364c2b98de846274b6bee1957d16d7bfb",
    "adopt": "04ef43d020347f45bd6c11f20615e178f0e5694a",
    "the last flat one": "11169a4e058c7308a482f353a679a7a2edad6da9",
}

OWN_GATE = '''"""A gate of my own."""


def test_both_parts_have_the_same_features(features):
    assert list(features["train"]) == list(features["test"])
'''

# What a user edits, and files that the update must leave so.
EDITS = [
    ("params.yaml", "C: 1.0", "C: 0.5"),
    ("params.yaml", "port: 3000 ", "port: 3456 "),
    (
        "schema.yaml",
        "operator: {type: category, max_length: 80}",
        "operator: {type: category, max_length: 90}",
    ),
    ("pipeline/featurize.py", ", StandardScaler()", ", StandardScaler(with_std=True)"),
]


def git(folder: Path, *words: str) -> str:
    """Return what git prints."""
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which git knows who commits."""
    home = tmp_path_factory.mktemp("home")
    settings = "[user]\nname = Ada\nemail = ada@example.org\n[safe]\ndirectory = *\n"
    (home / ".gitconfig").write_text(settings)
    return home


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository whose last commit holds the work tree as it is."""
    folder = tmp_path_factory.mktemp("template") / "ml-template"
    git(REPOSITORY, "clone", "--quiet", str(REPOSITORY), str(folder))
    listed = git(REPOSITORY, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in listed.strip("\0").split("\0"):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
    git(folder, "add", "--all", "--force")
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    git(folder, *identity, "commit", "--quiet", "--allow-empty", "--message=The work tree")
    git(folder, "checkout", "--quiet", "-B", "newest")
    return folder


@pytest.fixture(scope="module")
def render(newest: Path, home: Path, tmp_path_factory) -> Callable[[str], Project]:
    """`render(commit)` makes a project as the template's commit does, where there is no dvc."""

    def render(commit: str) -> Project:
        folder = tmp_path_factory.mktemp("project")
        git(newest, "worktree", "add", "--quiet", "--detach", str(folder / "template"), commit)
        command = [sys.executable, "-m", "cookiecutter", "template", "--no-input"]
        environment = clean_environment() | {"HOME": str(home)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return Project(folder / "strike-triage")

    return render


@pytest.fixture(scope="module")
def fresh(render: Callable[[str], Project], tmp_path_factory) -> Path:
    """What the newest commit renders to."""
    return render("newest").folder


@pytest.fixture
def update(newest: Path, home: Path) -> Callable[..., Run]:
    """`update(project, TO="newest")` runs the newest update; a project of any age has it then."""

    def update(project: Project, **words: str) -> Run:
        named = {"TO": "newest", "FROM": "", "TEMPLATE": str(newest)} | words
        options = ("--to", named["TO"], "--since", named["FROM"], "--source", named["TEMPLATE"])
        command = [sys.executable, "-P", "-m", "pipeline.update.update", *options]
        code = str(newest / TEMPLATE.name)
        return project.run(*command, HOME=str(home), PYTHONPATH=code)

    return update


def edit(project: Project) -> None:
    """Do what users do."""
    for path, old, new in EDITS:
        project.edit(path, old, new)
    (project.folder / "tests/data/test_own.py").write_text(OWN_GATE)
    project.commit("My own project")


def differences(project: Project, fresh: Path) -> set[str]:
    """Return the files that are not as the newest commit renders them."""
    git(project.folder, "fetch", "--quiet", str(fresh), "HEAD")
    return set(git(project.folder, "diff", "--name-only", "HEAD", "FETCH_HEAD").split())


def settle(project: Project, output: str) -> None:
    """Do what the update says about an edited pipeline/featurize.py that is there no longer."""
    unmerged = git(project.folder, "diff", "--name-only", "--diff-filter=U").split()
    assert unmerged == ["pipeline/featurize.py"], output
    assert "its content moved to recipe/features.py" in output
    shown = output.partition("(git ")[2].partition(" shows it)")[0]
    assert "StandardScaler(with_std=True)" in git(project.folder, *shown.split())
    project.edit("recipe/features.py", ", StandardScaler()", ", StandardScaler(with_std=True)")
    git(project.folder, "add", "recipe/features.py")
    git(project.folder, "rm", "--quiet", "--force", "pipeline/featurize.py")
    git(project.folder, "-c", "core.editor=true", "cherry-pick", "--continue")


@pytest.mark.parametrize("commit", COMMITS.values(), ids=COMMITS)
def test_a_project_of_an_older_commit_becomes_the_newest_with_its_edits(
    commit: str, render: Callable, update: Callable, fresh: Path
):
    project = render(commit)
    edit(project)
    done = update(project)
    if done.status:  # git saw too little of the former file in recipe/features.py
        settle(project, done.output)
    else:
        moved = "pipeline/featurize.py moved to recipe/features.py, and your change with it"
        assert moved in done.output
        assert "unchanged; next: make validate" in done.output
    assert git(project.folder, "status", "--porcelain") == ""
    assert git(project.folder, "log", "-1", "--format=%an %s").startswith("Ada Update ml-template")
    mine = {"params.yaml", "schema.yaml", "tests/data/test_own.py", "recipe/features.py"}
    assert differences(project, fresh) == mine | {".template.json"}
    for path, text in {
        "params.yaml": "arguments: {C: 0.5, max_iter: 2000}",
        "schema.yaml": "operator: {type: category, max_length: 90}",
        "recipe/features.py": ", StandardScaler(with_std=True)",
        "tests/data/test_own.py": OWN_GATE,
    }.items():
        assert text in (project.folder / path).read_text(), path
    assert "port: 3456 " in (project.folder / "params.yaml").read_text()
    sections = "from pipeline.core import params; print(*params.sections())"
    loaded = project.run(sys.executable, "-c", sections)
    assert "check_data" in loaded.output.split(), loaded.output


@pytest.mark.parametrize("commit", [COMMITS["the first that renders"], COMMITS["adopt"]])
def test_an_untouched_project_becomes_what_the_newest_renders_to(
    commit: str, render: Callable, update: Callable, fresh: Path, newest: Path
):
    project = render(commit)
    done = update(project)
    assert done.status == 0, done.output
    assert differences(project, fresh) == {".template.json"}
    updated, rendered = (
        project.json(".template.json"),
        json.loads((fresh / ".template.json").read_text()),
    )
    address = {"template": str(newest)}
    assert updated == rendered | address, "but for the folder that it was rendered from"


@pytest.mark.slow
def test_the_pipeline_of_the_oldest_project_passes_after_the_update(
    render: Callable, update: Callable, path_with_uv: str
):
    project = render(COMMITS["the first that renders"])
    edit(project)
    done = update(project)
    if done.status:
        settle(project, done.output)
    made = project.make("setup", PATH=path_with_uv)
    assert made.status == 0, made.output
    done = project.run(".venv/bin/dvc", "repro", timeout=1800, SANDBOX="process")
    assert done.status == 0, done.output
    assert project.json("release/blessing.json")["verdict"] == "passed"
    gates = project.json("reports/check_data.json")["passed"]
    assert any("test_both_parts_have_the_same_features" in name for name in gates)
    assert project.json("reports/train.json")["params"]["arguments"]["C"] == 0.5


@pytest.fixture
def project(fresh: Path, home: Path, newest: Path, tmp_path: Path) -> Project:
    """A project made from the newest commit, whose Python is the one that runs these tests."""
    copied = Project(shutil.copytree(fresh, tmp_path / "strike-triage", symlinks=True))
    record = copied.json(".template.json") | {"template": str(newest)}
    text = json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (copied.folder / ".template.json").write_text(text)
    copied.commit("The template is elsewhere")
    stand_in(copied.folder / ".venv")
    return copied


def stand_in(venv: Path) -> None:
    """Make an environment that fits, whose Python is the one that runs these tests."""
    python = venv / "bin/python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (venv / "ready").touch()


@pytest.fixture
def newer(newest: Path) -> str:
    """A commit of the template after the newest."""
    path = f"{TEMPLATE.name}/pipeline/core/errors.py"
    git(newest, "checkout", "--quiet", "--detach", "newest")
    (newest / path).write_text((newest / path).read_text() + "\nMENDED = True\n")
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    git(newest, *identity, "commit", "--quiet", "--all", "--message=Mend the errors")
    git(newest, "branch", "--force", "newer")
    return git(newest, "rev-parse", "HEAD")


def make_update(project: Project, home: Path, **words: str) -> Run:
    """Run `make update`, as a user would."""
    variables = [f"{name}={value}" for name, value in words.items()]
    return project.make("update", *variables, HOME=str(home))


def test_make_update_brings_what_was_mended_since(project: Project, home: Path, newer: str):
    project.edit("recipe/features.py", ", StandardScaler()", ", StandardScaler(with_std=True)")
    project.commit("My own project")
    done = make_update(project, home, TO="newer")
    assert done.status == 0, done.output
    assert "MENDED" in (project.folder / "pipeline/core/errors.py").read_text()
    assert ", StandardScaler(with_std=True)" in (project.folder / "recipe/features.py").read_text()
    assert project.json(".template.json")["commit"] == newer
    assert "unchanged" in done.output.splitlines()[-1]


def test_make_update_of_the_template_serves_a_project_that_has_none(
    render: Callable, newest: Path, home: Path, newer: str
):
    project = render(COMMITS["Kubernetes"])
    stand_in(newest / ".venv")
    words = ("update", f"PROJECT={project.folder}", "TO=newer")
    done = Project(newest).run("make", *words, HOME=str(home))
    assert done.status == 0, done.output
    assert project.json(".template.json")["commit"] == newer


def test_a_conflict_is_left_as_git_leaves_it_and_the_printed_way_back_leads_back(
    render: Callable, update: Callable
):
    project = render(COMMITS["the last flat one"])
    project.edit("README.md", "# strike-triage\n", "# Triage of strikes\n\nOurs.\n")
    readme = (project.folder / "README.md").read_text().replace("curl -s", "http")
    (project.folder / "README.md").write_text(
        readme.replace("takes the raw rows", "takes our rows")
    )
    (project.folder / "pipeline/test_data.py").write_text("def main():\n    '''Nothing.'''\n")
    project.commit("My own project")
    before = git(project.folder, "rev-parse", "HEAD")
    done = update(project)
    assert done.status == 1, done.output
    unmerged = git(project.folder, "diff", "--name-only", "--diff-filter=U").split()
    assert set(unmerged) == {"README.md", "pipeline/test_data.py"}
    assert "<<<<<<< HEAD" in (project.folder / "README.md").read_text()
    assert "  - README.md: you and the template changed the same lines" in done.output
    assert "  - pipeline/test_data.py: you changed it" in done.output
    assert "Nothing." in (project.folder / "pipeline/test_data.py").read_text()
    way_back = done.output.rpartition("before the update: git ")[2].split()
    assert way_back == ["cherry-pick", "--abort"]
    git(project.folder, *way_back)
    assert git(project.folder, "rev-parse", "HEAD") == before
    assert git(project.folder, "status", "--porcelain") == ""


def test_the_printed_way_back_of_an_update_leads_back(project: Project, home: Path, newer: str):
    before = git(project.folder, "rev-parse", "HEAD")
    done = make_update(project, home, TO="newer")
    git(project.folder, *done.output.partition("undo: git ")[2].splitlines()[0].split())
    assert git(project.folder, "rev-parse", "HEAD") == before
    assert git(project.folder, "status", "--porcelain") == ""


def dirty(project: Project) -> None:
    (project.folder / "params.yaml").write_text("mine: 1\n")


def half_done(project: Project) -> None:
    (project.folder / ".git/MERGE_HEAD").write_text(git(project.folder, "rev-parse", "HEAD"))


def without_record(project: Project) -> None:
    """A project that is like no commit of the template."""
    folder = project.folder
    shutil.rmtree(folder / ".git")
    (folder / ".template.json").unlink()
    for path in [*folder.glob("*/**/*.py"), *folder.glob("*/**/*.yaml")]:
        path.write_text(path.read_text() + "\n# mine\n")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    project.commit("Something else")


def without_identity(project: Project) -> None:
    git(project.folder, "config", "user.useConfigOnly", "true")
    git(project.folder, "config", "user.email", "")
    git(project.folder, "config", "user.name", "")


BAD = {
    "a dirty tree": (dirty, {}, "params.yaml changed since the last commit; commit or stash"),
    "a half-done merge": (half_done, {}, "a merge is half done; finish it, or undo it"),
    "no record": (without_record, {"TEMPLATE": "{newest}"}, "make update FROM=commit"),
    "no record, no address": (without_record, {}, "name the template: make update TEMPLATE="),
    "no identity": (without_identity, {}, "git config user.name NAME"),
    "an unknown tag": (None, {"TO": "v9.9.9"}, "has no tag, branch or commit 'v9.9.9'"),
    "a template that is gone": (None, {"TEMPLATE": "/gone"}, "cannot be cloned from /gone"),
    "no network": (None, {"TEMPLATE": "https://127.0.0.1:1/it.git"}, "make update TEMPLATE="),
    "an older commit": (None, {"TO": COMMITS["adopt"]}, "updates only go forward"),
}


@pytest.mark.parametrize(("spoil", "words", "sentence"), BAD.values(), ids=BAD)
def test_bad_input_ends_in_one_sentence_and_nothing_is_lost(
    project: Project, home: Path, newest: Path, spoil, words: dict[str, str], sentence: str
):
    if spoil:
        spoil(project)
    state = ("status", "--porcelain=v2", "--branch")
    before = git(project.folder, *state)
    named = {name: value.format(newest=newest) for name, value in words.items()}
    done = make_update(project, home, **named)
    lines = [line for line in done.output.splitlines() if not line.startswith("make: ")]
    assert done.status != 0, done.output
    assert len(lines) == 1, done.output
    assert lines[0].startswith("update: ")
    assert sentence in lines[0]
    assert git(project.folder, *state) == before


def test_nothing_new_is_said_and_is_no_failure(project: Project, home: Path):
    done = make_update(project, home, TO="newest")
    assert done.status == 0, done.output
    assert done.output.startswith("update: already at ml-template ")
    assert done.output.count("\n") == 1


def test_every_place_to_which_files_moved_is_there():
    table = json.loads((TEMPLATE / "pipeline/update/moves.json").read_text())
    places = {path for paths in table.values() for path in paths}
    assert {path for path in places if not (TEMPLATE / path).exists()} == set()
    assert {path for path in table if (TEMPLATE / path).exists()} == set()


def test_the_history_that_these_tests_need_is_here():
    history = git(REPOSITORY, "rev-list", "HEAD").split()
    assert set(COMMITS.values()) - set(history) == set(), "shallow? git fetch --unshallow"
