"""An answer is data: it arrives in the project as it was typed, or is refused with a sentence."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from baked import DEFAULTS, TEMPLATE, TEMPLATED, run_cookiecutter
from template_answers import CI_CHOICES, BadAnswer, checked, escaped, refusals

HOSTILE = [
    'it\'s "quoted" and \'\'\' and """ too',
    "ends in a backslash \\",
    "C:\\new\\table \\u0041 \\\\",
    "two\nlines\n",
    "a\ttab and a trailing space ",
    "café, 鳥, العربية",
    "emoji 🦅 and a joined family 👩‍👩‍👧",
    "no-break\u00a0space, line\u2028separator, mark\ufeff",
    "{{ cookiecutter.project }} {% if x %} {# y #}",
    "$(touch pwned) `touch pwned` ${HOME}",
    "; rm -rf . #",
    "' + __import__('os').system('touch pwned') + '",
    "key: [value, *alias, &anchor] # comment",
    "<script>alert(1)</script> & <b>",
    "%s %(name)s {folder} {0}",
    "-n",
    " ",
    "x" * 1000,
]
# Cookiecutter renders answers from its command line, so these can only be typed or replayed.
TEMPLATE_SYNTAX = ["<< 7 * 7 >>", "<% if %>", "<# lost #>", "<<"]

BAD_PROJECTS = [
    "",
    " ",
    "Strike",
    "strike triage",
    "strike--triage",
    "strike-",
    "-strike",
    "1strike",
    "../strike",
    "strike/triage",
    "/tmp/strike",
    ".",
    "..",
    "strike;rm",
    "$(touch pwned)",
    "étude",
    "strike\n",
    "x" * 51,
    "x" * 5000,
]
BAD_REGISTRIES = [
    "https://registry.example.org",
    "registry.example.org/",
    "registry.example.org/Team",
    "registry.example.org/team:latest",
    "registry.example.org:port",
    "registry example.org",
    "team",
    "registry.example.org//team",
    "$(touch pwned).example.org",
    "registry.example.org\n",
    "registry.example.org/" + "x" * 200,
]
GOOD_REGISTRIES = [
    "",
    "registry.example.org",
    "registry.example.org:5000/team/sub-team",
    "localhost/team",
    "build-host:5000",
]


def strings(value: object) -> Iterator[str]:
    """Yield every string in a parsed file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def assert_survives(project: Path, question: str, answer: str) -> None:
    """Assert that each file that names the question holds the answer, byte for byte."""
    naming = [
        name for name in TEMPLATED if f"cookiecutter.{question}" in (TEMPLATE / name).read_text()
    ]
    assert naming, f"no file says {question}"
    for name in naming:
        text = (project / name).read_bytes().decode()
        if name == "README.md":
            found = [answer] if answer in text else []
        elif name == "pyproject.toml":
            found = [value for value in strings(tomllib.loads(text)) if value == answer]
        else:
            found = [value for value in strings(YAML(typ="safe").load(text)) if value == answer]
        assert found, f"{name} does not hold the {question} {answer!r}"


def assert_refused(status: int, output: str, folder: Path, question: str) -> None:
    """Assert that one sentence names the question and that nothing was left behind."""
    assert status == 1, output
    assert output.count(f"{question}: type ") == 1, output
    assert list(folder.iterdir()) == [], "a refused answer leaves nothing behind"


@pytest.mark.parametrize("answer", HOSTILE)
def test_a_hostile_answer_on_the_command_line_survives(bake: Callable, tmp_path: Path, answer: str):
    baked = bake({"description": answer, "author": answer}, tmp_path / "out")
    assert baked.status == 0, baked.output
    assert_survives(baked.project, "description", answer)
    assert_survives(baked.project, "author", answer)
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("answer", [*HOSTILE, *TEMPLATE_SYNTAX])
def test_a_hostile_answer_in_a_replay_file_survives(bake: Callable, tmp_path: Path, answer: str):
    baked = bake({"description": answer, "author": answer}, tmp_path / "out", replayed=True)
    assert baked.status == 0, baked.output
    assert_survives(baked.project, "description", answer)
    assert_survives(baked.project, "author", answer)
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("answer", TEMPLATE_SYNTAX)
def test_typed_template_syntax_survives(environment: dict[str, str], tmp_path: Path, answer: str):
    folder = tmp_path / "out"
    done = run_cookiecutter(folder, environment=environment, typed=f"bird\n{answer}\n\n\n\n")
    assert done.returncode == 0, done.stdout
    assert_survives(folder / "bird", "description", answer)


@pytest.mark.parametrize("project", BAD_PROJECTS)
def test_a_bad_project_name_is_refused(bake: Callable, tmp_path: Path, project: str):
    baked = bake({"project": project}, tmp_path / "out")
    assert_refused(baked.status, baked.output, tmp_path / "out", "project")
    assert "Traceback" not in baked.output


@pytest.mark.parametrize("project", ["null", "true", "a.b_c-d", "x" * 50])
def test_a_good_project_name_is_a_name_in_every_file(bake: Callable, tmp_path: Path, project: str):
    baked = bake({"project": project}, tmp_path / "out")
    assert baked.status == 0, baked.output
    assert_survives(baked.project, "project", project)


@pytest.mark.parametrize("registry", BAD_REGISTRIES)
def test_a_bad_registry_is_refused(bake: Callable, tmp_path: Path, registry: str):
    baked = bake({"registry": registry}, tmp_path / "out")
    assert_refused(baked.status, baked.output, tmp_path / "out", "registry")
    assert "Traceback" not in baked.output


@pytest.mark.parametrize("registry", GOOD_REGISTRIES)
def test_a_registry_with_port_and_path_survives(bake: Callable, tmp_path: Path, registry: str):
    baked = bake({"registry": registry}, tmp_path / "out")
    assert baked.status == 0, baked.output
    assert_survives(baked.project, "registry", registry)


@pytest.mark.parametrize("question", ["description", "author"])
@pytest.mark.parametrize("answer", ["bell \a", "escape \x1b[2J", "\x7f", "\x85", "\r", "x" * 1001])
def test_control_characters_and_endless_text_are_refused(question: str, answer: str):
    with pytest.raises(BadAnswer, match=rf"^{question}: type [^\n]+\.$"):
        checked({question: answer})


def test_text_that_is_not_utf_8_is_refused():
    assert len(refusals({"author": b"\xff".decode(errors="surrogateescape")})) == 1


def test_a_bad_answer_in_a_replay_file_is_refused(bake: Callable, tmp_path: Path):
    answers = {"project": "Bad Name", "author": "\a", "ci": "jenkins"}
    baked = bake(answers, tmp_path / "out", replayed=True)
    for question in answers:
        assert_refused(baked.status, baked.output, tmp_path / "out", question)


def test_the_choices_of_ci_are_the_ones_that_are_accepted():
    assert tuple(DEFAULTS["ci"]) == CI_CHOICES


def test_each_bad_answer_gets_a_sentence_of_its_own(bake: Callable, tmp_path: Path):
    baked = bake({"project": "Bad Name", "registry": "https://x.org"}, tmp_path / "out")
    assert [line.split(":")[0] for line in baked.output.splitlines()] == ["project", "registry"]


def test_every_character_is_escaped_so_that_toml_and_yaml_read_it_back():
    allowed = [chr(code) for code in range(0x110000) if not refusals({"author": chr(code)})]
    text = "".join(allowed)
    assert len(text) > 1_000_000
    written = f'"{escaped(text)}"'
    assert tomllib.loads(f"text = {written}")["text"] == text
    # YAML is read in parts, because its reader takes minutes over a line of a million characters.
    sample = "".join(allowed[:3000] + allowed[0xD700:0xD900] + allowed[0xF700::997])
    assert YAML(typ="safe").load(f'"{escaped(sample)}"') == sample
