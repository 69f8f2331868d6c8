"""A setting that a person changed, and a comment that the template changed, are no conflict."""

import pytest

from pipeline.update import settings

BASE = """\
# All that is tuned.
train:
  estimator: Linear  # pipeline/train.py lists them
  arguments: {C: 1.0, max_iter: 2000}
  name: "a # b"        # of the model

test:
  seed: 1
"""


def changed(**lines: str) -> str:
    """Return BASE with the lines that set these keys replaced."""
    out = []
    for line in BASE.splitlines():
        key = line.split(":")[0].strip()
        out.append(lines.get(key, line))
    return "\n".join(out) + "\n"


def test_a_persons_value_and_the_templates_comment_are_both_kept():
    ours = changed(estimator="  estimator: Forest  # pipeline/train.py lists them")
    theirs = changed(estimator="  estimator: Linear  # recipe/ lists them")
    assert settings.merged(ours, BASE, theirs) == changed(
        estimator="  estimator: Forest  # recipe/ lists them"
    )


def test_a_persons_comment_and_the_templates_value_are_both_kept():
    ours = changed(name='  name: "a # b"        # of mine')
    theirs = changed(name='  name: "a # c"        # of the model')
    assert settings.merged(ours, BASE, theirs) == changed(name='  name: "a # c"        # of mine')


def test_changes_of_neighbouring_lines_are_both_kept():
    ours = changed(arguments="  arguments: {C: 0.5, max_iter: 2000}")
    theirs = changed(estimator="  estimator: Linear  # recipe/ lists them")
    assert settings.merged(ours, BASE, theirs) == changed(
        arguments="  arguments: {C: 0.5, max_iter: 2000}",
        estimator="  estimator: Linear  # recipe/ lists them",
    )


def test_a_line_that_a_person_added_stands_below_the_same_line():
    ours = BASE.replace("  seed: 1\n", "  seed: 1\n  rows: 9\n")
    theirs = BASE.replace("  seed: 1\n", "  seed: 1\n  share: 0.1\n")
    assert settings.merged(ours, BASE, theirs) == BASE.replace(
        "  seed: 1\n", "  seed: 1\n  rows: 9\n  share: 0.1\n"
    )


def test_a_line_that_a_person_removed_stays_away():
    ours = BASE.replace("  seed: 1\n", "  seed: 1\n  rows: 9\n")
    assert settings.merged(BASE, ours, ours + "more: 1\n") == BASE + "more: 1\n"


def test_what_the_template_moved_moves():
    theirs = BASE.replace("test:\n  seed: 1\n", "check:\n  seed: 1\n")
    ours = changed(estimator="  estimator: Forest  # pipeline/train.py lists them")
    assert settings.merged(ours, BASE, theirs) == ours.replace("test:", "check:")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (changed(seed="  seed: 2"), changed(seed="  seed: 3")),
        (changed(seed="  seed: 2"), BASE.replace("test:", "check:")),
        (BASE.replace("# All", "# Nearly all"), changed(seed="  seed: 3")),
        (BASE.replace("  seed: 1\n", "  rows: 9\n"), BASE.replace("  seed: 1\n", "  seed: 3\n")),
        (BASE + "own:\n  x: 1\n", BASE.replace("  seed: 1\n", "  share: 1\n")),
        (changed(seed="  seed: ["), changed(name="  name: other")),
    ],
    ids=["same key", "key is gone", "own comment", "removed", "nothing above it", "no YAML"],
)
def test_what_both_changed_is_left_in_conflict(ours, theirs):
    assert settings.merged(ours, BASE, theirs) is None


def test_a_merge_that_gives_a_key_another_value_is_no_merge():
    """A text over several lines holds a line that looks like a key."""
    base = "a: >-\n  seed: 1\nb: 1  # one\n"
    ours = "a: >-\n  seed: 1\nb: 2  # one\nc:\n  seed: 5\n"
    theirs = "c:\n  seed: 4\na: >-\n  seed: 1\nb: 1  # two\n"
    assert settings.merged(ours, base, theirs) is None
