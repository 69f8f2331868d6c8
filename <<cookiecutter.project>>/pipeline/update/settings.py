"""Resolves conflicts in `params.yaml` and `schema.yaml` that exist only because git merges lines.

When a person changed a number, and the template the comment beside it or the next line, git reports
a conflict. Merged key by key, with values and comments apart, there is none. A conflict that
remains is left as git marked it.
"""

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml.error import YAMLError

from pipeline.core import params
from pipeline.update.git import Git
from pipeline.update.merge import BASE, OURS, THEIRS, Outcome, finish

FILES = ("params.yaml", "schema.yaml")

_KEY = re.compile(r"(?P<indent> *)(?P<key>[^\s#:-][^:#]*):(\s|$)")
# A comment begins at a # that follows a space and stands in no quotes.
_LINE = re.compile(
    r"""(?P<value>(?:"[^"]*"|'[^']*'|(?<=\S)\#|[^"'#])*?)(?P<comment>\s*(?:(?<!\S)\#.*)?)"""
)

Keys = tuple[str, ...]  # the keys that lead to a line
Lines = list[tuple[Keys | None, str]]  # None: a line without a key


class _InConflict(Exception):
    """Both sides changed the same line, or the change is on a line without a key."""


def resolve(project: Git, outcome: Outcome) -> Outcome:
    """Resolve what can be resolved; commit if no conflict is left."""
    resolved = {}
    for path, stages in outcome.conflicts.items():
        if path in FILES and stages == {BASE, OURS, THEIRS}:
            text = merged(*(project("show", f":{stage}:{path}") for stage in (OURS, BASE, THEIRS)))
            if text is not None:
                resolved[path] = text
    for path, text in resolved.items():
        (project.folder / path).write_text(text, encoding="utf-8")
        project("add", "--", path)
    left = {path: stages for path, stages in outcome.conflicts.items() if path not in resolved}
    if resolved and not left:
        finish(project)
    return Outcome(outcome.before, left)


def merged(ours: str, base: str, theirs: str) -> str | None:
    """Return the template's text with a person's changes; None if both changed the same thing.

    >>> merged("a: 2  # old", "a: 1  # old", "a: 1  # new")
    'a: 2  # new\\n'
    """
    try:
        lines = _merged(*(_lines(text) for text in (ours, base, theirs)))
        text = "".join(f"{line}\n" for line in lines)
        return text if _keeps_both(text, ours, base, theirs) else None
    except (_InConflict, YAMLError):
        return None


def _lines(text: str) -> Lines:
    """Return each line with the keys that lead to it, by indentation."""
    above: list[tuple[int, str]] = []
    lines: Lines = []
    for line in text.splitlines():
        if not (match := _KEY.match(line)):
            lines.append((None, line))
            continue
        above = [(indent, key) for indent, key in above if indent < len(match["indent"])]
        above.append((len(match["indent"]), match["key"]))
        lines.append((tuple(key for _, key in above), line))
    return lines


def _merged(ours: Lines, base: Lines, theirs: Lines) -> list[str]:
    if [line for keys, line in ours if not keys] != [line for keys, line in base if not keys]:
        raise _InConflict  # the place of such a change in the template's text is unknown
    own, old, lines = dict(ours), dict(base), list(theirs)
    order = [keys for keys, _ in ours if keys]
    for keys in sorted(old.keys() - own - {None}):
        _remove(lines, keys, old[keys])
    for index, keys in enumerate(order):
        if keys not in old:
            above = order[index - 1] if index else None
            lines.insert(_position(lines, above) + 1, (keys, own[keys]))
        elif own[keys] != old[keys]:
            at = _position(lines, keys)
            lines[at] = (keys, _line(own[keys], old[keys], lines[at][1]))
    return [line for _, line in lines]


def _position(lines: Lines, keys: Keys | None) -> int:
    for position, (others, _) in enumerate(lines):
        if keys and others == keys:
            return position
    raise _InConflict  # the template no longer has it


def _remove(lines: Lines, keys: Keys, base: str) -> None:
    """Remove a line that a person removed, unless the template changed it."""
    for entry in [entry for entry in lines if entry[0] == keys]:
        if entry[1] != base:
            raise _InConflict
        lines.remove(entry)


def _line(ours: str, base: str, theirs: str) -> str:
    """Merge a line: its value and its comment separately."""
    values, comments = zip(*map(_split, (ours, base, theirs)), strict=True)
    value, comment = _chosen(*values), _chosen(*map(str.strip, comments))
    if value is None or comment is None:
        raise _InConflict
    # Keep the comment in the template's column if the value is short enough.
    width = max(len(theirs) - len(comments[2].lstrip()), len(value) + 2)
    return f"{value:<{width}}{comment}".rstrip()


def _split(line: str) -> tuple[str, str]:
    parts = _LINE.fullmatch(line)
    return (parts["value"], parts["comment"]) if parts else (line, "")


def _chosen(ours: str, base: str, theirs: str) -> str | None:
    """Return the changed text; None if both sides changed it differently."""
    if ours in (base, theirs):
        return theirs
    return ours if theirs == base else None


def _keeps_both(text: str, *sides: str) -> bool:
    """Check the result by value: each setting is the one that either side changed."""
    result, ours, base, theirs = (dict(_leaves(params.parsed(each))) for each in (text, *sides))
    return all(
        value == (theirs if ours.get(keys) == base.get(keys) else ours).get(keys)
        for keys, value in result.items()
    )


def _leaves(content: Any, keys: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    """Yield each value of nested mappings, with the keys that lead to it."""
    if isinstance(content, dict) and content:
        for key, value in content.items():
            yield from _leaves(value, (*keys, key))
    else:
        yield keys, content
