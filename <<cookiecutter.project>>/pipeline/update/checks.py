"""Conditions for an update, checked before anything is changed."""

from pathlib import Path

from pipeline.core.errors import Refusal
from pipeline.update.git import Git

# Files that git keeps while an operation is half done, and the command that undoes it.
HALF_DONE = {
    "MERGE_HEAD": "git merge --abort",
    "CHERRY_PICK_HEAD": "git cherry-pick --abort",
    "REVERT_HEAD": "git revert --abort",
    "rebase-merge": "git rebase --abort",
    "rebase-apply": "git rebase --abort",
    "sequencer": "git cherry-pick --abort",
}

MOST_NAMES = 3  # files that a sentence names; the rest is counted


def ready(project: Git) -> None:
    """Check that the project is a repository of its own, clean, and that git knows who commits.

    Raises:
        Refusal: with what to do.
    """
    top = project.run("rev-parse", "--show-toplevel")
    if top.returncode:
        raise Refusal(
            "this folder is not a git repository, and an update is a commit: git init creates one"
        )
    if Path(top.stdout.removesuffix("\n")).resolve() != project.folder.resolve():
        raise Refusal("the project is a folder inside a larger repository, which cannot be updated")
    if not project.succeeds("rev-parse", "--verify", "--quiet", "HEAD"):
        raise Refusal("nothing is committed yet; commit the project first")
    _nothing_half_done(project)
    changed = project.listed("status", "--porcelain", "-z", "--untracked-files=no", "--no-renames")
    if changed:
        raise Refusal(
            f"{named([entry[3:] for entry in changed])} changed since the last commit; "
            "commit or stash that first, so that nothing is lost"
        )
    if not project.succeeds("var", "GIT_COMMITTER_IDENT"):
        raise Refusal(
            "git does not know who makes the commit; tell it: "
            "git config user.name NAME && git config user.email MAIL"
        )


def _nothing_half_done(project: Git) -> None:
    for name, command in HALF_DONE.items():
        path = project("rev-parse", "--path-format=absolute", "--git-path", name)
        if Path(path).exists():
            operation = command.split()[1]
            raise Refusal(f"a {operation} is half done; finish it, or undo it: {command}")


def nothing_in_the_way(project: Git, base: str, new: str) -> None:
    """Check that the merge would overwrite no file that is not in git.

    Git itself protects untracked files, but not ignored ones.

    Args:
        base, new: the difference between these commits will be merged.

    Raises:
        Refusal: names the files.
    """
    written = project.listed(
        "diff", "--name-only", "--no-renames", "--diff-filter=AM", "-z", base, new
    )
    tracked = project.files("HEAD").keys()
    blocking = {path: _blocking(project.folder, path, tracked) for path in written}
    if names := sorted({name for name in blocking.values() if name}):
        raise Refusal(
            f"the update would overwrite {named(names)}, which is not in git; "
            "commit or move it first"
        )


def _blocking(folder: Path, path: str, tracked) -> str | None:
    """Return the file outside of git that stands in the place of `path` or of a folder of it."""
    if path in tracked:
        return None
    for part in [*reversed(Path(path).parents[:-1]), Path(path)]:
        file = folder / part
        if (file.is_symlink() or file.is_file()) and part.as_posix() not in tracked:
            return part.as_posix()
    return None


def named(paths: list[str]) -> str:
    """Return the first paths, and how many more there are.

    >>> named(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    rest = len(paths) - MOST_NAMES
    return ", ".join(paths[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
