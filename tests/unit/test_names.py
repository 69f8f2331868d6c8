"""One name, everywhere: stage, Make target, module, section of params.yaml, tests."""

import ast
import importlib
import inspect
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from mock_project import ROOT, dvc_stages
from pipeline.core import params, stage
from pipeline.gates import verdict
from pipeline.release import bento as bentos

pytestmark = pytest.mark.slow

STAGES = dvc_stages()
FILES = sorted((ROOT / "pipeline").glob("*/[!_]*.py"))
RUN = {  # modules that run, by the name of what they do: ingest is pipeline.data.ingest
    path.stem: f"pipeline.{path.parent.name}.{path.stem}"
    for path in FILES
    if "__main__" in path.read_text(encoding="utf-8")
}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z_]+):.* ## ", MAKEFILE, re.MULTILINE)
ACTIONS = [name for name in TARGETS if name in RUN and name not in STAGES]
# The gates' tests need artefacts; each folder of them is run by one stage.
GATES = {"check_data": "tests/data", "check_model": "tests/model", "smoke": "tests/serving"}
HERE = Path(__file__).parent
MADE = ("data/", "models/", "release/", "reports/", "${ingest.raw}")


def path_of(entry) -> str:
    """Return the path of an entry in dvc.yaml: a string, or a mapping of it to its options."""
    return entry if isinstance(entry, str) else next(iter(entry))


def paths(name: str, *kinds: str) -> list[str]:
    return [path_of(entry) for kind in kinds for entry in STAGES[name].get(kind, [])]


def options_in(command: str) -> dict[str, str]:
    words = shlex.split(command)
    return dict(zip(words[::2], words[1::2], strict=True))


def options_of(name: str) -> dict[str, str]:
    """Return the options of a stage's command, by their name."""
    return options_in(STAGES[name]["cmd"].split(f"-m {RUN[name]} ", 1)[1])


def main_of(name: str):
    return importlib.import_module(RUN[name]).main


def file_of(module: str) -> Path:
    """Return the file of a module such as `pipeline.data.ingest`."""
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def sources(name: str) -> list[Path]:
    """Return a module's file and, where it is a gate, those of the tests that it runs."""
    found = [file_of(RUN.get(name, name))]
    if name in GATES:
        found += [ROOT / "tests/conftest.py", *(ROOT / GATES[name]).glob("*.py")]
    return found


def reads(name: str) -> set[str]:
    """Return the sections of params.yaml that a stage, or a test that it runs, loads."""
    text = "".join(path.read_text(encoding="utf-8") for path in sources(name))
    return set(re.findall(r'params\.load\("(\w+)"', text))


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the modules of pipeline/ and recipe/ that a file imports, also inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    own = {name for name in names if name.split(".")[0] in ("pipeline", "recipe")}
    return frozenset(name for name in own if file_of(name).exists())


def reached(name: str) -> set[str]:
    """Return the files of a stage: its module, its tests, and all that they import."""
    todo, modules, files = [RUN[name]], set(), set()
    own = {RUN[name]: sources(name)}
    while todo:
        module = todo.pop()
        if module in modules:
            continue
        modules.add(module)
        files.add(str(file_of(module).relative_to(ROOT)))
        for path in own.get(module, [file_of(module)]):
            todo += imports(path)
    return {path for path in files if not path.endswith("__init__.py")}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_has_a_target_a_module_a_section_and_tests(name):
    assert name in TARGETS, f"`make help` knows no {name}"
    assert re.search(rf"^stages := .*\b{name}\b", MAKEFILE, re.MULTILINE), "make does not run it"
    assert name in RUN
    assert name in params.SECTIONS
    assert params.read_yaml(ROOT / "params.yaml").get(name)
    assert unit_tests_of(name).exists()


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_is_run_as_its_module_and_reads_its_own_section(name):
    assert f"/python -m {RUN[name]} " in STAGES[name]["cmd"]
    watched = {entry.split(".")[0] for entry in STAGES[name]["params"]}
    assert name in watched
    assert reads(name) == watched, "what it reads and what DVC watches differ"


def test_the_journey_has_one_order():
    journey = [name for name in TARGETS if name in STAGES]
    assert journey == list(STAGES)
    (listed,) = re.findall(r"^stages := (.*)$", MAKEFILE, re.MULTILINE)
    assert listed.split() == list(STAGES)
    sections = [name for name in params.SECTIONS if name in STAGES]
    assert sorted(sections, key=list(STAGES).index) == list(STAGES)
    text = importlib.import_module("pipeline").__doc__
    assert [name for name in STAGES if f"`{name}`" not in text] == []


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_is_called_with_exactly_the_options_of_its_main(name):
    text = MAKEFILE.replace("\\\n", " ")
    (call,) = re.findall(rf"-m {re.escape(RUN[name])} (.*)", text)
    options = re.findall(r"--([a-z-]+)", call)
    assert sorted(options) == sorted(parameters(name))
    assert unit_tests_of(name).exists()


def parameters(name: str) -> list[str]:
    return [key.replace("_", "-") for key in inspect.signature(main_of(name)).parameters]


@pytest.mark.parametrize("name", STAGES)
def test_a_stages_options_are_the_parameters_of_its_main(name):
    assert list(options_of(name)) == [f"--{key}" for key in parameters(name)]


@pytest.mark.parametrize("name", STAGES)
def test_every_input_is_a_dep_and_every_output_an_out(name):
    places = {"input": paths(name, "deps"), "output": paths(name, "outs", "metrics")}
    places["report"] = places["figures"] = places["output"]
    options = options_of(name)
    for key, kind in stage._kinds(main_of(name)).items():
        path = options[f"--{key.replace('_', '-')}"]
        assert path in places[kind], f"--{key} is an {kind}, and dvc.yaml does not say so"
    made = [path for path in options.values() if path in places["output"]]
    assert sorted(made) == sorted(places["output"]), "an out that the command does not name"


def code_deps(name: str) -> list[str]:
    """Return the folders and files of code that a stage depends on."""
    return [path for path in paths(name, "deps") if path.startswith(("pipeline/", "recipe"))]


def lies_under(file: str, dep: str) -> bool:
    return file == dep or file.startswith(f"{dep}/")


@pytest.mark.parametrize("name", STAGES)
def test_what_a_stage_reaches_lies_under_its_deps(name):
    files = reached(name)
    if name == "package":
        files |= {str(path.relative_to(ROOT)) for path in bentos.sources()}
    lost = [one for one in files if not any(lies_under(one, dep) for dep in code_deps(name))]
    assert sorted(lost) == []


@pytest.mark.parametrize("name", STAGES)
def test_every_dep_is_reached_by_its_stage(name):
    files = reached(name)
    if name == "package":
        files |= {str(path.relative_to(ROOT)) for path in bentos.sources()}
    if "recipe/features.py" in files:  # its functions look values up in tables
        files.add("recipe/tables/README.md")
    idle = [dep for dep in code_deps(name) if not any(lies_under(one, dep) for one in files)]
    assert idle == []


@pytest.mark.parametrize("name", STAGES)
def test_every_dep_is_there_or_made_by_a_stage(name):
    made = {path for other in STAGES for path in paths(other, "outs", "metrics")}
    for path in paths(name, "deps"):
        there = (ROOT / path).exists() and not path.startswith(MADE)
        assert there or path in made or path == "${ingest.raw}", f"nothing makes {path}"


@pytest.mark.parametrize("name", GATES)
def test_a_gates_tests_are_among_its_deps(name):
    assert {GATES[name], "tests/conftest.py", "tests/gates.txt"} <= set(paths(name, "deps"))
    code = [(ROOT / path).read_text(encoding="utf-8") for path in reached(name)]
    assert any(f'Path("{GATES[name]}")' in text for text in code)


def test_every_listed_test_is_there():
    listed = verdict.listed(ROOT / verdict.GATES)
    assert len(listed) == len(set(listed)), "tests/gates.txt lists a test twice"
    assert {str(Path(name).parent) for name in listed} == set(GATES.values())
    for name in listed:
        file, function = name.split("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert function in {getattr(node, "name", "") for node in tree.body}, f"{name} is not there"


def test_a_stage_comes_after_those_it_reads_from():
    made = {}
    for number, name in enumerate(STAGES):
        for path in paths(name, "deps"):
            assert made.get(path, -1) < number
        made |= dict.fromkeys(paths(name, "outs", "metrics"), number)


def test_the_raw_table_is_named_in_params_alone():
    assert options_of("ingest")["--raw"] == "${ingest.raw}"
    assert "${ingest.raw}" in paths("ingest", "deps")


def test_no_image_or_blessing_comes_out_of_dvcs_cache():
    for name in ("containerize", "smoke"):
        for entry in STAGES[name]["outs"]:
            (options,) = entry.values()
            assert options == {"cache": False, "persist": True}, f"{name}: {entry}"


def unit_tests_of(name: str) -> Path:
    """Return the unit tests of what runs under a name."""
    _, folder, _ = RUN[name].split(".")
    return HERE / folder / f"test_{name}.py"


def test_every_section_is_read_by_a_module():
    sections = YAML(typ="safe", pure=True).load(ROOT / "params.yaml")
    assert sorted(sections) == sorted(params.SECTIONS)
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    assert [name for name in params.SECTIONS if f'params.load("{name}"' not in text] == []


def test_every_module_has_tests_of_its_name():
    modules = {f"{path.parent.name}/{path.stem}" for path in FILES}
    tests = {
        f"{path.parent.name}/{path.stem.removeprefix('test_')}"
        for path in HERE.glob("*/test_*.py")
        if path.parent.name != "recipe"
    }
    assert tests == modules


def python(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def test_no_module_is_without_a_docstring_or_holds_template_syntax():
    opening = "<" * 2
    for path in [found for name in ("pipeline", "tests", "deploy") for found in python(name)]:
        text = path.read_text(encoding="utf-8")
        assert opening not in text, f"{path.name} holds template syntax"
        assert ast.get_docstring(ast.parse(text)), f"{path.name} does not say what it is for"
