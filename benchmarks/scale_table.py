"""A made-up table of any size, the same each time: 20 numbers, 5 categories, perhaps a text.

Some cells are missing; the target follows some of the columns. It is run by a baked project's own
Python (scale.py does that), and made in blocks, so that no size takes more memory than another.

    .venv/bin/python scale_table.py ROWS FILE.csv [text]
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

BLOCK = 100_000  # rows
NUMBERS, LEVELS = 20, (4, 8, 12, 30, 200)
WORDS = 5000


def block(number: int, rows: int, text: bool) -> pa.Table:
    """Return rows of block `number`."""
    draw = np.random.default_rng([1, number])
    begin = number * BLOCK
    columns = {"id": pa.array([f"r{row:08}" for row in range(begin, begin + rows)])}
    score = np.full(rows, -1.0)
    for place in range(NUMBERS):
        values = draw.normal(size=rows)
        score += values * 0.6 / (1 + place)
        shown = np.round(values * 10 ** (place % 4) + 5 * place, 2)
        lost = draw.random(rows) < 0.02 * (place % 6)
        columns[f"n{place + 1:02}"] = pa.array(shown, mask=lost)
    for place, count in enumerate(LEVELS):
        chances = 1 / np.arange(1, count + 1)
        levels = draw.choice(count, rows, p=chances / chances.sum())
        score += np.cos(levels) * 0.5
        names = np.array([f"level {level}" for level in range(count)], dtype=object)
        lost = draw.random(rows) < 0.03 * place
        columns[f"c{place + 1}"] = pa.array(names[levels], mask=lost)
    if text:
        columns["words"], told = texts(draw, rows)
        score += told
    hit = draw.random(rows) < 1 / (1 + np.exp(-score))
    columns["target"] = pa.array(np.where(hit, "yes", "no"))
    return pa.table(columns)


def texts(draw: np.random.Generator, rows: int) -> tuple[pa.Array, np.ndarray]:
    """Return texts of some ten words, and what they tell about the target."""
    chances = 1 / np.arange(10, WORDS + 10)
    lengths = draw.poisson(10, rows)
    drawn = draw.choice(WORDS, lengths.sum(), p=chances / chances.sum())
    known = np.array([f"word{word}" for word in range(WORDS)], dtype=object)[drawn]
    ends = np.cumsum(lengths)
    made = [" ".join(known[end - size : end]) for end, size in zip(ends, lengths, strict=True)]
    told = np.bincount(np.repeat(np.arange(rows), lengths), drawn % 7 == 0, minlength=rows)
    return pa.array(made), told * 0.5 - 0.7


def main(rows: int, path: Path, text: bool) -> None:
    """Write the table."""
    writer = None
    for number in range(-(-rows // BLOCK)):
        table = block(number, min(BLOCK, rows - number * BLOCK), text)
        writer = writer or pacsv.CSVWriter(path, table.schema)
        writer.write_table(table)
    writer.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), "text" in sys.argv[3:])
