"""Section `project` of params.yaml."""

from pathlib import Path

import pytest

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.core.project import Project


@pytest.fixture
def written(tmp_path, monkeypatch):
    """`written(text)` makes params.yaml of the text in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda text: Path("params.yaml").write_text(text)


def test_the_section_names_the_project_and_its_registry(written):
    written('project: {name: bakery, registry: ""}\n')
    assert params.load("project", Project) == Project(name="bakery", registry="")


def test_a_key_that_nothing_reads_is_refused(written):
    written("project: {name: bakery, registri: ghcr.io}\n")
    with pytest.raises(Refusal, match=r"no stage reads `project\.registri` \(did you mean `reg"):
        params.load("project", Project)
