"""One self-contained HTML page of texts, tables and pictures: it loads no other file or address.

A page holds items (texts, tables, pictures); a long page holds parts, which its head links to.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, Template, select_autoescape
from markupsafe import Markup, escape

# The words that are coloured, in cells and as a page's verdict.
GOOD = ("passed", "ok", "same", "in production", "blessed", "cheapest")
BAD = ("failed", "stopped", "absent", "alert", "changed", "missing", "empty")
OPEN = ("not run", "out of date", "unfinished", "drifted")


@dataclass(frozen=True)
class Figure:
    """A picture (an SVG element) and how to read it; a `wide` one fills its row."""

    heading: str
    reading: str
    svg: str
    wide: bool = False
    kind: str = "figure"


@dataclass(frozen=True)
class Row:
    """Small pictures side by side, each with its caption; `facts` stand beside the heading."""

    heading: str
    reading: str
    pictures: list[tuple[str, str]]
    facts: str = ""
    kind: str = "row"


@dataclass(frozen=True)
class Table:
    """Rows of cells under `columns`; numbers are shown with four digits."""

    heading: str
    reading: str
    columns: list[str]
    rows: list[list[Any]]
    kind: str = "table"


@dataclass(frozen=True)
class Text:
    """Paragraphs of text; `bad` colours what a person has to mend."""

    heading: str
    reading: str = ""
    paragraphs: list[str] = field(default_factory=list)
    bad: bool = False
    kind: str = "text"


@dataclass(frozen=True)
class Steps:
    """Steps in order, each a name, a verdict, a duration in words, a note, and reasons."""

    heading: str
    reading: str
    steps: list[tuple[str, str, str, str, list[str]]]
    kind: str = "steps"


@dataclass(frozen=True)
class Part:
    """A part of a long page; the page's head links to its `anchor`."""

    anchor: str
    heading: str
    lead: str
    items: list


def render(
    title: str,
    verdict: str,
    lead: str,
    reasons: list[str],
    sections: list,
    parts: Sequence[Part] = (),
) -> str:
    """Return the page; `verdict` colours its head, `reasons` say why a gate closed."""
    return _template().render(
        title=title, verdict=verdict, lead=lead, reasons=reasons, sections=sections, parts=parts
    )


@functools.cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, colour=colour, words=words)
    return environment.get_template("page.html")


def words(text: str) -> Markup:
    """Return a sentence as HTML: text in backticks is code.

    >>> words("`x` < 2")
    Markup('<code>x</code> &lt; 2')
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def plain(text: str) -> str:
    """Return a text as one line of Markdown, with what Markdown would interpret escaped.

    >>> plain("a|b <i>")
    'a\\\\|b &lt;i&gt;'
    """
    line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return line.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def colour(value: Any) -> str:
    """Return the CSS class of a verdict: good, bad or open; "" for any other cell.

    >>> colour("failed"), colour(0.5)
    ('bad', '')
    """
    known = {"good": GOOD, "bad": BAD, "open": OPEN}
    return next((name for name, words in known.items() if value in words), "")


def shown(value: Any) -> str:
    """Return a cell as people read it.

    >>> shown(0.123456), shown(12345), shown(None)
    ('0.1235', '12,345', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
