"""One name everywhere: the journey of the README is that of the generated project."""

import re

import pytest
from ruamel.yaml import YAML

from baked import REPOSITORY, TEMPLATE

AFTER_THE_BLESSING = ["deploy", "predict", "monitor"]


@pytest.fixture(scope="module")
def stages() -> list[str]:
    """The stages of dvc.yaml, in its order."""
    return list(YAML(typ="safe", pure=True).load((TEMPLATE / "dvc.yaml").read_text())["stages"])


@pytest.mark.parametrize("readme", [REPOSITORY / "README.md", TEMPLATE / "README.md"])
def test_the_readmes_table_is_the_journey_in_its_order(stages, readme):
    table = re.findall(r"^\| `(\w+)` \|", readme.read_text(), re.MULTILINE)
    assert table == stages + AFTER_THE_BLESSING


def test_each_name_is_a_module_a_target_and_a_section_of_params(stages):
    makefile = (TEMPLATE / "Makefile").read_text()
    params = (TEMPLATE / "params.yaml").read_text()
    sections = re.findall(r"^(\w+):", params, re.MULTILINE)
    for name in stages + AFTER_THE_BLESSING:
        assert len([*TEMPLATE.glob(f"pipeline/*/{name}.py")]) == 1, name
        assert re.search(rf"^{name}:.* ## ", makefile, re.MULTILINE), name
        assert name in sections, name
    assert [name for name in sections if name in stages] == stages


def test_each_stage_has_tests_of_its_name(stages):
    for name in stages + AFTER_THE_BLESSING:
        assert len([*REPOSITORY.glob(f"tests/unit/*/test_{name}.py")]) == 1, name


def test_the_targets_stand_in_the_journeys_order(stages):
    makefile = (TEMPLATE / "Makefile").read_text()
    targets = re.findall(r"^(\w+):.* ## ", makefile, re.MULTILINE)
    assert [name for name in targets if name in stages + AFTER_THE_BLESSING] == [
        *stages,
        *AFTER_THE_BLESSING,
    ]


def test_every_test_of_a_gate_is_listed():
    """Ours are; in a project, whoever adds tests to a gate need not list them."""
    listed = (TEMPLATE / "tests/gates.txt").read_text().split("\n")
    for folder in ("data", "model", "serving"):
        for file in sorted((TEMPLATE / "tests" / folder).glob("test_*.py")):
            for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE):
                assert f"tests/{folder}/{file.name}::{name}" in listed
