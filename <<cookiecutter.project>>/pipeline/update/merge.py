"""Merges the difference between two rendered trees into the project, by git's three-way merge."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import Refusal
from pipeline.update.git import Git, complaint

# Take the files byte for byte: no settings on line endings, modes or ignored names apply.
VERBATIM = ("-c", "core.autocrlf=false", "-c", "core.excludesFile=", "-c", "core.fileMode=true")

# When all files of a folder moved, files that the user added to it move too (the champion).
RENAMES = (
    "-c",
    "merge.renames=true",
    "-c",
    "merge.directoryRenames=true",
    "-c",
    "merge.renameLimit=0",
)

# Similarity from which git takes a removed and an added file for a rename. With git's default of
# 50 % a person's edits would not follow a file that was split up.
LIKENESS = "40%"

BASE, OURS, THEIRS = 1, 2, 3  # git's stages of a path in conflict


@dataclass(frozen=True)
class Outcome:
    """What the merge came to.

    Attributes:
        before: the commit that the project was at.
        conflicts: for each path in conflict, the versions (BASE, OURS, THEIRS) that have it.
    """

    before: str
    conflicts: dict[str, set[int]]


def write_tree(project: Git, folder: Path, scratch: Path) -> str:
    """Write the files of a folder into the project's objects; return the tree.

    The index and settings are those of a temporary repository in `scratch`: the project's own index
    stays untouched, and its ignored names do not apply.
    """
    objects = project("rev-parse", "--path-format=absolute", "--git-path", "objects")
    kind = project("rev-parse", "--show-object-format")
    Git(folder)("init", "--quiet", "--bare", f"--object-format={kind}", str(scratch))
    places = {
        "GIT_DIR": str(scratch),
        "GIT_WORK_TREE": str(folder),
        "GIT_OBJECT_DIRECTORY": objects,
    }
    git = Git(folder, tuple(places.items()))
    git(*VERBATIM, "add", "--all")
    return git("write-tree")


def write_commits(project: Git, base: str, new: str, message: str) -> tuple[str, str]:
    """Commit the base's tree and, as its child, the new tree; on no branch."""
    first = project("commit-tree", base, "-m", "ml-template as this project has it")
    return first, project("commit-tree", new, "-p", first, "-m", message)


def apply(project: Git, commit: str) -> Outcome:
    """Cherry-pick a commit: the result is a new commit, or conflicts as git leaves them.

    Raises:
        Refusal: git failed without a conflict; the project is as it was before.
    """
    before = project("rev-parse", "HEAD")
    done = project.run(
        *RENAMES, "cherry-pick", f"--strategy-option=find-renames={LIKENESS}", commit
    )
    conflicts = _conflicts(project)
    if done.returncode and not conflicts:
        project.run("cherry-pick", "--abort")
        raise Refusal(f"git could not merge, and nothing was changed: {complaint(done.stderr)}")
    return Outcome(before, conflicts)


def finish(project: Git) -> None:
    """Commit the merge when no conflict is left."""
    project("-c", "core.editor=true", "cherry-pick", "--continue")


def _conflicts(project: Git) -> dict[str, set[int]]:
    stages = defaultdict(set)
    for entry in project.listed("ls-files", "--unmerged", "-z"):
        meta, path = entry.split("\t", 1)
        stages[path].add(int(meta.split()[2]))
    return dict(sorted(stages.items()))
