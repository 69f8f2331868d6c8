"""The part of the template's changelog between two versions."""

import re

_SECTION = re.compile(r"^## ", re.MULTILINE)
_ENTRY = re.compile(r"^- ", re.MULTILINE)


def between(old: str, new: str) -> str:
    """Return the sections of the new CHANGELOG.md, without the entries that the old one has.

    >>> print(between("## 1.0.0\\n- First.\\n", "## 1.1.0\\n- More.\\n## 1.0.0\\n- First.\\n"))
    ## 1.1.0
    - More.
    """
    known = {entry for _, entries in _sections(old) for entry in entries}
    sections = []
    for heading, entries in _sections(new):
        if fresh := [entry for entry in entries if entry not in known]:
            sections.append("\n".join([f"## {heading}", *(f"- {entry}" for entry in fresh)]))
    return "\n".join(sections)


def _sections(text: str) -> list[tuple[str, list[str]]]:
    """Return each section's heading with its entries."""
    sections = []
    for part in _SECTION.split(text)[1:]:
        heading, _, body = part.partition("\n")
        sections.append((heading.strip(), [entry.strip() for entry in _ENTRY.split(body)[1:]]))
    return sections
