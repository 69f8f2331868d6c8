"""One self-contained HTML page: text, tables and pictures, no file or address beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape


@dataclass(frozen=True)
class Figure:
    """A picture (an SVG element) and how to read it; `wide`: it stands alone in its row."""

    heading: str
    reading: str
    svg: str
    wide: bool = False
    kind: str = "figure"


@dataclass(frozen=True)
class Table:
    """Rows of cells under `columns`; numbers are shown with four digits."""

    heading: str
    reading: str
    columns: list[str]
    rows: list[list[Any]]
    kind: str = "table"


def render(title: str, verdict: str, lead: str, reasons: list[str], sections: list) -> str:
    """Return the page; `verdict` colours its head, `reasons` say why a gate closed."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    return environment.get_template("page.html").render(
        title=title, verdict=verdict, lead=lead, reasons=reasons, sections=sections
    )


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
