"""The one reader of tables: their rows, whole or in chunks, and the lines at which rows begin.

`sniff` finds once how a file is written (see `formats`); all reading of it goes by that. Cells of
text stay strings; Parquet keeps its types. What a value means is not decided here: see `columns`. A
file that is no table is a Refusal, whatever is wrong with it.
"""

import contextlib
import csv
import itertools
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.errors import Refusal
from pipeline.data.formats import INDEX, Format, format_of, open_text, records

# What reading a file that is no table, or half of one, may raise.
UNREADABLE = (ValueError, EOFError, OSError, zlib.error, csv.Error, pa.ArrowException)


@dataclass(frozen=True)
class Table:
    """A file that holds a table, and how it is written. It is opened anew at each reading."""

    path: Path
    format: Format

    def read(self) -> pd.DataFrame:
        """Return all rows; the index is the row's number, from 1, the header not counted."""
        with _readable(self.path, self.format):
            if self.format.kind == "parquet":
                with pq.ParquetFile(self.path) as file:
                    frame = _plain(file.read())
            else:
                with open_text(self.path, self.format) as file:
                    frame = pd.read_csv(file, **_options(self.format))
            return self._named(frame, begin=1)

    def chunks(self, rows: int) -> Iterator[pd.DataFrame]:
        """Yield frames of at most `rows` rows; the index goes on from frame to frame."""
        begin = 1
        with _readable(self.path, self.format), contextlib.closing(self._frames(rows)) as frames:
            for frame in frames:
                yield self._named(frame, begin)
                begin += len(frame)
        if begin == 1:
            raise Refusal(f"{self.path} holds no rows")

    def line_numbers(self, rows: set[int]) -> dict[int, int]:
        """Return the line of the file at which each of `rows` begins: a quoted cell may span lines.

        Rows of Parquet have no lines.
        """
        if not rows or self.format.kind == "parquet":
            return {}
        last = max(rows)
        with _readable(self.path, self.format), open_text(self.path, self.format) as file:
            numbered = enumerate(records(file, self.format.delimiter))  # the header is number 0
            wanted = itertools.takewhile(lambda item: item[0] <= last, numbered)
            return {row: line for row, (line, _) in wanted if row in rows}

    def _frames(self, rows: int) -> Iterator[pd.DataFrame]:
        if self.format.kind == "parquet":
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(rows):
                    yield _plain(pa.Table.from_batches([batch]))
        else:
            options = _options(self.format)
            with (
                open_text(self.path, self.format) as file,
                pd.read_csv(file, chunksize=rows, **options) as frames,
            ):
                yield from frames

    def _named(self, frame: pd.DataFrame, begin: int) -> pd.DataFrame:
        """Return `frame` with the names of the format, its rows numbered from `begin`."""
        names = self.format.names
        # pandas takes what a row has too many for an index, if all rows have.
        if not isinstance(frame.index, pd.RangeIndex) or frame.shape[1] != len(names):
            fault = _fault_of(self.path, self.format, "")
            raise ValueError(fault or "its rows do not fit its header")
        if begin == 1 and frame.empty:
            raise Refusal(f"{self.path} holds no rows")
        frame.columns = pd.Index(names)
        return frame.set_axis(pd.RangeIndex(begin, begin + len(frame)), axis=0)


def sniff(path: Path, zeros: bool = False) -> Table:
    """Return the table in a file; how it is written is found by its content.

    `zeros`: its cells may hold zero bytes, as odd mocks do; they are no text otherwise.
    Raises Refusal for a file that is absent, empty, no table or cut off.
    """
    if not path.exists():
        raise Refusal(f"{path} is missing")
    if path.is_dir():
        raise Refusal(f"{path} is a folder; name a file in it")
    with _readable(path):
        return Table(path, format_of(path, zeros))


def read(path: Path, zeros: bool = False) -> pd.DataFrame:
    """Return all rows of the table in a file; see `sniff` and `Table.read`."""
    return sniff(path, zeros).read()


def chunks(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of the table in a file; see `sniff` and `Table.chunks`."""
    yield from sniff(path).chunks(rows)


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


def _options(form: Format) -> dict:
    return {"sep": form.delimiter, "dtype": "str", "keep_default_na": False, "na_filter": False}


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


def _fault_of(path: Path, form: Format, reason: str) -> str | None:
    """Return where the fault is in a text that pandas refused for `reason`, or None."""
    line, width = 0, len(form.names)
    with open_text(path, form) as file, contextlib.suppress(csv.Error):
        for line, cells in records(file, form.delimiter):
            if len(cells) > width:
                return f"line {line} has {len(cells)} cells, but the header has {width} names"
    return f"a quote in line {line} is never closed" if "inside string" in reason else None
