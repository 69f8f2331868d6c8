"""What a file is, by its content, and its rows, whole or in chunks."""

import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import Refusal
from pipeline.data import tables


@pytest.fixture
def file(tmp_path):
    """`file(content)` writes a table; text as UTF-8, a name in .gz packed."""

    def file(content: str | bytes, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return file


def write(table: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz", "orders.parquet"])
def test_each_kind_of_file_gives_the_same_strings(tmp_path, table, name):
    table.loc[0, "order"] = "007"
    table.loc[1, "town"] = "NA"
    table.loc[2, "wish"] = 'two\nlines of "wish", and more'
    path = write(table, tmp_path / name)
    found = tables.read(path)
    assert found.index.tolist() == list(range(1, 121)), "rows are numbered from 1"
    pd.testing.assert_frame_equal(found.astype("object"), table.set_axis(found.index, axis=0))
    pieces = list(tables.chunks(path, 50))
    assert [len(piece) for piece in pieces] == [50, 50, 20]
    pd.testing.assert_frame_equal(pd.concat(pieces), found)


@pytest.mark.slow
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_delimiter_and_encoding_are_told_by_the_content(tmp_path, table, mark, codec):
    table["wish"] = "a, b; c\t| naïve\nwish"
    path = tmp_path / "orders.txt"
    table.to_csv(path, index=False, sep=mark, encoding=codec)
    form = tables.sniff(path)
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
    assert tables.sniff(file(content)).delimiter == delimiter


def test_what_is_not_plain_is_told(file):
    assert tables.sniff(file("a,b\n1,2\n")).notes == ()
    form = tables.sniff(file("é;x;x;\n1;2;3;4\n".encode("latin-1"), "orders.csv"))
    assert form.notes == (
        "is Latin-1 text",
        "cells are separated by ;",
        "the second column `x` is called `x.2`",
        "the column without a name is called `unnamed`",
    )
    assert form.names == ("é", "x", "x.2", "unnamed")
    packed = gzip.compress(b"a\n1\n")
    assert tables.sniff(file(packed)).notes == ("is gzipped",)
    Path(file("", "plain.csv.gz")).write_text("a\n1\n")
    odd = file("", "plain.csv.gz")
    odd.write_text("a\tb\n1\t2\n")
    assert tables.sniff(odd).notes == (
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
    assert tables.sniff(file("x,x,x,x,x,x\n")).notes[-1] == "the 6th column `x` is called `x.6`"


@pytest.mark.parametrize("reader", [tables.read, lambda path: list(tables.chunks(path, 1))])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "orders.csv is empty"),
        ("\n \n", "orders.csv is empty"),
        ("order,late\n", "orders.csv holds no rows"),
        ("a,b\n1,no\n2,no,maybe,so\n", "read: line 3 has 4 cells, but the header has 2 names"),
        ('a,b\n1,"n\no"\n1,2\n2,no,3\n', "line 5 has 3 cells"),
        ("a,b\n1,no,3\n2,yes,4\n", "line 2 has 3 cells, but the header has 2 names"),
        ('a,b\n0,yes\n1,"no\n2,no\n', "read: a quote in line 3 is never closed"),
        (b"a,b\n1,\0\n", "read: it is no text: it holds zero bytes"),
        (b"PK\x03\x04 sheet", "is a workbook or a zip archive; save the sheet as CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused(file, reader, content, sentence):
    with pytest.raises(Refusal, match=sentence):
        reader(file(content))


@pytest.mark.slow
def test_odd_mocks_may_hold_zeros(file):
    assert tables.read(file("a,b\n1,x\0y\n"), zeros=True)["b"].tolist() == ["x\0y"]


def test_a_quote_that_swallows_the_file_is_refused(file, monkeypatch):
    monkeypatch.setattr(tables, "LONGEST_CELL", 100)
    with pytest.raises(Refusal, match="a cell is too long, or a quote is never closed"):
        tables.read(file('a,b\n1,"no\n' + "2,no\n" * 99))


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(Refusal, match=r"orders.csv is missing"):
        tables.read(tmp_path / "orders.csv")
    with pytest.raises(Refusal, match="is a folder"):
        tables.read(tmp_path)


def test_an_error_of_the_disk_is_no_fault_of_the_table(file, monkeypatch):
    def broken(*given, **options):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(pd, "read_csv", broken)
    with pytest.raises(OSError, match="Input/output"):
        tables.read(file("a\n1\n"))


@pytest.mark.slow
@pytest.mark.parametrize("reader", [tables.read, lambda path: list(tables.chunks(path, 9))])
@pytest.mark.parametrize("name", ["orders.csv.gz", "orders.parquet"])
@pytest.mark.parametrize("damage", ["cut", "spoilt"])
def test_a_damaged_archive_is_refused(tmp_path, table, reader, name, damage):
    path = write(table, tmp_path / name)
    whole = path.read_bytes()
    middle = whole[:200] + bytes(byte ^ 255 for byte in whole[200:900]) + whole[900:]
    path.write_bytes(whole[:-40] if damage == "cut" else middle)
    with pytest.raises(Refusal, match="is not a table that can be read"):
        reader(path)


def test_a_name_that_promises_parquet_is_held_to_it(file):
    with pytest.raises(Refusal, match="it is no Parquet file"):
        tables.sniff(file("a\n1\n", "a.parquet"))
    with pytest.raises(Refusal, match="is empty"):
        tables.sniff(file("", "a.parquet"))


def test_parquet_is_told_by_its_content_and_keeps_its_types(tmp_path):
    frame = pd.DataFrame(
        {"n": [1, 2], "s": ["a", None], "c": pd.Categorical(["x", "y"]), "f": [0.5, None]}
    )
    path = tmp_path / "table"
    frame.to_parquet(path)
    for found in (tables.read(path), next(tables.chunks(path, 9))):
        assert found.dtypes.astype("str").tolist() == ["int64", "str", "str", "float64"]
        assert found["c"].tolist() == ["x", "y"]


def test_an_index_in_parquet_is_a_column_if_it_has_a_name(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"n": [1, 2]}, index=pd.Index([7, 8], name="key")).to_parquet(path)
    assert tables.read(path).columns.tolist() == ["n", "key"]
    pd.DataFrame({"n": [1, 2]}, index=[7, 8]).to_parquet(path)
    assert tables.read(path).columns.tolist() == ["n"]
    assert tables.sniff(path).notes == ("its index has no name and is left out",)
    pq.write_table(pa.table([[1], [2]], names=["x", "x"]), path)
    assert tables.read(path).columns.tolist() == ["x", "x.2"]
    pq.write_table(pa.table({"x": pa.array([], "int64")}), path)
    with pytest.raises(Refusal, match="holds no rows"):
        tables.read(path)
    with pytest.raises(Refusal, match="holds no rows"):
        list(tables.chunks(path, 9))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_lines_are_counted_past_blank_ones_and_those_in_cells(file, name):
    path = file('a;b\n\n1;"x\ny"\n  \n2;3\n4;5\n', name)
    assert tables.line_numbers(path, {1, 2}) == {1: 3, 2: 6}
    assert tables.line_numbers(path, set()) == {}


@pytest.mark.slow
def test_rows_of_parquet_have_no_lines(tmp_path, table):
    assert tables.line_numbers(write(table, tmp_path / "a.parquet"), {1}) == {}
