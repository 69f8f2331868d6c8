"""Which version of the template this project has, and whether its machinery was changed.

`.template.json` records the template's address and commit, the answers, and the digest of each
machinery file. The template's hook writes it when a project is generated, `make update` rewrites
it. Standard library only: the hook loads this file by its path, in cookiecutter's own Python.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = ".template.json"

# Files that a user has no reason to edit: the code, and the two files that call it. All other files
# belong to the user.
MACHINERY = ("pipeline", "Makefile", "dvc.yaml")

MOST_NAMES = 5  # a sentence names this many changed files and counts the rest

_VERSION = re.compile(r"^## (\d+\.\d+\.\d+)\b", re.MULTILINE)
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class State:
    """Differences between the machinery files and what was rendered: sorted paths.

    Attributes:
        version: the template's version; None if there is no readable record.
    """

    version: str | None
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return one sentence: the version, and the files that differ.

        >>> State("1.4.0").sentence()
        'machinery 1.4.0, unchanged'
        >>> State("1.4.0", changed=("Makefile",), removed=("pipeline/a.py",)).sentence()
        'machinery 1.4.0, but for changed: Makefile; removed: pipeline/a.py'
        """
        if self.version is None:
            return f"machinery of an unknown version: {FILE} is missing or unreadable"
        kinds = {"changed": self.changed, "added": self.added, "removed": self.removed}
        lists = [f"{kind}: {_listed(paths)}" for kind, paths in kinds.items() if paths]
        return f"machinery {self.version}, " + (
            f"but for {'; '.join(lists)}" if lists else "unchanged"
        )


def digests(project: Path) -> dict[str, str]:
    """Return `sha256:...` of each machinery file, by its path in the project."""
    return {
        file.relative_to(
            project
        ).as_posix(): f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in sorted(_files(project))
    }


def _files(project: Path) -> Iterator[Path]:
    for name in MACHINERY:
        path = project / name
        inside = path.rglob("*") if path.is_dir() else [path]
        yield from (file for file in inside if file.is_file() and "__pycache__" not in file.parts)


def version(changelog: str, commit: str | None) -> str:
    """Return the template's version: that of the newest section of its CHANGELOG.md.

    If the first section has no version (`## Unreleased`), the commit follows after a plus sign, or
    "changed" if the files were not committed.

    >>> version("# Changelog", None)
    '0+changed'
    >>> version("## 1.2.0 (2027-01-31)", "c0ffee77c0ffee77")
    '1.2.0'
    >>> version("## Unreleased\\n- New.\\n## 1.2.0", "c0ffee77c0ffee77")
    '1.2.0+c0ffee7'
    """
    released, newest = _VERSION.search(changelog), _SECTION.search(changelog)
    if released and newest and released.start() == newest.start():
        return released[1]
    return f"{released[1] if released else '0'}+{(commit or 'changed')[:7]}"


def record(
    address: str, commit: str | None, version: str, answers: Mapping[str, Any], project: Path
) -> str:
    """Return the text of `.template.json`, byte for byte the same for the same project.

    `commit` is None if the template was not a git checkout or had uncommitted changes: `make
    update` then searches for the commit with the most similar files.
    """
    content = {
        "template": address,
        "commit": commit,
        "version": version,
        "answers": {name: answer for name, answer in answers.items() if not name.startswith("_")},
        "machinery": digests(project),
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def state(project: Path) -> State:
    """Compare the machinery files with the digests in `.template.json`."""
    try:
        content = json.loads((project / FILE).read_text(encoding="utf-8"))
        rendered, known = dict(content["machinery"]), str(content["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return State(None)
    present = digests(project)
    return State(
        known,
        changed=tuple(
            sorted(path for path in rendered.keys() & present if rendered[path] != present[path])
        ),
        added=tuple(sorted(present.keys() - rendered)),
        removed=tuple(sorted(rendered.keys() - present)),
    )


def _listed(paths: tuple[str, ...]) -> str:
    rest = len(paths) - MOST_NAMES
    return ", ".join(paths[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
