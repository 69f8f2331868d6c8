"""rows -> predictions: the blessed model over a table of any size."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.model import model_file
from pipeline.model.scorer import Scorer
from pipeline.serving import predict

RAW = "data/raw/orders.csv"
BLESSED = ("--bento", "release/bento", "--blessing", "release/blessing.json")


@pytest.fixture
def score(blessed, run):
    """`score(input, output)` runs the stage."""
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
    found = read(target)
    assert found["order"].tolist() == table["order"].tolist()
    right = expected(table, rules)
    assert np.abs(found["probability"] - right).max() < 1e-9
    assert found["label"].tolist() == np.where(right >= 0.5, "yes", "no").tolist()
    assert leftovers("out") == [Path(target).name]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [7, 60, 1000])
def test_the_size_of_a_chunk_changes_no_answer(score, change, rows):
    score(RAW, "one.csv")
    change("predict", chunk_rows=rows)
    score(RAW, "other.csv")
    one, other = read("one.csv"), read("other.csv")
    assert one["order"].tolist() == other["order"].tolist()
    assert np.abs(one["probability"] - other["probability"]).max() < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("source", ["rows.csv.gz", "rows.parquet"])
def test_each_kind_of_table_is_read(score, table, source):
    score(RAW, "one.csv")
    if source.endswith("gz"):
        table.to_csv(source, index=False)
    else:
        table.to_parquet(source)
    assert score(source, "other.csv").code == 0
    assert Path("other.csv").read_bytes() == Path("one.csv").read_bytes()


@pytest.mark.slow
def test_a_table_without_ids_names_rows_by_number(score, table):
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
def test_rows_that_cannot_be_scored_leave_no_half_file(score, table, spoil, sentence):
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
    made = {"label": "a", "probabilities": {"a": 0.75, "b": 0.25}}
    flat = {"label": "a", "probabilities: a": 0.75, "probabilities: b": 0.25}
    assert predict._flat(made) == flat


@pytest.mark.slow
def test_ctrl_c_leaves_no_half_file(score, monkeypatch):
    def interrupt(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(predict, "score", interrupt)
    assert score(RAW, "out/scored.csv").code == 130
    assert leftovers("out") == []


@pytest.mark.slow
def test_a_full_disk_is_one_sentence_and_leaves_no_half_file(score, monkeypatch):
    def full(self, frame):
        self.path.touch()
        raise OSError(28, "No space left on device", str(self.path))

    monkeypatch.setattr(predict._Csv, "__call__", full)
    ended = score(RAW, "out/scored.csv")
    assert (ended.code, leftovers("out")) == (1, [])
    assert "the disk is full" in ended.err


def test_a_kind_of_file_that_cannot_be_written_is_refused(score):
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
