"""Draws the picture of the journey that both READMEs show, in a light and in a dark version.

    python docs/journey.py

A stage is a box; one that is a gate has a coloured edge and a lock. The names are those of
`dvc.yaml` and of the Makefile, so a stage that is renamed there has to be renamed here (a test
compares them, and the pictures with what this script draws).
"""

from dataclasses import dataclass
from html import escape
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PICTURES = (
    REPOSITORY / "docs",
    REPOSITORY / ("<" * 2 + "cookiecutter.project" + ">" * 2) / "pipeline",
)
WIDTH, HEIGHT = 930, 336
BOX, ROW, GAP = (118, 52), (64, 188), 26  # a box's size, the rows' upper edges, between boxes
LEFT = 20
FONT = "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Palette:
    """The colours of one version of the picture."""

    ink: str
    faint: str
    box: str
    edge: str
    gate: str
    gate_box: str
    loop: str


PALETTES = {
    "light": Palette("#0f172a", "#64748b", "#f8fafc", "#cbd5e1", "#b45309", "#fffbeb", "#2563eb"),
    "dark": Palette("#e2e8f0", "#94a3b8", "#1e293b", "#475569", "#fbbf24", "#33270b", "#60a5fa"),
}


@dataclass(frozen=True)
class Stage:
    """A box: its name, what comes out of it, and whether it can stop you."""

    name: str
    result: str
    gate: bool = False


TRAINING = (
    Stage("ingest", "data set", gate=True),
    Stage("featurize", "features"),
    Stage("check_data", "verdict", gate=True),
    Stage("train", "model"),
    Stage("check_model", "verdict", gate=True),
    Stage("evaluate", "verdict", gate=True),
)
RELEASE = (
    Stage("package", "Bento", gate=True),
    Stage("containerize", "image"),
    Stage("smoke", "blessing", gate=True),
    Stage("deploy", "production", gate=True),
    Stage("predict", "predictions"),
    Stage("monitor", "alerts", gate=True),
)


def text(x: float, y: float, words: str, size: int, colour: str, **attributes: str) -> str:
    """Return words centred on (x, y), in pixels."""
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" text-anchor="middle"{more}>'
        f"{escape(words)}</text>"
    )


def lock(x: float, y: float, colour: str) -> str:
    """Return a small lock whose upper left corner is (x, y)."""
    return (
        f'<path d="M{x + 3:g} {y + 6:g}v-2.5a3 3 0 0 1 6 0v2.5" fill="none" stroke="{colour}" '
        f'stroke-width="1.5"/><rect x="{x + 1:g}" y="{y + 6:g}" width="10" height="7.5" rx="1.5" '
        f'fill="{colour}"/>'
    )


def left_of(place: int) -> float:
    return LEFT + place * (BOX[0] + GAP) + GAP


def box(stage: Stage, place: int, top: float, palette: Palette) -> list[str]:
    """Return a stage's box, its name, its result below it, and its lock."""
    left, (width, height) = left_of(place), BOX
    edge, fill = (palette.gate, palette.gate_box) if stage.gate else (palette.edge, palette.box)
    middle = left + width / 2
    marks = [
        f'<rect x="{left:g}" y="{top}" width="{width}" height="{height}" rx="9" fill="{fill}" '
        f'stroke="{edge}" stroke-width="1.5"/>',
        text(middle, top + 31, stage.name, 15, palette.ink, font_weight="600"),
        text(middle, top + height + 19, stage.result, 13, palette.faint),
    ]
    if stage.gate:
        marks.append(lock(left + width - 15, top + 2, palette.gate))
    return marks


def arrow(x1: float, x2: float, y: float, colour: str) -> str:
    """Return a horizontal arrow from x1 to x2."""
    return (
        f'<path d="M{x1:g} {y:g}H{x2 - 2:g}" stroke="{colour}" stroke-width="1.6" fill="none"/>'
        f'<path d="M{x2 - 7:g} {y - 4:g}L{x2:g} {y:g}L{x2 - 7:g} {y + 4:g}z" fill="{colour}"/>'
    )


def row(stages: tuple[Stage, ...], top: float, heading: str, palette: Palette) -> list[str]:
    """Return a row of boxes joined by arrows, under its heading."""
    marks = [
        text(LEFT + GAP, top - 16, heading, 13, palette.faint).replace(
            'text-anchor="middle"', 'text-anchor="start"'
        )
    ]
    middle = top + BOX[1] / 2
    for place, stage in enumerate(stages):
        left = left_of(place)
        marks.append(arrow(left - GAP + (4 if place else 8), left - 3, middle, palette.faint))
        marks += box(stage, place, top, palette)
    return marks


def turn(palette: Palette) -> list[str]:
    """Return the lines between the rows: on to the release, and from `monitor` to new data."""
    right, left = left_of(5) + BOX[0], LEFT + 8
    upper, lower = (top + BOX[1] / 2 for top in ROW)
    between = ROW[1] - 40
    bottom = ROW[1] + BOX[1] + 40
    down = (
        f'<path d="M{right:g} {upper:g}h10a8 8 0 0 1 8 8V{between - 8}a8 8 0 0 1 -8 8H{left + 8}'
        f'a8 8 0 0 0 -8 8V{lower - 8:g}a8 8 0 0 0 8 8h6" stroke="{palette.faint}" '
        'stroke-width="1.6" fill="none"/>'
    )
    back = (
        f'<path d="M{right:g} {lower:g}h8a8 8 0 0 1 8 8V{bottom - 8}a8 8 0 0 1 -8 8H{left - 6}'
        f'a8 8 0 0 1 -8 -8V{upper + 8:g}a8 8 0 0 1 8 -8h14" stroke="{palette.loop}" '
        'stroke-width="1.6" stroke-dasharray="5 4" fill="none"/>'
    )
    words = "what production sees tells when to train again, on newer rows"
    return [down, back, text(WIDTH / 2, bottom + 20, words, 13, palette.loop)]


def drawn(palette: Palette) -> str:
    """Return the picture as an SVG document."""
    marks = [
        *row(TRAINING, ROW[0], "dvc repro: from raw rows to a model", palette),
        *row(RELEASE, ROW[1], "to an image that is proved, deployed and watched", palette),
        *turn(palette),
        lock(WIDTH - 262, 12, palette.gate),
        text(WIDTH - 244, 24, "a gate: it can stop everything after it", 13, palette.gate).replace(
            'text-anchor="middle"', 'text-anchor="start"'
        ),
    ]
    title = "The journey: from raw rows through gates to a watched deployment"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="{FONT}">\n'
        f"<title>{title}</title>\n" + "\n".join(marks) + "\n</svg>\n"
    )


def main() -> None:
    """Write both pictures beside this script and into the template."""
    for folder in PICTURES:
        for name, palette in PALETTES.items():
            path = folder / f"journey-{name}.svg"
            path.write_text(drawn(palette), encoding="utf-8")
            print(path.relative_to(REPOSITORY))


if __name__ == "__main__":
    main()
