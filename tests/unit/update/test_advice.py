"""What a person is told to look at after an update."""

import pytest

from pipeline.update import advice
from pipeline.update.merge import BASE, OURS, THEIRS

PLACES = {"old.py": ["recipe/new.py", "pipeline/new.py"]}
CHANGE = "c0ffee decade"


@pytest.mark.parametrize(
    ("path", "stages", "sentence"),
    [
        (
            "old.py",
            {BASE, OURS},
            "old.py: you changed it, and its content moved to recipe/new.py and pipeline/new.py; "
            "make your change there (git diff c0ffee decade -- old.py shows it), then "
            "git rm old.py",
        ),
        (
            "my gate.py",
            {BASE, OURS},
            "my gate.py: you changed it (git diff c0ffee decade -- 'my gate.py' shows it), and the "
            "template no longer has it; git rm 'my gate.py', or keep it by git add 'my gate.py'",
        ),
        (
            "a.py",
            {BASE, THEIRS},
            "a.py: you removed it, and the template changed it; git rm a.py, or take it by "
            "git add a.py",
        ),
        (
            "a.py",
            {OURS, THEIRS},
            "a.py: you and the template both added it; choose between the conflict markers",
        ),
        (
            "recipe/new.py",
            {BASE, OURS, THEIRS},
            "recipe/new.py (it was old.py): you and the template changed the same lines; choose "
            "between the conflict markers",
        ),
        (
            "a.py",
            {BASE, OURS, THEIRS},
            "a.py: you and the template changed the same lines; choose between the conflict "
            "markers",
        ),
        (
            "a.py",
            {THEIRS},
            "a.py: one side moved or removed it, and the other changed it; see git status",
        ),
    ],
)
def test_a_conflict_says_what_happened_and_what_to_do(path, stages, sentence):
    assert advice.conflict(path, stages, PLACES, CHANGE) == sentence


def test_an_edited_file_that_moved_says_where_the_edit_is():
    also = "; more of it is in pipeline/new.py now"
    assert advice.moved(["other.py", "old.py"], PLACES, []) == [
        f"old.py moved to recipe/new.py, and your change with it{also}"
    ]
    assert advice.moved(["old.py"], PLACES, ["recipe/new.py"]) == [
        f"old.py moved to recipe/new.py, and your change, which is in conflict{also}"
    ]
    assert advice.moved(["old.py"], PLACES, ["old.py"]) == [], "a conflict says so already"
