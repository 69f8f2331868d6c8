"""Where the template moved what a person edited, and which of a person's imports that broke."""

import ast
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pipeline.update.git import Git
from pipeline.update.merge import LIKENESS

TABLE = "pipeline/update/moves.json"  # of the new version; git sees renames, but no file split up

Places = Mapping[str, list[str]]  # of a file that is gone, the files that hold its content now


def places(project: Git, base: str, new: str) -> dict[str, list[str]]:
    """Return where the content of each file is that the template has no longer.

    The first place is the one that git merges a person's changes into, if it found a likeness.
    """
    renamed = project.listed(
        "diff", "--name-status", "-z", "--diff-filter=R", f"-M{LIKENESS}", base, new
    )
    # Each rename is three items: R and the likeness, the old path, the new path.
    found = {old: [path] for old, path in zip(renamed[1::3], renamed[2::3], strict=True)}
    table = json.loads(project.run("show", f"{new}:{TABLE}").stdout or "{}")
    present = project.files(new)
    return {
        old: list(dict.fromkeys([*found.get(old, []), *table.get(old, [])]))
        for old in found.keys() | table.keys()
        if old not in present
    }


def edited(project: Git, base: str, before: str) -> list[str]:
    """Return the template's files that a person changed, by path."""
    changed = ("diff", "--name-only", "--no-renames", "--diff-filter=M", "-z")
    return project.listed(*changed, base, before)


def stale_imports(
    project: Git, base: str, new: str, places: Places, unmerged: Collection[str]
) -> list[str]:
    """Return a sentence for each file that imports a module which the template has no longer.

    Looked at are the Python files in the work tree that a person wrote or changed; those in
    conflict have to be looked at anyway.
    """
    former, latest = project.files(base), project.files(new)
    entries = (entry.split("\t", 1) for entry in project.listed("ls-files", "--stage", "-z"))
    present = {path: meta.split()[1] for meta, path in entries}
    sentences = []
    for path, blob in present.items():
        if not path.endswith(".py") or path in unmerged or latest.get(path) == blob:
            continue
        for name in _imported(project.folder / path):
            module = name.replace(".", "/") + ".py"
            if module in former and module not in present:
                where = (
                    f", which moved to {listed(places[module])}"
                    if module in places
                    else ", which is gone"
                )
                sentences.append(f"{path} imports {name}{where}")
    return sorted(set(sentences))


def _imported(file: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports; none where it is no Python (yet)."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def listed(names: list[str]) -> str:
    """Return the names as a sentence has them.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
