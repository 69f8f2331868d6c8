"""The one reader of tables: what a file is, by its content, and its rows, whole or in chunks.

A table is delimited text (with commas, semicolons, tabs or bars; UTF-8, UTF-16 or Latin-1; also
gzipped) or Parquet. Cells of text stay strings; Parquet keeps its types. What a value means is not
decided here: see `columns`. A file that is no table is a Refusal, whatever is wrong with it.
"""

import contextlib
import csv
import io
import itertools
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.errors import Refusal
from pipeline.data.encoding import encoding_of, open_bytes

DELIMITERS = {",": ",", ";": ";", "\t": "tabs", "|": "|"}  # the first that fits best is taken
SNIFFED = 200  # records that are looked at to find the delimiter
LONGEST_CELL = 2**24  # characters; more in one cell are a quote that nobody closed
TOLD = {
    "utf-8-sig": "begins with a byte order mark",
    "utf-16": "is UTF-16 text",
    "cp1252": "is Windows-1252 text",
    "latin-1": "is Latin-1 text",
}
ORDINALS = ("first", "second", "third", "fourth", "fifth")
INDEX = "__index_level_"  # how pandas names, in Parquet, an index that has no name
# What reading a file that is no table, or half of one, may raise.
UNREADABLE = (ValueError, EOFError, OSError, zlib.error, csv.Error, pa.ArrowException)


@dataclass(frozen=True)
class Format:
    """What a file was found to be; `notes` say, in words, what about it is not plain.

    `delimiter` and `encoding` are empty for Parquet. `names` are those of its columns.
    """

    kind: str
    compression: str
    encoding: str
    delimiter: str
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def sniff(path: Path, zeros: bool = False) -> Format:
    """Return what kind of table `path` is, by its content; a text is decoded to its end.

    `zeros`: its cells may hold zero bytes, as odd mocks do; they are no text otherwise.
    Raises Refusal for a file that is absent, empty, no table or cut off.
    """
    if not path.exists():
        raise Refusal(f"{path} is missing")
    if path.is_dir():
        raise Refusal(f"{path} is a folder; name a file in it")
    with _readable(path):
        with path.open("rb") as file:
            magic = file.read(4)
        if magic == b"PAR1" or path.suffix == ".parquet":
            return _sniff_parquet(path, magic)
        if magic[:4] == b"PK\x03\x04":
            raise ValueError("it is a workbook or a zip archive; save the sheet as CSV")
        return _sniff_text(path, "gzip" if magic[:2] == b"\x1f\x8b" else "", zeros)


def read(path: Path, zeros: bool = False) -> pd.DataFrame:
    """Read the whole table; the index is the row's number, from 1, the header not counted."""
    form = sniff(path, zeros)
    with _readable(path, form):
        if form.kind == "parquet":
            with pq.ParquetFile(path) as file:
                frame = _plain(file.read())
        else:
            with _text(path, form) as file:
                frame = pd.read_csv(file, **_options(form))
        return _named(frame, form, path, begin=1)


def chunks(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the table in pieces of at most `rows` rows; the index goes on from piece to piece."""
    form, begin = sniff(path), 1
    with _readable(path, form), contextlib.closing(_pieces(path, form, rows)) as pieces:
        for piece in pieces:
            yield _named(piece, form, path, begin)
            begin += len(piece)
    if begin == 1:
        raise Refusal(f"{path} holds no rows")


def line_numbers(path: Path, rows: set[int]) -> dict[int, int]:
    """Return the line of the file at which each of `rows` begins; a quoted cell may span lines."""
    form = sniff(path) if rows else None
    if form is None or form.kind == "parquet":
        return {}
    last = max(rows)
    with _readable(path, form), _text(path, form) as file:
        numbered = enumerate(_records(file, form.delimiter))
        until = itertools.takewhile(lambda item: item[0] <= last, numbered)
        return {row: line for row, (line, _) in until if row in rows}


@contextlib.contextmanager
def _readable(path: Path, form: Format | None = None) -> Iterator[None]:
    """Turn what a file that is no table raises into a Refusal."""
    try:
        yield
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # no permission, a broken disk: not the file's content
        reason = " ".join(str(error).split())
        if isinstance(error, pd.errors.ParserError):
            reason = _fault_of(path, form, reason) or reason
        raise Refusal(f"{path} is not a table that can be read: {reason}") from None


def _pieces(path: Path, form: Format, rows: int) -> Iterator[pd.DataFrame]:
    if form.kind == "parquet":
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(rows):
                yield _plain(pa.Table.from_batches([batch]))
    else:
        with _text(path, form) as file, pd.read_csv(file, chunksize=rows, **_options(form)) as made:
            yield from made


def _options(form: Format) -> dict:
    return {"sep": form.delimiter, "dtype": "str", "keep_default_na": False, "na_filter": False}


def _named(frame: pd.DataFrame, form: Format, path: Path, begin: int) -> pd.DataFrame:
    """Return `frame` with the names of `form`, its rows numbered from `begin`."""
    # pandas takes what a row has too many for an index, if all rows have.
    if not isinstance(frame.index, pd.RangeIndex) or frame.shape[1] != len(form.names):
        raise ValueError(_fault_of(path, form, "") or "its rows do not fit its header")
    if begin == 1 and frame.empty:
        raise Refusal(f"{path} holds no rows")
    frame.columns = pd.Index(form.names)
    return frame.set_axis(pd.RangeIndex(begin, begin + len(frame)), axis=0)


# Parquet


def _sniff_parquet(path: Path, magic: bytes) -> Format:
    if not magic:
        raise Refusal(f"{path} is empty")
    if magic != b"PAR1":
        raise ValueError("its name ends in .parquet, but it is no Parquet file")
    with pq.ParquetFile(path) as file:
        found = [str(name) for name in file.schema_arrow.names]
    names, notes = unique([name for name in found if not name.startswith(INDEX)])
    if len(names) < len(found):
        notes.append("its index has no name and is left out")
    return Format("parquet", "", "", "", tuple(names), tuple(notes))


def _plain(table: pa.Table) -> pd.DataFrame:
    """Return a frame of a Parquet table: an index's columns among the others, no dictionaries."""
    table = table.select(
        [i for i, name in enumerate(table.column_names) if not name.startswith(INDEX)]
    )
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            values = table.column(i).cast(field.type.value_type)
            table = table.set_column(i, field.name, values)
    meta = table.schema.pandas_metadata
    if meta:  # pandas' own types are kept, but no column becomes an index
        kept = [entry for entry in meta["columns"] if entry["pandas_type"] != "categorical"]
        meta = {**meta, "columns": kept, "index_columns": [], "column_indexes": []}
        table = table.replace_schema_metadata({b"pandas": json.dumps(meta).encode()})
    return table.to_pandas()


# Text


def _sniff_text(path: Path, compression: str, zeros: bool) -> Format:
    encoding = encoding_of(path, compression, zeros)
    form = Format("csv", compression, encoding, ",", ())
    head = {mark: _head(path, form, mark) for mark in DELIMITERS}
    # max takes the first of equals, which is the comma.
    delimiter = max(DELIMITERS, key=lambda mark: _consistency(head[mark] or []))
    if head[delimiter] is None:
        raise ValueError("a cell is too long, or a quote is never closed")
    if not head[delimiter]:
        raise Refusal(f"{path} is empty")
    names, notes = unique(head[delimiter][0])
    found = [TOLD[encoding]] if encoding in TOLD else []
    if bool(compression) != (path.suffix == ".gz"):
        found.append("is gzipped" if compression else "is not gzipped, though its name says so")
    if delimiter != ",":
        found.append(f"cells are separated by {DELIMITERS[delimiter]}")
    return Format("csv", compression, encoding, delimiter, tuple(names), (*found, *notes))


def _head(path: Path, form: Format, delimiter: str) -> list[list[str]] | None:
    """Return the first records as `delimiter` cuts them; None when they cannot be cut by it."""
    with _text(path, form) as file:
        try:
            first = itertools.islice(_records(file, delimiter), SNIFFED)
            return [cells for _, cells in first]
        except csv.Error:
            return None


def _consistency(records: list[list[str]]) -> float:
    """Return the share of records that have as many cells as the first, if that has any to cut."""
    width = len(records[0]) if records else 0
    return sum(len(cells) == width for cells in records) / len(records) if width > 1 else 0.0


@contextlib.contextmanager
def _text(path: Path, form: Format) -> Iterator[TextIO]:
    with open_bytes(path, form.compression) as file:
        yield io.TextIOWrapper(file, encoding=form.encoding, newline="")


def _records(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record, the header too, with the line at which it begins."""
    csv.field_size_limit(LONGEST_CELL)
    reader, begin = csv.reader(file, delimiter=delimiter), 1
    for cells in reader:
        if len(cells) > 1 or "".join(cells).strip(" \t"):  # as pandas, which skips blank lines
            yield begin, cells
        begin = reader.line_num + 1


def _fault_of(path: Path, form: Format, reason: str) -> str | None:
    """Return where the fault of a text is that pandas refused for `reason`."""
    line, width = 0, len(form.names)
    with _text(path, form) as file, contextlib.suppress(csv.Error):
        for line, cells in _records(file, form.delimiter):
            if len(cells) > width:
                return f"line {line} has {len(cells)} cells, but the header has {width} names"
    return f"a quote in line {line} is never closed" if "inside string" in reason else None


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
        given = _free(wanted, seen) if times[name] > 1 or (not name and wanted in seen) else wanted
        seen.add(given)
        names.append(given)
        if not name:
            notes.append(f"the {_ordinal(times[name])}column without a name is called `{given}`")
        elif given != name:
            notes.append(f"the {_ordinal(times[name])}column `{name}` is called `{given}`")
    return names, notes


def _free(name: str, taken: set[str]) -> str:
    return next(new for i in itertools.count(2) if (new := f"{name}.{i}") not in taken)


def _ordinal(number: int) -> str:
    """Return "second " and the like; nothing for the first."""
    if number == 1:
        return ""
    return f"{ORDINALS[number - 1]} " if number <= len(ORDINALS) else f"{number}th "
