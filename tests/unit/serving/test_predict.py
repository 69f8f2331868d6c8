"""rows -> predictions: the blessed model over a table of any size."""

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.model import model_file
from pipeline.model.scorer import Scorer
from pipeline.serving import predict

RAW = "data/raw/orders.csv"
BLESSED = ("--bento", "release/bento", "--blessing", "release/blessing.json")


@pytest.fixture
def score(blessed, run):
    """`score(input, output)` runs the action."""
    return lambda source, target: run(predict.main, "--input", source, "--output", target, *BLESSED)


def read(path: str) -> pd.DataFrame:
    if path.endswith(".parquet"):
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype={"order": "str"})


def leftovers(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def expected(rows: pd.DataFrame, rules) -> np.ndarray:
    """Return the probabilities that the project's model gives."""
    return Scorer(model_file.load(Path("models/model.skops")), rules).scores(rows)


@pytest.mark.parametrize(
    "target",
    [
        "out/scored.parquet",
        pytest.param("out/scored.csv", marks=pytest.mark.slow),
        pytest.param("out/scored.csv.gz", marks=pytest.mark.slow),
    ],
)
def test_each_row_gets_its_id_label_and_probability(score, table, rules, target):
    ended = score(RAW, target)
    assert ended.code == 0, ended.err
    assert "predict: 120 rows scored" in ended.out
    scored, probabilities = read(target), expected(table, rules)
    assert scored["order"].tolist() == table["order"].tolist()
    assert np.abs(scored["probability"] - probabilities).max() < 1e-9
    assert scored["label"].tolist() == np.where(probabilities >= 0.5, "yes", "no").tolist()
    assert leftovers("out") == [Path(target).name]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [7, 60, 1000])
def test_the_size_of_a_chunk_changes_no_prediction(score, change, rows):
    score(RAW, "one.csv")
    change("predict", chunk_rows=rows)
    score(RAW, "other.csv")
    one, other = read("one.csv"), read("other.csv")
    assert one["order"].tolist() == other["order"].tolist()
    assert np.abs(one["probability"] - other["probability"]).max() < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("source", ["rows.csv.gz", "rows.parquet"])
def test_each_format_is_read(score, table, source):
    score(RAW, "one.csv")
    if source.endswith("gz"):
        table.to_csv(source, index=False)
    else:
        table.to_parquet(source)
    assert score(source, "other.csv").code == 0
    assert Path("other.csv").read_bytes() == Path("one.csv").read_bytes()


@pytest.mark.slow
def test_rows_without_ids_are_numbered(score, table):
    table.drop(columns=["order", "late", "day"]).to_csv("rows.csv", index=False)
    assert score("rows.csv", "out.csv").code == 0
    assert read("out.csv")["order"].tolist() == [str(number) for number in range(1, 121)]


def bad_value(table):
    table.loc[70, "weight"] = "-1"
    table.to_csv("rows.csv", index=False)


def not_a_number(table):
    table.loc[70, "weight"] = "heavy"
    table.to_csv("rows.csv", index=False)


def lost_column(table):
    table.drop(columns="size").to_csv("rows.csv", index=False)


def empty(table):
    Path("rows.csv").touch()


def header_only(table):
    table.head(0).to_csv("rows.csv", index=False)


def ragged(table):
    Path("rows.csv").write_text("order,size\n1,small,3\n2,large,4\n")


def broken_line(table):
    table.to_csv("rows.csv", index=False)
    with Path("rows.csv").open("a") as file:
        file.write("1,2,3,4,5,6,7,8,9,10,11\n")


def not_text(table):
    Path("rows.csv").write_bytes(b"order,size\n\0\xff\xfe,small\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (bad_value, "row 71, column `weight`: '-1.0' is below 0.0 g; no output was written"),
        (not_a_number, "row 71, column `weight`: 'heavy' is not a finite number"),
        (lost_column, "the column `size` is missing"),
        (empty, "rows.csv is empty"),
        (header_only, "rows.csv holds no rows"),
        (ragged, "line 2 has 3 cells, but the header has 2 names"),
        (broken_line, "rows.csv is not a table that can be read: "),
        (not_text, "rows.csv is not a table that can be read: "),
    ],
)
def test_a_row_that_cannot_be_scored_leaves_the_former_output(score, table, spoil, sentence):
    spoil(table)
    Path("out").mkdir()
    Path("out/scored.csv").write_text("of yesterday")
    ended = score("rows.csv", "out/scored.csv")
    assert ended.code == 1
    assert sentence in ended.err
    assert Path("out/scored.csv").read_text() == "of yesterday"
    assert leftovers("out") == ["scored.csv"]


@pytest.mark.slow
def test_each_class_has_a_column_of_its_own():
    prediction = {"label": "a", "probabilities": {"a": 0.75, "b": 0.25}}
    flat = {"label": "a", "probabilities: a": 0.75, "probabilities: b": 0.25}
    assert predict._flat(prediction) == flat


NUMBERS = [0.1 + 0.2, 1 / 3, 5e-324, 1e22, -1.7976931348623157e308, 1e-17]
TEXTS = ["007", "a,b", 'a "b"', "two\nlines", "groß", ""]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet"])
def test_texts_and_all_digits_of_numbers_are_kept(tmp_path, name):
    table = pa.table({"id": TEXTS, "value": NUMBERS})
    with predict.open_table(tmp_path / "part", name, table.schema) as writer:
        writer.write_table(table)
        writer.write_table(table)
    path = (tmp_path / "part").rename(tmp_path / name)
    if name.endswith(".parquet"):
        rows = pd.read_parquet(path).itertuples(index=False)
    else:
        opened = gzip.open if name.endswith(".gz") else open
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["id", "value"]
    assert [(text, float(number)) for text, number in rows] == list(
        zip(TEXTS, NUMBERS, strict=True)
    ) * 2


@pytest.mark.slow
def test_a_csv_file_quotes_texts_and_no_numbers(score, table):
    score(RAW, "scored.csv")
    header, first, *_ = Path("scored.csv").read_text().splitlines()
    assert header == '"order","label","probability"'
    order, label, probability = first.split(",")
    assert order == f'"{table["order"][0]}"'
    assert label in ('"yes"', '"no"')
    assert 0 <= float(probability) <= 1


@pytest.mark.slow
def test_ctrl_c_leaves_no_file(score, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(predict, "score", interrupt)
    assert score(RAW, "out/scored.csv").code == 130
    assert leftovers("out") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["scored.csv", "scored.csv.gz", "scored.parquet"])
def test_a_full_disk_is_one_sentence_and_leaves_no_file(score, monkeypatch, name):
    open_table = predict.open_table
    on_full_disk = lambda path, *rest: open_table(Path("/dev/full"), *rest)  # noqa: E731
    monkeypatch.setattr(predict, "open_table", on_full_disk)
    ended = score(RAW, f"out/{name}")
    assert (ended.code, leftovers("out")) == (1, [])
    assert "the disk is full" in ended.err


def test_an_unknown_format_is_refused(score):
    assert "a.txt must end in one of .csv, .csv.gz, .parquet" in score(RAW, "a.txt").err


def unbless():
    path = Path("release/blessing.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "verdict": "failed"}))


def change_bento():
    Path("release/bento/src/service.json").write_text("{}")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (unbless, "release/blessing.json: the model was not blessed; run `make validate`"),
        (change_bento, "release/bento changed after it was blessed; run `make validate`"),
    ],
)
def test_only_the_blessed_model_scores(score, spoil, sentence):
    spoil()
    ended = score(RAW, "out/scored.csv")
    assert (ended.code, leftovers("out")) == (1, [])
    assert sentence in ended.err
