"""Merges the difference between two rendered trees into the project, by git's three-way merge."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import Refusal
from pipeline.update.git import Git, complaint

# The files as they are, whatever the user's settings say of line ends, modes and ignored names.
VERBATIM = ("-c", "core.autocrlf=false", "-c", "core.excludesFile=", "-c", "core.fileMode=true")

# A folder whose files all moved takes along what the user put into it (say, the champion).
RENAMES = (
    "-c",
    "merge.renames=true",
    "-c",
    "merge.directoryRenames=true",
    "-c",
    "merge.renameLimit=0",
)

# How much of a file has to stand in another one to be taken for what it was renamed to. Git's own
# half would lose sight of a file of which a part moved.
LIKENESS = "40%"

BASE, OURS, THEIRS = 1, 2, 3  # git's stages of a path in conflict


@dataclass(frozen=True)
class Outcome:
    """What the merge came to.

    Attributes:
        before: the commit that the project was at.
        conflicts: for each path in conflict, in which of BASE, OURS and THEIRS it is.
    """

    before: str
    conflicts: dict[str, set[int]]


def write_tree(project: Git, folder: Path, scratch: Path) -> str:
    """Write the files of a folder into the project's objects; return the tree.

    The index and the settings are those of a repository in `scratch`, so that nothing else of the
    project is touched, and what its owner told git to ignore counts for nothing.
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
    """Write a commit of the base's tree and one of the new tree on top; no branch holds them."""
    first = project("commit-tree", base, "-m", "ml-template as this project has it")
    return first, project("commit-tree", new, "-p", first, "-m", message)


def apply(project: Git, commit: str) -> Outcome:
    """Merge what a commit changed into the project: a new commit, or conflicts as git leaves them.

    Raises:
        Refusal: git could not even begin, or finish; the project is as it was before.
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
    """Commit the merge, once nothing is in conflict any more."""
    project("-c", "core.editor=true", "cherry-pick", "--continue")


def _conflicts(project: Git) -> dict[str, set[int]]:
    stages = defaultdict(set)
    for entry in project.listed("ls-files", "--unmerged", "-z"):
        meta, path = entry.split("\t", 1)
        stages[path].add(int(meta.split()[2]))
    return dict(sorted(stages.items()))
