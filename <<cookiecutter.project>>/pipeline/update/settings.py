"""Settles what git takes for a conflict in `params.yaml` and `schema.yaml`, and is none.

Git merges blocks of lines. In a file of settings each line sets one key, with a comment beside it:
that a person changed a number, and the template the comment on it or a line near it, is no
conflict. What is one, key by key, is left to git's marks.
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

Keys = tuple[str, ...]  # that lead to a line
Lines = list[tuple[Keys | None, str]]  # None: a comment, an item or a text that has no key


class _InConflict(Exception):
    """Both sides changed the same line, or one that no key names."""


def settle(project: Git, outcome: Outcome) -> Outcome:
    """Settle what can be settled, and finish the commit where no conflict is left."""
    settled = {}
    for path, stages in outcome.conflicts.items():
        if path in FILES and stages == {BASE, OURS, THEIRS}:
            text = merged(*(project("show", f":{stage}:{path}") for stage in (OURS, BASE, THEIRS)))
            if text is not None:
                settled[path] = text
    for path, text in settled.items():
        (project.folder / path).write_text(text, encoding="utf-8")
        project("add", "--", path)
    left = {path: stages for path, stages in outcome.conflicts.items() if path not in settled}
    if settled and not left:
        finish(project)
    return Outcome(outcome.before, left)


def merged(ours: str, base: str, theirs: str) -> str | None:
    """Return the template's text with what a person changed; None where both changed the same.

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
    """Return the lines with the keys that lead to each: those of the less indented lines above."""
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
        raise _InConflict  # where in the template's text such a change belongs, nothing tells
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
    raise _InConflict  # the template has it no longer


def _remove(lines: Lines, keys: Keys, base: str) -> None:
    """Remove a line that a person removed; one that the template changed is in conflict."""
    for entry in [entry for entry in lines if entry[0] == keys]:
        if entry[1] != base:
            raise _InConflict
        lines.remove(entry)


def _line(ours: str, base: str, theirs: str) -> str:
    """Return the line with the changes of both sides: of its value, and of its comment."""
    values, comments = zip(*map(_split, (ours, base, theirs)), strict=True)
    value, comment = _chosen(*values), _chosen(*map(str.strip, comments))
    if value is None or comment is None:
        raise _InConflict
    # The comment stands where the template has it, if the value leaves room.
    width = max(len(theirs) - len(comments[2].lstrip()), len(value) + 2)
    return f"{value:<{width}}{comment}".rstrip()


def _split(line: str) -> tuple[str, str]:
    parts = _LINE.fullmatch(line)
    return (parts["value"], parts["comment"]) if parts else (line, "")


def _chosen(ours: str, base: str, theirs: str) -> str | None:
    """Return what one side changed, or none did; None where both did, differently."""
    if ours in (base, theirs):
        return theirs
    return ours if theirs == base else None


def _keeps_both(text: str, *sides: str) -> bool:
    """Tell whether each setting is the one that a side changed, or that neither did."""
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
