"""The sentences that tell a person what to look at after an update."""

import shlex
from collections.abc import Collection, Iterable

from pipeline.update.merge import BASE, OURS, THEIRS
from pipeline.update.moves import Places, listed

RESOLVE = (
    "resolve each as described above, git add it, then git cherry-pick --continue; "
    "to go back to before the update: git cherry-pick --abort"
)


def conflict(path: str, stages: set[int], places: Places, change: str) -> str:
    """Describe the conflict in a file, and how to resolve it.

    Args:
        stages: the versions (BASE, OURS, THEIRS) that have the file.
        places: for files that the template no longer has, the files that hold their content.
        change: two commits; the difference between them is the person's change.

    >>> print(conflict("a.py", {BASE, THEIRS}, {}, "c0ffee decade"))
    a.py: you removed it, and the template changed it; git rm a.py, or take it by git add a.py
    """
    quoted = shlex.quote(path)
    if stages == {BASE, OURS}:
        see = f"(git diff {change} -- {quoted} shows it)"
        if path in places:
            return (
                f"{path}: you changed it, and its content moved to {listed(places[path])}; "
                f"make your change there {see}, then git rm {quoted}"
            )
        return (
            f"{path}: you changed it {see}, and the template no longer has it; "
            f"git rm {quoted}, or keep it by git add {quoted}"
        )
    if stages == {BASE, THEIRS}:
        return (
            f"{path}: you removed it, and the template changed it; "
            f"git rm {quoted}, or take it by git add {quoted}"
        )
    if stages == {OURS, THEIRS}:
        return f"{path}: you and the template both added it; choose between the conflict markers"
    if stages == {BASE, OURS, THEIRS}:
        former = [old for old, paths in places.items() if path == paths[0]]
        name = f"{path} (it was {listed(former)})" if former else path
        return (
            f"{name}: you and the template changed the same lines; "
            "choose between the conflict markers"
        )
    return f"{path}: one side moved or removed it, and the other changed it; see git status"


def moved(edited: Iterable[str], places: Places, unmerged: Collection[str]) -> list[str]:
    """List the edited files that the template moved and git merged, with their new places.

    >>> moved(["a.py"], {"a.py": ["recipe/b.py", "recipe/c.py"]}, unmerged=[])
    ['a.py moved to recipe/b.py, and your change with it; more of it is in recipe/c.py now']
    """
    sentences = []
    for path in edited:
        if path in places and path not in unmerged:
            first, *more = places[path]
            change = (
                "your change, which is in conflict" if first in unmerged else "your change with it"
            )
            also = f"; more of it is in {listed(more)} now" if more else ""
            sentences.append(f"{path} moved to {first}, and {change}{also}")
    return sentences
