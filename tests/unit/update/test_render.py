"""Commits of the template are rendered by cookiecutter, in a process of their own."""

import json
import os
import sys
import textwrap

import pytest

from pipeline.core.errors import Refusal
from pipeline.update import render, renderer
from pipeline.update.template import FOLDER

HOOK = """
import os, pathlib, sys
print("a hook prints")
pathlib.Path("seen.txt").write_text(f"{os.environ['ML_TEMPLATE_FILES_ONLY']} {os.environ['PATH']}")
"""
MORE = {"oven": ["gas", "wood"], "salted": True, "slug": f"{FOLDER}-loaf", "_private": "x"}


def questions(template, more):
    """Let the template ask more."""
    file = template.folder / "cookiecutter.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | more))


def test_a_commit_renders_with_the_answers_it_asks_for(template, tmp_path):
    answers = {"project": "rye", "asked": "formerly"}
    rendered = render.render(template.folder, answers, tmp_path / "out", ask=False)
    assert rendered.folder == tmp_path / "out/rendered/rye"
    assert (rendered.folder / "params.yaml").read_text().startswith('project: {name: "rye"}')
    assert rendered.answers == {"project": "rye"}


def test_the_users_own_replay_files_are_left_alone(template, tmp_path):
    render.render(template.folder, {}, tmp_path / "out", ask=False)
    assert [path.name for path in tmp_path.glob("**/.cookiecutter*")] == []
    assert not os.path.exists(os.path.expanduser("~/.cookiecutter_replay"))  # noqa: PTH110, PTH111


def test_what_is_new_gets_its_default_where_nobody_can_be_asked(template, tmp_path):
    questions(template, MORE)
    assert render.new_questions(template.folder, {"project": "rye"}) == ["oven", "salted", "slug"]
    rendered = render.render(template.folder, {"project": "rye"}, tmp_path / "out", ask=False)
    assert rendered.answers == {
        "project": "rye",
        "oven": "gas",
        "salted": True,
        "slug": "rye-loaf",
    }


def test_two_commits_each_load_their_own_modules(template, tmp_path):
    """As modules of one process the second would be the first again."""
    for name in ("first", "second"):
        module = f"""
            from jinja2.ext import Extension

            class Adds(Extension):
                def __init__(self, environment):
                    super().__init__(environment)
                    environment.filters["added"] = lambda text: text + " {name}"
        """
        (template.folder / "own.py").write_text(textwrap.dedent(module))
        questions(template, {"_extensions": ["own.Adds"]})
        (template.folder / FOLDER / "README.md").write_text(FOLDER.replace(">>", "|added>>"))
        rendered = render.render(template.folder, {}, tmp_path / name, ask=False)
        assert (rendered.folder / "README.md").read_text() == f"bread {name}"


def test_hooks_run_for_the_files_only_and_without_dvc(template, tmp_path, monkeypatch, capfd):
    hook = template.folder / "hooks/post_gen_project.py"
    hook.parent.mkdir()
    hook.write_text(HOOK)
    for folder, tools in {"with": ["dvc"], "both": ["dvc", "git"], "other": ["x"]}.items():
        (tmp_path / folder).mkdir()
        for tool in tools:
            (tmp_path / folder / tool).write_text("#!/bin/sh\n")
            (tmp_path / folder / tool).chmod(0o755)
    path = os.pathsep.join(str(tmp_path / name) for name in ("with", "both", "other"))
    monkeypatch.setenv("PATH", f"{path}{os.pathsep}/usr/bin")
    rendered = render.render(template.folder, {}, tmp_path / "out", ask=False)
    kept = os.pathsep.join(str(tmp_path / name) for name in ("both", "other"))
    assert (rendered.folder / "seen.txt").read_text() == f"yes {kept}{os.pathsep}/usr/bin"
    assert capfd.readouterr().out == ""


def test_a_hook_that_fails_is_quoted(template, tmp_path):
    hook = template.folder / "hooks/pre_gen_project.py"
    hook.parent.mkdir()
    hook.write_text("import sys; sys.exit('registry: type a host')")
    with pytest.raises(Refusal) as refused:
        render.render(template.folder, {}, tmp_path / "out", ask=False)
    assert str(refused.value) == (
        "commit template of the template cannot be rendered: registry: type a host"
    )


def test_an_answer_that_is_allowed_no_more_is_refused(template, tmp_path):
    questions(template, {"oven": ["gas"]})
    with pytest.raises(Refusal, match=r"wood provided for choice variable oven, but the choices"):
        render.render(template.folder, {"oven": "wood"}, tmp_path / "out", ask=False)


def test_a_process_that_dies_is_refused(template, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Refusal, match="cannot be rendered: it does not say why"):
        render.render(template.folder, {}, tmp_path / "out", ask=False)


def test_a_commit_without_questions_is_no_template(template, tmp_path):
    (template.folder / "cookiecutter.json").unlink()
    with pytest.raises(Refusal, match=r"template has no cookiecutter\.json"):
        render.render(template.folder, {}, tmp_path / "out", ask=False)


def test_only_what_is_new_is_asked(template, monkeypatch):
    questions(template, MORE | {"table": {"a": 1}})
    asked = []

    def answer(value):
        def read(name, default, *rest):
            asked.append((name, default))
            return value

        return read

    monkeypatch.setattr(renderer, "read_user_variable", answer("mine"))
    monkeypatch.setattr(renderer, "read_user_yes_no", answer(False))
    monkeypatch.setattr(renderer, "prompt_choice_for_config", lambda *given: "wood")
    monkeypatch.syspath_prepend(template.folder)
    answers = {"project": "rye"}
    assert renderer.ask(template.folder, answers) == {
        "oven": "wood",
        "salted": False,
        "slug": "mine",
    }
    assert asked == [("salted", True), ("slug", "rye-loaf")]
    assert answers == {"project": "rye"}


def test_rendering_returns_the_folder_and_all_answers(template, tmp_path):
    (tmp_path / "rendered").mkdir()
    assert renderer.render(template.folder, {"project": "rye"}, tmp_path) == {
        "project": str(tmp_path / "rendered/rye"),
        "answers": {"project": "rye"},
    }
