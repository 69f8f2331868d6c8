"""Figures for HTML reports: SVG whose colours are the page's, light or dark."""

import io
import re
import warnings

import matplotlib
import numpy as np

matplotlib.use("svg")
INK, BLUE, GREY, RED, AMBER = "#0f172a", "#2563eb", "#94a3b8", "#dc2626", "#d97706"
# A page sets these names as CSS variables, for light and for dark; elsewhere the colours hold.
NAMES = {INK: "ink", BLUE: "blue", GREY: "grey", RED: "red", AMBER: "amber"}
NARROW = 4.8  # inches: the width of a picture that does not fill its row
LONGEST = 32  # most characters of a name beside a picture
LONGEST_WIDE = 52  # and beside a wide one
matplotlib.rcParams.update(
    {
        **dict.fromkeys(["text.color", "axes.labelcolor", "axes.edgecolor"], INK),
        **dict.fromkeys(["xtick.color", "ytick.color", "grid.color"], INK),
        "text.parse_math": False,  # a `$` in a column's name is a dollar
        "svg.hashsalt": "fixed",  # else two drawings of the same numbers differ
        "svg.fonttype": "none",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.12,
        "figure.constrained_layout.use": True,
    }
)


def intervals(
    names: list[str],
    values: list[float],
    ends: list[list[float] | None],
    marked: list[bool],
    limits: list[float],
    label: str,
    width: float = 9,
) -> str:
    """Return one row for each value: a dot with its interval, the first on top, marked ones in red.

    `ends` holds the two ends of each interval, or None. A dashed line stands at each of `limits`.
    """
    figure, axes = _rows(len(names), width)
    for row, (value, between, mark) in enumerate(zip(values, ends, marked, strict=True)):
        colour = RED if mark else BLUE
        if between:
            axes.hlines(row, *between, color=colour, linewidth=2, alpha=0.5)
        axes.plot(value, row, "o", color=colour)
    for limit in limits:
        axes.axvline(limit, color=GREY, linestyle="--", linewidth=1)
    _name_rows(axes, names, LONGEST_WIDE if width > NARROW else LONGEST)
    axes.set_xlabel(label)
    return svg(figure)


def bars(
    names: list[str], values: list[float], marked: list[bool], limit: float, label: str
) -> str:
    """Return horizontal bars, the first on top, marked ones in red; dashed: the `limit`."""
    figure, axes = _rows(len(names))
    axes.barh(range(len(names)), values, color=[RED if mark else BLUE for mark in marked])
    _name_rows(axes, names)
    axes.axvline(limit, color=GREY, linestyle="--", linewidth=1)
    axes.set_xlabel(label)
    return svg(figure)


def pairs(names: list[str], sides: dict[str, list[float]], label: str) -> str:
    """Return one row for each name: a dot for each of two or three `sides`, joined by a line."""
    figure, axes = _rows(len(names))
    values, rows = np.array(list(sides.values()), dtype="float64"), range(len(names))
    axes.hlines(rows, values.min(axis=0), values.max(axis=0), color=GREY, linewidth=2)
    for (side, of), colour in zip(sides.items(), (GREY, BLUE, AMBER), strict=False):
        axes.plot(of, rows, "o", color=colour, label=side)
    _name_rows(axes, names)
    axes.set_xlabel(label)
    axes.legend(frameon=False, loc="lower right")
    return svg(figure)


def layers(points: dict[str, np.ndarray]) -> str:
    """Return a scatter plot of four named groups of points (n, 2), the later ones on top.

    The frame holds 99 % of the first group; points beyond it are drawn at its border.
    """
    figure, axes = axes_of(6, 5)
    low, high = np.quantile(next(iter(points.values())), [0.005, 0.995], axis=0)
    styles = [(GREY, ".", 4), (BLUE, "o", 4), (AMBER, "^", 7), (RED, "x", 7)]
    for (name, layer), (colour, marker, size) in zip(points.items(), styles, strict=True):
        x, y = layer.clip(low, high).T
        axes.plot(x, y, marker, color=colour, markersize=size, label=name, clip_on=False)
    axes.set(xlabel="first component", ylabel="second component")
    axes.legend(frameon=False)
    return svg(figure)


def words(name: object, longest: int = LONGEST) -> str:
    """Return a name to stand beside a picture: on one line, of at most `longest` characters.

    >>> words("two\\nlines")
    'two lines'
    """
    line = " ".join(str(name).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _name_rows(axes, names: list[str], longest: int = LONGEST) -> None:
    axes.set_yticks(range(len(names)), [words(name, longest) for name in names])


def axes_of(width: float, height: float):
    """Return an empty figure, its size in inches, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    return figure, figure.subplots()


def _rows(count: int, width: float = NARROW):
    figure, axes = axes_of(width, 0.9 + 0.28 * count)
    axes.invert_yaxis()
    return figure, axes


def square(x: str, y: str, side: float = 4.0):
    """Return an empty figure for two shares from 0 to 1, and its axes, labelled `x` and `y`."""
    figure, axes = axes_of(side + 0.2, side)
    axes.set(xlabel=x, ylabel=y, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return figure, axes


def svg(figure) -> str:
    """Return the figure as a small SVG element without an XML head, in the page's colours."""
    buffer = io.StringIO()
    with warnings.catch_warnings():
        # A browser has the characters that matplotlib's font lacks.
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.S)
    # Drop ids that nothing refers to, and digits too small to see.
    text = re.sub(r' id="[a-z][\w.]*_\d+"', "", text)
    text = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), text)
    for colour, name in NAMES.items():
        text = text.replace(colour, f"var(--{name}, {colour})")
    return re.sub(r"\s*\n\s*", "\n", text)
