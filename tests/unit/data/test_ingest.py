"""raw rows -> data set: each row fits the schema, and the split does not leak."""

import json
from pathlib import Path

import pandas as pd
import pytest

from orders import SCHEMA
from pipeline.core import console
from pipeline.data import ingest

RAW = Path("data/raw/orders.csv")


def report() -> dict:
    return json.loads(Path("reports/ingest.json").read_text())


def part(name: str) -> pd.DataFrame:
    return pd.read_parquet(f"data/dataset/{name}.parquet")


@pytest.mark.slow
def test_every_good_row_is_in_one_part(project, run, table):
    assert run(ingest.main).code == 0
    train, test = part("train"), part("test")
    assert [*train["order"], *test["order"]] == table["order"].tolist()
    late = table["late"] == "yes"
    assert report()["parts"]["train"]["target"]["yes"] == late[:90].mean()
    assert report()["parts"]["test"]["rows"] == 30
    share = report()["parts"]["train"]["missing_share"]
    assert share["weight"] == (table["weight"][:90] == "").mean() > 0


@pytest.mark.slow
def test_a_bad_row_is_left_out_and_listed_with_its_line(project, run, table):
    table.loc[4, "wish"] = 'two\nlines of "wish"'
    table.loc[9, "weight"] = "heavy"
    table.loc[11, "size"] = "giant"
    table.to_csv(RAW, index=False)
    assert run(ingest.main).code == 0
    lost = {"o009", "o011"}
    assert not lost & {*part("train")["order"], *part("test")["order"]}
    listed = report()["violations"]
    assert listed["count"] == report()["left_out"] == 2
    # Row 1 stands in line 2, and the wish of row 5 takes two lines.
    assert listed["first"] == [
        {"row": 10, "line": 12, "column": "weight", "value": "heavy",
         "rule": "is not a finite number"},
        {"row": 12, "line": 14, "column": "size", "value": "giant",
         "rule": "is none of the levels"},
    ]  # fmt: skip


@pytest.mark.slow
def test_lines_are_counted_past_blank_ones(project, run, table):
    table.loc[9, "weight"] = "heavy"
    lines = table.to_csv(index=False).splitlines()
    RAW.write_text("\n".join([*lines[:3], "", "  ", *lines[3:]]) + "\n")
    assert run(ingest.main).code == 0
    number = report()["violations"]["first"][0]["line"]
    assert "heavy" in RAW.read_text().splitlines()[number - 1]


def spoil_rows(table, count):
    table.loc[: count - 1, "size"] = "giant"


@pytest.mark.slow
@pytest.mark.parametrize(("count", "code"), [(6, 0), (7, 1)])
def test_bad_rows_beyond_the_stated_share_stop_the_stage(project, run, table, count, code):
    spoil_rows(table, count)  # 6 of 120 are 5 %, which is ingest.max_bad_rows
    table.to_csv(RAW, index=False)
    ended = run(ingest.main)
    assert ended.code == code
    assert Path("data/dataset").exists() == (code == 0)
    if code:
        assert "5.83% of the rows break schema.yaml, more than 5.00%" in ended.err
        assert "column `size`: in row 1, 'giant' is none of the levels" in ended.err
        assert report()["verdict"] == "failed"
        assert report()["violations"]["count"] == 7


def same_id(table):
    return table.assign(order="o1")


def few_rows(table):
    return table.head(40)


def empty_column(table):
    return table.assign(weight="")


def one_class(table):
    return table.assign(late="no")


def one_class_later(table):
    return table.assign(late=table["late"].where(table.index < 90, "yes"))


def all_early(table):
    return table.assign(day="2024-02-01")


def all_late(table):
    return table.assign(day="2024-05-01")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (same_id, "'o1' stands more than once"),
        pytest.param(
            few_rows,
            "40 good rows are fewer than 50 (rows.min in schema.yaml)",
            marks=pytest.mark.slow,
        ),
        (empty_column, "column `weight` is missing in 100.00% of the rows, more than 30.00%"),
        pytest.param(
            one_class, "the training set holds one class only (late = no)", marks=pytest.mark.slow
        ),
        (one_class_later, "the test set holds one class only (late = yes)"),
        pytest.param(
            all_early,
            "the test set is empty (ingest.split in params.yaml)",
            marks=pytest.mark.slow,
        ),
        (all_late, "the training set is empty (ingest.split in params.yaml)"),
    ],
)
def test_a_table_that_cannot_be_learned_from_stops_the_stage(project, run, table, spoil, sentence):
    spoil(table).to_csv(RAW, index=False)
    ended = run(ingest.main)
    assert ended.code == 1
    assert sentence in ended.err
    assert not Path("data/dataset").exists()


@pytest.mark.slow
def test_what_is_not_plain_about_the_table_is_said(project, run, table):
    table.to_csv(RAW, index=False, sep=";", encoding="utf-16")
    ended = run(ingest.main)
    assert ended.code == 0
    assert f"ingest: {RAW}: is UTF-16 text" in ended.out
    assert f"ingest: {RAW}: cells are separated by ;" in ended.out


def test_a_column_that_stands_twice_is_refused_by_its_new_name(project, run, table):
    pd.concat([table, table["size"]], axis=1).to_csv(RAW, index=False)
    ended = run(ingest.main)
    assert ended.code == 1
    assert "the second column `size` is called `size.2`" in ended.out
    assert "schema.yaml does not describe the column `size.2`" in ended.err


@pytest.mark.slow
def test_an_ignored_column_is_left_out(project, run, table):
    Path("schema.yaml").write_text(SCHEMA + "  price: {type: number, role: ignored}\n")
    table.assign(price="free").to_csv(RAW, index=False)
    assert run(ingest.main).code == 0
    assert "price" not in part("train").columns


@pytest.mark.slow
def test_without_an_id_a_row_is_named_by_its_number(project, run, table):
    text = SCHEMA.replace("  order: {type: identifier, role: id}\n", "")
    Path("schema.yaml").write_text(text)
    table.drop(columns="order").to_csv(RAW, index=False)
    assert run(ingest.main).code == 0
    assert part("test")["row"].tolist() == [str(number) for number in range(91, 121)]


@pytest.mark.slow
def test_only_the_first_violations_are_listed_but_all_are_counted(project, run, table, monkeypatch):
    monkeypatch.setattr(ingest, "LISTED", 3)
    spoil_rows(table, 5)
    table.to_csv(RAW, index=False)
    assert run(ingest.main).code == 0
    listed = report()["violations"]
    assert (listed["count"], len(listed["first"])) == (5, 3)
    assert listed["by_rule"] == [{"column": "size", "rule": "is none of the levels", "count": 5}]


@pytest.mark.slow
def test_violations_of_a_parquet_file_have_no_line(project, run, table, change):
    spoil_rows(table, 1)
    table.to_parquet("data/raw/orders.parquet")
    words = ["--raw", "data/raw/orders.parquet", "--schema", "schema.yaml"]
    words += ["--dataset", "data/dataset", "--report", "reports/ingest.json"]
    assert run(ingest.main, *words).code == 0
    assert report()["violations"]["first"][0]["line"] is None


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 7, 50])
def test_a_table_that_is_read_in_pieces_gives_the_same_files(
    project, run, table, monkeypatch, rows
):
    table.loc[4, "weight"] = "heavy"
    table.loc[119, "order"] = table.loc[3, "order"]
    table.to_csv(RAW, index=False)
    files = [*(Path("data/dataset") / f"{part}.parquet" for part in ("train", "test"))]
    files.append(Path("reports/ingest.json"))
    assert run(ingest.main).code == 0
    whole = [path.read_bytes() for path in files]
    monkeypatch.setattr(ingest, "CHUNK", rows)
    monkeypatch.setattr(console, "PROGRESS_SECONDS", 0)
    ended = run(ingest.main)
    assert [path.read_bytes() for path in files] == whole
    assert f"ingest: {rows:,} rows so far" in ended.out


@pytest.mark.slow
def test_an_id_that_stands_twice_far_apart_is_found(project, run, table, monkeypatch):
    monkeypatch.setattr(ingest, "CHUNK", 10)
    table.loc[119, "order"] = table.loc[3, "order"]
    table.loc[[7, 8], "order"] = "x" * 30
    table.loc[[9, 10], "order"] = ""
    schema = SCHEMA.replace("role: id}", "role: id, max_length: 20}")
    Path("schema.yaml").write_text(schema)
    table.to_csv(RAW, index=False)
    assert run(ingest.main).code == 0
    found = [(case["row"], case["rule"]) for case in report()["violations"]["first"]]
    assert found == [
        (4, "stands more than once"),
        (8, "is longer than 20 characters"),
        (9, "is longer than 20 characters"),
        (10, "must not be missing"),
        (11, "must not be missing"),
        (120, "stands more than once"),
    ]
    assert report()["violations"]["count"] == 6


@pytest.mark.slow
def test_of_a_large_table_rows_are_drawn_and_all_are_checked(project, run, table, change):
    change("ingest", max_rows=60)
    table.loc[4, "weight"] = "heavy"
    table.to_csv(RAW, index=False)
    ended = run(ingest.main)
    assert ended.code == 0
    assert "ingest: 60 of them drawn at random (ingest.max_rows 60)" in ended.out
    ids = [*part("train")["order"], *part("test")["order"]]
    assert len(ids) == 60
    assert ids == [name for name in table["order"] if name in set(ids)]
    assert "o004" not in ids
    record = report()
    assert (record["rows"], record["sampled"], record["left_out"]) == (120, 60, 1)
    change("ingest", seed=2)
    run(ingest.main)
    assert ids != [*part("train")["order"], *part("test")["order"]]


def test_groups_are_drawn_whole(project, run, table, change):
    change("ingest", max_rows=60, split={"by": "group", "test_share": 0.3})
    assert run(ingest.main).code == 0
    kept = pd.concat([part("train"), part("test")])["shop"].value_counts()
    assert kept.sum() <= 60
    assert kept.to_dict() == {name: (table["shop"] == name).sum() for name in kept.index}
    change("ingest", max_rows=30)
    ended = run(ingest.main)
    assert ended.code == 1
    assert "no two whole groups of `shop` are within 30 rows (ingest.max_rows" in ended.err


TARGET = 'late: {type: category, role: target, levels: ["no", "yes"], positive: "yes"'


def spoilt_targets(table, **keys):
    """Write rows of which ten have no target and five one of another level; and their schema."""
    table.loc[:9, "late"] = ""
    table.loc[10:14, "late"] = "perhaps"
    table.to_csv(RAW, index=False)
    more = "".join(f", {key}: {value}" for key, value in keys.items())
    Path("schema.yaml").write_text(SCHEMA.replace(TARGET, TARGET + more), encoding="utf-8")


@pytest.mark.slow
def test_rows_without_a_target_to_learn_are_left_out_and_counted(project, run, table):
    spoilt_targets(table, max_missing=0.1, left_out="[perhaps]")
    ended = run(ingest.main)
    assert ended.code == 0, ended.err
    assert "15 others have no `late` to learn from" in ended.out
    assert (report()["without_target"], report()["left_out"]) == (15, 0)
    assert [*part("train")["order"], *part("test")["order"]] == table["order"][15:].tolist()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "column `late`"),
        ({"max_missing": 0.05}, "`late` is missing in 8.33% of the rows, more than 5.00%"),
    ],
)
def test_a_target_that_is_missing_more_often_than_it_may_stops_the_stage(
    project, run, table, keys, sentence
):
    if keys.get("max_missing") == 0.05:
        table["late"] = table["late"].where(table.index > 9, "")
        table.to_csv(RAW, index=False)
        text = SCHEMA.replace(TARGET, f"{TARGET}, max_missing: 0.05")
        Path("schema.yaml").write_text(text, encoding="utf-8")
    else:
        spoilt_targets(table, **keys)
    ended = run(ingest.main)
    assert ended.code == 1
    assert sentence in ended.err
