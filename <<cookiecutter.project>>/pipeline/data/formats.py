"""How a table is written, found by its content: delimited text or Parquet, and its column names.

Text has commas, semicolons, tabs or bars between its cells, is UTF-8, UTF-16 or Latin-1, and may be
gzipped.
"""

import contextlib
import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pyarrow.parquet as pq

from pipeline.core.errors import Refusal
from pipeline.data.encoding import encoding_of, open_bytes

DELIMITERS = {",": ",", ";": ";", "\t": "tabs", "|": "|"}  # the first that fits best is taken
SNIFFED = 200  # records by which the delimiter is found
LONGEST_CELL = 2**24  # characters; a longer cell is a quote that nobody closed
ENCODING_NOTES = {
    "utf-8-sig": "begins with a byte order mark",
    "utf-16": "is UTF-16 text",
    "cp1252": "is Windows-1252 text",
    "latin-1": "is Latin-1 text",
}
ORDINALS = ("first", "second", "third", "fourth", "fifth")
INDEX = "__index_level_"  # how pandas names, in Parquet, an index that has no name


@dataclass(frozen=True)
class Format:
    """How a table is written; `notes` say, in words, what about it is not plain.

    Attributes:
        kind: `csv` or `parquet`.
        compression: `gzip`, or empty.
        encoding: of a text; empty for Parquet.
        delimiter: of a text; empty for Parquet.
        names: of the columns, no two the same and none empty.
        notes: such as "cells are separated by ;".
    """

    kind: str
    compression: str
    encoding: str
    delimiter: str
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def format_of(path: Path, zeros: bool = False) -> Format:
    """Return the format of the table in a file; a text is decoded to its end to know its encoding.

    `zeros`: cells of text may hold zero bytes. Raises Refusal for an empty file, and ValueError or
    what the reader raises for one that is no table.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"PAR1" or path.suffix == ".parquet":
        return _parquet_format(path, magic)
    if magic == b"PK\x03\x04":
        raise ValueError("it is a workbook or a zip archive; save the sheet as CSV")
    return _text_format(path, "gzip" if magic[:2] == b"\x1f\x8b" else "", zeros)


def _parquet_format(path: Path, magic: bytes) -> Format:
    if not magic:
        raise Refusal(f"{path} is empty")
    if magic != b"PAR1":
        raise ValueError("its name ends in .parquet, but it is no Parquet file")
    with pq.ParquetFile(path) as file:
        every = [str(name) for name in file.schema_arrow.names]
    names, notes = unique([name for name in every if not name.startswith(INDEX)])
    if len(names) < len(every):
        notes.append("its index has no name and is left out")
    return Format("parquet", "", "", "", tuple(names), tuple(notes))


def _text_format(path: Path, compression: str, zeros: bool) -> Format:
    encoding = encoding_of(path, compression, zeros)
    plain = Format("csv", compression, encoding, ",", ())
    head = {delimiter: _head(path, plain, delimiter) for delimiter in DELIMITERS}
    # max takes the first of equals, which is the comma.
    delimiter = max(DELIMITERS, key=lambda mark: _consistency(head[mark] or []))
    if head[delimiter] is None:
        raise ValueError("a cell is too long, or a quote is never closed")
    if not head[delimiter]:
        raise Refusal(f"{path} is empty")
    names, renamed = unique(head[delimiter][0])
    notes = [ENCODING_NOTES[encoding]] if encoding in ENCODING_NOTES else []
    if bool(compression) != (path.suffix == ".gz"):
        notes.append("is gzipped" if compression else "is not gzipped, though its name says so")
    if delimiter != ",":
        notes.append(f"cells are separated by {DELIMITERS[delimiter]}")
    return Format("csv", compression, encoding, delimiter, tuple(names), (*notes, *renamed))


def _head(path: Path, form: Format, delimiter: str) -> list[list[str]] | None:
    """Return the first records as `delimiter` cuts them; None when they cannot be cut by it."""
    with open_text(path, form) as file:
        try:
            first = itertools.islice(records(file, delimiter), SNIFFED)
            return [cells for _, cells in first]
        except csv.Error:
            return None


def _consistency(head: list[list[str]]) -> float:
    """Return the share of records with as many cells as the first, if that has more than one."""
    width = len(head[0]) if head else 0
    return sum(len(cells) == width for cells in head) / len(head) if width > 1 else 0.0


@contextlib.contextmanager
def open_text(path: Path, form: Format) -> Iterator[TextIO]:
    """Open a text as its format says."""
    with open_bytes(path, form.compression) as file:
        yield io.TextIOWrapper(file, encoding=form.encoding, newline="")


def records(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record, the header too, with the line at which it begins; blank ones are skipped.

    Raises csv.Error for a cell longer than LONGEST_CELL.
    """
    csv.field_size_limit(LONGEST_CELL)
    reader, begin = csv.reader(file, delimiter=delimiter), 1
    for cells in reader:
        if len(cells) > 1 or "".join(cells).strip(" \t"):  # as pandas does
            yield begin, cells
        begin = reader.line_num + 1


def unique(header: list[str]) -> tuple[list[str], list[str]]:
    """Return names of which no two are equal and none is empty, and a note for each new one.

    >>> unique(["x", "", "x"])[0]
    ['x', 'unnamed', 'x.2']
    """
    plain = [name.strip().lstrip("\ufeff").strip() for name in header]
    seen, times, names, notes = set(plain), {}, [], []
    for name in plain:
        wanted = name or "unnamed"
        times[name] = times.get(name, 0) + 1
        taken = times[name] > 1 or (not name and wanted in seen)
        new = _free(wanted, seen) if taken else wanted
        seen.add(new)
        names.append(new)
        if not name:
            notes.append(f"the {_ordinal(times[name])}column without a name is called `{new}`")
        elif new != name:
            notes.append(f"the {_ordinal(times[name])}column `{name}` is called `{new}`")
    return names, notes


def _free(name: str, taken: set[str]) -> str:
    return next(new for i in itertools.count(2) if (new := f"{name}.{i}") not in taken)


def _ordinal(number: int) -> str:
    """Return "second " and the like; nothing for the first."""
    if number == 1:
        return ""
    return f"{ORDINALS[number - 1]} " if number <= len(ORDINALS) else f"{number}th "
