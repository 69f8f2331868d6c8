"""What a file is, by its content, and its rows, whole or in chunks."""

import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import Refusal
from pipeline.data import formats, tables


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
    monkeypatch.setattr(formats, "LONGEST_CELL", 100)
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
    assert tables.sniff(path).format.notes == ("its index has no name and is left out",)
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
    assert tables.sniff(path).line_numbers({1, 2}) == {1: 3, 2: 6}
    assert tables.sniff(path).line_numbers(set()) == {}


@pytest.mark.slow
def test_rows_of_parquet_have_no_lines(tmp_path, table):
    assert tables.sniff(write(table, tmp_path / "a.parquet")).line_numbers({1}) == {}


@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_a_text_is_decoded_once_to_find_its_encoding_however_often_it_is_read(
    file, name, monkeypatch
):
    decoded = []
    real = formats.encoding_of
    monkeypatch.setattr(
        formats, "encoding_of", lambda *given: decoded.append(given) or real(*given)
    )
    found = tables.sniff(file("a,b\n1,x\n2,y\n", name))
    assert len(list(found.chunks(1))) == len(found.read()) == 2
    assert found.line_numbers({2}) == {2: 3}
    assert len(decoded) == 1
