"""What the changelog says of the way from one version to another."""

from pipeline.update import changes

OLD = "# Changelog\n\n## Unreleased\n\n- Bread,\n  of rye.\n- Rolls.\n"


def test_an_entry_that_the_old_version_had_is_left_out():
    new = "# Changelog\n\n## 1.0.0 (2026-11-28)\n\n- Bread,\n  of rye.\n- Rolls.\n- A crust.\n"
    assert changes.between(OLD, new) == "## 1.0.0 (2026-11-28)\n- A crust."


def test_entries_stand_under_their_versions_newest_first():
    new = "## 1.1.0\n- Cake,\n  with cream.\n## 1.0.0\n- A crust.\n- Rolls.\n"
    assert changes.between(OLD, new) == "## 1.1.0\n- Cake,\n  with cream.\n## 1.0.0\n- A crust."


def test_nothing_new_is_nothing_to_say():
    assert changes.between(OLD, OLD) == ""
    assert changes.between(OLD, "") == ""


def test_without_an_old_changelog_all_is_new():
    assert changes.between("", "## 1.0.0\n- Bread.\n") == "## 1.0.0\n- Bread."
