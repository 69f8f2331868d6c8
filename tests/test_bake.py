"""Rendering makes a clean repository of exactly the template's files, or says why not."""

import hashlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cookiecutter.generate import is_copy_only_path
from ruamel.yaml import YAML

from baked import DEFAULTS, REPOSITORY, TEMPLATE, TEMPLATED, run_cookiecutter

CI_CONFIGS = {"github": ".github", "gitlab": ".gitlab-ci.yml"}
MOST_OWN_FILES, MOST_FILES = 76, 270  # the machinery is many small modules
TAG = re.compile(r"<<\s*cookiecutter|<%|<#")


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints, without what this user's settings would change."""
    command = ["git", "-c", f"safe.directory={folder}", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file under the folder, by its relative path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def is_copied(file: Path) -> bool:
    """Tell whether cookiecutter copies the file, by itself or with a folder it is in."""
    paths = [file, *file.parents[:-1]]
    return any(is_copy_only_path(str(path), {"cookiecutter": DEFAULTS}) for path in paths)


def recorder(folder: Path, status: int) -> Path:
    """Make a `dvc` that writes down how it is called, and return the folder it is in."""
    folder.mkdir()
    script = folder / "dvc"
    script.write_text(f'#!/bin/sh\necho "$@" > "{folder}/called"\nexit {status}\n')
    script.chmod(0o755)
    return folder


def test_exactly_the_listed_files_hold_template_syntax(shipped: list[Path]):
    texts = {str(file): (TEMPLATE / file).read_text(errors="replace") for file in shipped}
    assert {name for name, text in texts.items() if TAG.search(text)} == set(TEMPLATED)


def test_every_file_without_template_syntax_is_copied_as_it_is(shipped: list[Path]):
    assert {str(file) for file in shipped if not is_copied(file)} == set(TEMPLATED)


@pytest.mark.parametrize(("ci", "other"), [("github", "gitlab"), ("gitlab", "github")])
def test_only_the_chosen_ci_config_is_kept(bake: Callable, tmp_path: Path, ci: str, other: str):
    baked = bake({"ci": ci}, tmp_path / "out")
    assert baked.status == 0, baked.output
    assert (baked.project / CI_CONFIGS[ci]).exists()
    assert not (baked.project / CI_CONFIGS[other]).exists()


def test_a_project_holds_exactly_the_shipped_files(
    bake: Callable, tmp_path: Path, shipped: list[Path]
):
    baked = bake({}, tmp_path / "out")
    assert baked.status == 0, baked.output
    expected = {str(file) for file in shipped} - {CI_CONFIGS["gitlab"]} | {".template.json"}
    made = {name for name in snapshot(baked.project) if not name.startswith(".git/")}
    assert {name for name in made if "__pycache__" not in name} == expected
    for name in expected - set(TEMPLATED) - {".template.json"}:
        assert (baked.project / name).read_bytes() == (TEMPLATE / name).read_bytes(), name
        assert (baked.project / name).stat().st_mode == (TEMPLATE / name).stat().st_mode, name


def test_a_project_has_at_most_twelve_visible_entries(shipped: list[Path]):
    visible = {file.parts[0] for file in shipped if not file.parts[0].startswith(".")}
    assert len(visible) <= 12, sorted(visible)


def test_most_files_of_a_project_are_machinery(shipped: list[Path]):
    machinery = [file for file in shipped if file.parts[0] == "pipeline"]
    assert len(shipped) - len(machinery) <= MOST_OWN_FILES
    assert len(shipped) <= MOST_FILES


def test_a_project_holds_its_gates_and_the_unit_tests_of_its_recipe_alone(shipped: list[Path]):
    tests = [file for file in shipped if file.parts[0] == "tests" and file.suffix == ".py"]
    folders = {file.parts[1] for file in tests if len(file.parts) > 2}
    assert folders == {"data", "model", "serving", "unit"}
    code = [file for file in shipped if file.parts[0] == "recipe" and file.suffix == ".py"]
    recipe = {file.stem for file in code} - {"__init__"}
    unit = {file.stem.removeprefix("test_") for file in tests if file.parts[1] == "unit"}
    assert unit - {"conftest"} == recipe
    assert recipe == {"features", "estimators", "metrics"}


def test_the_machinery_is_tested_with_the_packages_of_a_project():
    """Our lock file holds each package of a project's, in the same version."""

    def pins(file: Path) -> set[str]:
        return set(re.findall(r"(?m)^([\w.-]+(?:\[\w+\])?==[^ ;\\]+)", file.read_text()))

    assert pins(TEMPLATE / "requirements/dev.txt") <= pins(REPOSITORY / "requirements.txt")


@pytest.mark.parametrize("name", TEMPLATED)
def test_no_tag_is_left_in_a_rendered_file(bake: Callable, tmp_path: Path, name: str):
    baked = bake({}, tmp_path / "out")
    assert TAG.findall((baked.project / name).read_text()) == []


def test_a_pointer_names_the_bytes_of_its_data(shipped: list[Path]):
    pointers = [file for file in shipped if file.suffix == ".dvc"]
    assert pointers
    for pointer in pointers:
        for out in YAML(typ="safe").load(TEMPLATE / pointer)["outs"]:
            data = (TEMPLATE / pointer.parent / out["path"]).read_bytes()
            digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
            assert (out["md5"], out["size"]) == (digest, len(data)), pointer


def test_a_clone_of_this_repository_holds_every_shipped_file(shipped: list[Path]):
    tracked = git(REPOSITORY, "ls-files", "-z", "--", f":(literal){TEMPLATE.name}").split("\0")
    missing = {f"{TEMPLATE.name}/{file}" for file in shipped} - set(tracked)
    assert missing == set(), "add these by `git add --force`, or remove what tools left there"


def test_the_first_commit_leaves_a_clean_tree_on_main(bake: Callable, tmp_path: Path):
    baked = bake({"author": "Ada Lovelace <ada@example.org>"}, tmp_path / "out")
    assert baked.status == 0, baked.output
    assert git(baked.project, "status", "--porcelain") == ""
    assert git(baked.project, "branch", "--show-current") == "main\n"
    assert git(baked.project, "log", "--format=%an <%ae> %s") == (
        "Ada Lovelace <ada@example.org> Render ml-template\n"
    )


@pytest.mark.parametrize("author", ["", "...", "🦅", "<>", "a\nb <c> d", "<ada@example.org>"])
def test_the_first_commit_is_made_whatever_the_author(bake: Callable, tmp_path: Path, author: str):
    baked = bake({"author": author}, tmp_path / "out")
    assert baked.status == 0, baked.output
    assert git(baked.project, "log", "--format=%s") == "Render ml-template\n"


def test_the_first_commit_takes_the_identity_that_git_knows(
    bake: Callable, environment: dict[str, str], tmp_path: Path
):
    Path(environment["HOME"], ".gitconfig").write_text("[user]\nname = Grace\nemail = g@x.org\n")
    baked = bake({"author": "Ada Lovelace"}, tmp_path / "out")
    assert git(baked.project, "log", "--format=%an <%ae>") == "Grace <g@x.org>\n"


def test_signing_hooks_and_ignores_of_the_user_do_not_break_the_first_commit(
    bake: Callable, environment: dict[str, str], tmp_path: Path, shipped: list[Path]
):
    home = Path(environment["HOME"])
    hook = home / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (home / "ignore").write_text("*.yaml\n*.toml\n")
    (home / ".gitconfig").write_text(
        f'[commit]\ngpgSign = true\n[core]\nhooksPath = "{hook.parent}"\n'
        f'excludesFile = "{home / "ignore"}"\nautocrlf = true\n'
    )
    baked = bake({}, tmp_path / "out")
    assert baked.status == 0, baked.output
    assert {"params.yaml", "pyproject.toml"} <= set(git(baked.project, "ls-files").split("\n"))


def test_another_repository_in_the_environment_is_left_alone(bake: Callable, tmp_path: Path):
    other = tmp_path / "other"
    subprocess.run(["git", "init", "--quiet", str(other)], check=True)
    baked = bake({}, tmp_path / "out", GIT_DIR=str(other / ".git"), GIT_WORK_TREE=str(other))
    assert baked.status == 0, baked.output
    assert (baked.project / ".git").is_dir()
    assert git(other, "for-each-ref") == ""


def test_the_next_commands_are_printed(bake: Callable, tmp_path: Path):
    baked = bake({}, tmp_path / "two words")
    steps = [line.strip() for line in baked.output.splitlines() if line.startswith("    ")]
    assert steps[0] == f"cd '{baked.project}'"
    said = [step.split(" #")[0].strip() for step in steps[1:]]
    own = "make adopt DATA=path/to/rows.csv TARGET=column"
    assert said == ["make validate", "make deploy", own]


def test_it_works_under_lang_c_with_answers_beyond_ascii(bake: Callable, tmp_path: Path):
    answers = {"description": "Vögel 🦅", "author": "Zoë <zoe@example.org>"}
    baked = bake(answers, tmp_path / "öut", LANG="C", LC_ALL="C")
    assert baked.status == 0, baked.output
    assert "Vögel 🦅" in (baked.project / "README.md").read_text()
    assert git(baked.project, "log", "--format=%an") == "Zoë\n"


def test_a_replay_makes_the_same_files(bake: Callable, environment: dict[str, str], tmp_path: Path):
    first = bake({"description": "once 🦅", "ci": "gitlab"}, tmp_path / "first")
    done = run_cookiecutter(tmp_path / "second", "--replay", environment=environment)
    assert done.returncode == 0, done.stdout
    second = tmp_path / "second" / first.project.name
    listed = ("ls-tree", "-r", "HEAD")
    assert git(second, *listed) == git(first.project, *listed)


def test_a_replay_file_makes_the_same_files(bake: Callable, tmp_path: Path):
    answers = {"description": "once 🦅", "author": "Ada"}
    trees = {
        git(bake(answers, tmp_path / str(replayed), replayed=replayed).project, "ls-tree", "HEAD")
        for replayed in (False, True)
    }
    assert len(trees) == 1


@pytest.mark.parametrize("options", [(), ("-f",), ("-f", "-s")])
def test_an_existing_project_is_refused_and_left_alone(
    bake: Callable, tmp_path: Path, options: tuple[str, ...]
):
    baked = bake({}, tmp_path / "out")
    (baked.project / "README.md").write_text("mine\n")
    before = snapshot(baked.project)
    again = bake({}, tmp_path / "out", *options)
    assert again.status == 1, again.output
    assert "already" in again.output
    assert snapshot(baked.project) == before


def test_an_empty_folder_of_that_name_is_filled_when_forced(bake: Callable, tmp_path: Path):
    (tmp_path / "out" / DEFAULTS["project"]).mkdir(parents=True)
    assert bake({}, tmp_path / "out", "-f").status == 0


def test_without_git_one_sentence_says_what_to_install(bake: Callable, tmp_path: Path):
    (tmp_path / "nothing").mkdir()
    baked = bake({}, tmp_path / "out", PATH=str(tmp_path / "nothing"))
    assert baked.status == 1
    assert "git is missing: install it (apt-get install git)" in baked.output
    assert list((tmp_path / "out").iterdir()) == []


def test_a_git_that_fails_ends_in_one_sentence(bake: Callable, tmp_path: Path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "git").write_text("#!/bin/sh\n[ $1 = rev-parse ] || { echo no room >&2; exit 1; }\n")
    (broken / "git").chmod(0o755)
    baked = bake({}, tmp_path / "out", PATH=str(broken))
    assert baked.status == 1
    assert "git init failed, so no project was made: no room" in baked.output
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("status", [0, 1])
def test_raw_data_goes_into_dvc_where_dvc_is_at_hand(
    bake: Callable, tools: Path, tmp_path: Path, shipped: list[Path], status: int
):
    stub = recorder(tmp_path / "stub", status)
    baked = bake({}, tmp_path / "out", PATH=f"{tools}:{stub}")
    assert baked.status == 0, baked.output
    pointers = [str(file) for file in shipped if file.suffix == ".dvc"]
    assert (stub / "called").read_text().split() == ["commit", "--force", "--quiet", *pointers]
    assert ("the first `make` tries again" in baked.output) == bool(status)
