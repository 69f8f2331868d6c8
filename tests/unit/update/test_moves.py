"""Where the template moved what a person edited, and which imports that broke."""

import json

import pytest

from pipeline.update import moves

LINES = "".join(f"line {number}\n" for number in range(30))


@pytest.fixture
def moved(make_repository):
    """A project, with a commit of the old files and one of the new, by which files moved."""
    old = {"pipeline/a.py": LINES, "pipeline/b.py": "b = 1\n", "pipeline/c.py": "c = 1\n"}
    project = make_repository("moved", {**old, "README.md": "old"})
    table = {"pipeline/a.py": ["recipe/extra.py"], "pipeline/b.py": ["recipe/b.py"], "c": ["d"]}
    new = project.commit(
        {
            **dict.fromkeys(old),
            "pipeline/core/a.py": LINES + "more\n",
            "recipe/b.py": "nothing alike",
            "c": "is still there",
            moves.TABLE: json.dumps(table),
        }
    )
    return project, new + "^", new


def test_places_are_what_git_sees_and_what_the_template_says(moved):
    project, base, new = moved
    assert moves.places(project.git, base, new) == {
        "pipeline/a.py": ["pipeline/core/a.py", "recipe/extra.py"],
        "pipeline/b.py": ["recipe/b.py"],
    }


def test_a_template_without_a_table_has_what_git_sees(moved):
    project, base, _ = moved
    new = project.commit({moves.TABLE: None})
    assert moves.places(project.git, base, new) == {"pipeline/a.py": ["pipeline/core/a.py"]}


def test_edited_are_the_templates_own_files_that_changed(project):
    base = project.git("rev-parse", "HEAD")
    project.commit({"README.md": "mine", "mine.py": "", "Makefile": None})
    assert moves.edited(project.git, base, "HEAD") == ["README.md"]


def test_an_import_of_a_module_that_moved_is_named_with_its_place(moved):
    project, base, new = moved
    project.commit(
        {
            "tests/data/test_own.py": "from pipeline import a, core\nimport pipeline.b\n",
            "tests/data/test_inside.py": "def late():\n    from pipeline.c import c\n",
            "tests/data/test_right.py": "from pipeline.core.a import x\nfrom . import a\n",
            "tests/data/test_broken.py": "def (\n",
            "tests/data/notes.txt": "import pipeline.b\n",
            "tests/data/test_unmerged.py": "import pipeline.b\n",
        }
    )
    places = moves.places(project.git, base, new)
    unmerged = ["tests/data/test_unmerged.py"]
    assert moves.stale_imports(project.git, base, new, places, unmerged) == [
        "tests/data/test_inside.py imports pipeline.c, which is gone",
        "tests/data/test_own.py imports pipeline.a, which moved to pipeline/core/a.py and "
        "recipe/extra.py",
        "tests/data/test_own.py imports pipeline.b, which moved to recipe/b.py",
    ]


def test_the_templates_own_imports_are_its_own_affair(moved):
    project, base, _ = moved
    new = project.commit({"pipeline/core/stale.py": "import pipeline.b\n"})
    assert moves.stale_imports(project.git, base, new, {}, []) == []
