"""How a table is written, found by its content."""

import gzip
from pathlib import Path

import pytest

from pipeline.core.errors import Refusal
from pipeline.data import tables
from pipeline.data.formats import format_of


@pytest.fixture
def file(tmp_path):
    """`file(content)` writes a table; text as UTF-8."""

    def file(content: str | bytes, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return file


@pytest.mark.slow
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_delimiter_and_encoding_are_told_by_the_content(tmp_path, table, mark, codec):
    table["wish"] = "a, b; c\t| naïve\nwish"
    path = tmp_path / "orders.txt"
    table.to_csv(path, index=False, sep=mark, encoding=codec)
    form = tables.sniff(path).format
    assert (form.delimiter, form.encoding) == (mark, codec)
    assert len(form.notes) == (mark != ",") + (codec != "utf-8")
    assert tables.read(path).to_numpy().tolist() == table.to_numpy().tolist()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("name\nAnn\nBob\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a,b;c\n1,2;3\n", ","),  # a tie
        ("a;b;c\n1;2;x, y\n3;4;z\n", ";"),
        ("text\nx; y\n", ","),
        ('a|b\n"1|2\n3"|4\n', "|"),
        ("a, m|b, kg\n1|2\n3|4\n", "|"),
        ("a\tb\n" + "1\t2\n" * 300 + "3,4,5,6,7\n", "\t"),
    ],
)
def test_the_delimiter_is_what_cuts_records_alike(file, content, delimiter):
    assert format_of(file(content)).delimiter == delimiter


def test_what_is_not_plain_is_told(file):
    assert format_of(file("a,b\n1,2\n")).notes == ()
    form = format_of(file("é;x;x;\n1;2;3;4\n".encode("latin-1"), "orders.csv"))
    assert form.notes == (
        "is Latin-1 text",
        "cells are separated by ;",
        "the second column `x` is called `x.2`",
        "the column without a name is called `unnamed`",
    )
    assert form.names == ("é", "x", "x.2", "unnamed")
    packed = gzip.compress(b"a\n1\n")
    assert format_of(file(packed)).notes == ("is gzipped",)
    Path(file("", "plain.csv.gz")).write_text("a\n1\n")
    odd = file("", "plain.csv.gz")
    odd.write_text("a\tb\n1\t2\n")
    assert format_of(odd).notes == (
        "is not gzipped, though its name says so",
        "cells are separated by tabs",
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("\ufeff a ,b", ["a", "b"]),
        ("x,x,x", ["x", "x.2", "x.3"]),
        ("x,x.2,x", ["x", "x.2", "x.3"]),
        ("x,x,x.2", ["x", "x.3", "x.2"]),
        (",,unnamed", ["unnamed.2", "unnamed.3", "unnamed"]),
        (",a", ["unnamed", "a"]),
    ],
)
def test_every_column_has_a_name_of_its_own(file, header, names):
    path = file(header + "\n" + ",".join("1" for _ in names) + "\n")
    assert tables.read(path).columns.tolist() == names
    assert next(tables.chunks(path, 1)).columns.tolist() == names


@pytest.mark.slow
def test_many_columns_of_one_name_are_counted(file):
    assert format_of(file("x,x,x,x,x,x\n")).notes[-1] == "the 6th column `x` is called `x.6`"


def test_a_name_that_promises_parquet_is_held_to_it(file):
    with pytest.raises(Refusal, match="it is no Parquet file"):
        tables.sniff(file("a\n1\n", "a.parquet"))
    with pytest.raises(Refusal, match="is empty"):
        tables.sniff(file("", "a.parquet"))
