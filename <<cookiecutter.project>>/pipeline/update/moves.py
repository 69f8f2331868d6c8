"""Where the template moved files that a person edited, and which imports that breaks."""

import ast
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pipeline.update.git import Git
from pipeline.update.merge import LIKENESS

TABLE = (
    "pipeline/update/moves.json"  # git detects renames, but not which files a file was split into
)

Places = Mapping[str, list[str]]  # removed file -> the files that hold its content now


def places(project: Git, base: str, new: str) -> dict[str, list[str]]:
    """Return, for each file that the template removed or moved, the files that hold its content.

    The first is the one into which git merges a person's edits, if git detected a rename.
    """
    renamed = project.listed(
        "diff", "--name-status", "-z", "--diff-filter=R", f"-M{LIKENESS}", base, new
    )
    # Each rename is three items: R and the likeness, the old path, the new path.
    renames = {old: [path] for old, path in zip(renamed[1::3], renamed[2::3], strict=True)}
    table = json.loads(project.run("show", f"{new}:{TABLE}").stdout or "{}")
    present = project.files(new)
    return {
        old: list(dict.fromkeys([*renames.get(old, []), *table.get(old, [])]))
        for old in renames.keys() | table.keys()
        if old not in present
    }


def edited(project: Git, base: str, before: str) -> list[str]:
    """Return the template's files that a person changed, by path."""
    changed = ("diff", "--name-only", "--no-renames", "--diff-filter=M", "-z")
    return project.listed(*changed, base, before)


def stale_imports(
    project: Git, base: str, new: str, places: Places, unmerged: Collection[str]
) -> list[str]:
    """Return a sentence for each import of a module that the template no longer has.

    Covers the Python files in the work tree that a person wrote or changed, except those in
    conflict.
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
    """Yield the dotted names that a file imports; none if it cannot be parsed."""
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
    """Return the names, joined by commas and "and".

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
