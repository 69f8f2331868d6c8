"""What a table's columns are and how the journey treats them: decided, and said why."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from adoption import AGE, COUNT, DRAW, LATE, column, described, frame, messages, write
from pipeline.adopt import decisions, schema_file
from pipeline.adopt.describe import Described
from pipeline.core import params
from pipeline.core.errors import Refusal

pytestmark = pytest.mark.usefixtures("project", "quick_trials")


NOTES = frame(note=[f'a line\nand {number % 9}; "more", it\'s' for number in range(COUNT)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "how", "note"),
    [
        ("rows.csv", {}, ""),
        ("rows.tsv", {"sep": "\t"}, "cells are separated by tabs"),
        ("rows.csv", {"sep": ";"}, "cells are separated by ;"),
        ("rows.txt", {"sep": "|"}, "cells are separated by |"),
        ("rows.csv.gz", {}, ""),
        ("rows.csv", {"compression": "gzip"}, "is gzipped"),
        ("rows.csv", {"encoding": "utf-8-sig"}, "begins with a byte order mark"),
        ("rows.csv", {"encoding": "utf-16"}, "is UTF-16 text"),
        ("rows.csv", {"lineterminator": "\r\n"}, ""),
        ("rows.parquet", {}, ""),
    ],
)
def test_a_table_is_the_same_in_whichever_form_it_comes(name, how, note):
    found = described(write(NOTES, name, **how))
    assert column(found, "age") == {"type": "number", "integer": True, "min": 0, "max": 130}
    assert column(found, "city")["levels"] == ["Bonn", "Kiel", "Ulm"]
    assert column(found, "late")["levels"] == ["no", "yes"]
    assert found.rows["note"].str.contains("a line\nand").all(), "a quoted line break is no row"
    assert (found.survey.rows, len(found.rows)) == (COUNT, COUNT)
    assert note in messages(found)


@pytest.mark.slow
def test_latin_1_is_read_as_it_is_meant():
    found = described(write(frame(straße=["größer", "kleiner"] * 50), encoding="latin-1"))
    assert column(found, "straße")["levels"] == ["größer", "kleiner"]
    assert "is Latin-1 text" in messages(found)


@pytest.mark.slow
def test_typed_columns_of_parquet_are_taken_as_they_are():
    table = frame().assign(
        age=AGE,
        late=LATE,
        day=pd.date_range("2024-01-01", periods=COUNT),
        weight=np.where(AGE > 60, np.nan, AGE / 3),
        kind=pd.Categorical(["a", "b"] * 50),
    )
    found = described(write(table, "rows.parquet"), time="day")
    assert column(found, "late")["levels"] == ["False", "True"]
    assert column(found, "late")["positive"] == "True"
    assert column(found, "day") == {"type": "date", "role": "time"}
    assert column(found, "kind")["levels"] == ["a", "b"]
    assert column(found, "weight")["max_missing"] > 0.4


NAMES = ["a b", "x,y;z", "naïve", "年", "it's", 'say "hi"', "{z}", "#no", "- dash", "$x", "a.b",
         "yes", "null", "1", "🎂", "[0]", "a=b", "%"]  # fmt: skip


@pytest.mark.slow
def test_odd_names_are_names():
    table = frame(**{name: DRAW.normal(0, 1, COUNT).round(3) for name in NAMES})
    found = described(table)
    assert [name for name in NAMES if column(found, name)["type"] != "number"] == []
    schema_file.write(Path("schema.yaml"), found.schema, found.why)
    assert list(params.read_yaml(Path("schema.yaml"))["columns"]) == list(table)


@pytest.mark.slow
def test_an_unnamed_index_and_names_that_stand_twice_get_a_name():
    table = frame(x=["1", "2"] * 50, y=["3", "5"] * 50)
    table.insert(0, "", np.arange(COUNT).astype("str"))
    found = described(write(table.rename(columns={"y": "x"})))
    assert column(found, "unnamed") == {"type": "identifier", "role": "id"}
    assert {"x", "x.2"} <= set(found.rules.features)
    assert "the column without a name is called `unnamed`" in messages(found)
    assert "the second column `x` is called `x.2`" in messages(found)


@pytest.mark.slow
@pytest.mark.parametrize("blank", ["?", "", "NA", "N/A", " ", "NULL", "#N/A"])
def test_missing_values_are_counted_and_may_be_missing(blank):
    cells = np.where(np.arange(COUNT) % 5 == 0, blank, AGE.astype("str"))
    found = described(frame(age=cells))
    assert blank in found.schema["missing"]
    assert column(found, "age")["type"] == "number"
    assert column(found, "age")["max_missing"] == 0.3
    assert found.survey.missing["age"] == 20


def test_rows_without_a_target_are_left_out_and_counted():
    table = frame()
    table.loc[:9, "late"] = ""
    found = described(table)
    assert (found.survey.without_target, len(found.rows)) == (10, 90)
    assert "10 of 100 rows are left out: their `late` is missing" in messages(found)
    assert column(found, "late")["max_missing"] > 0.1


@pytest.mark.slow
def test_a_class_of_one_row_is_left_out_and_counted():
    table = frame()
    table.loc[0, "late"] = "perhaps"
    found = described(table)
    assert column(found, "late")["left_out"] == ["perhaps"]
    assert (len(found.rows), found.rules.task) == (99, "binary")


@pytest.mark.slow
def test_empty_and_constant_columns_are_left_out_and_it_is_said_why():
    found = described(frame(nothing="", same="x"))
    assert column(found, "nothing")["role"] == column(found, "same")["role"] == "ignored"
    assert (found.why["nothing"], found.why["same"]) == ("holds nothing", "never varies")


@pytest.mark.slow
def test_several_texts_are_texts():
    words = ["a", "good", "bad", "late", "early", "cake", "order", "with", "cream", "and", "bread"]
    texts = [" ".join(DRAW.choice(words, 6)) for _ in range(COUNT)]
    found = described(frame(title=texts[::-1], remarks=texts))
    assert found.rules.features_of("text") == ["title", "remarks"]


@pytest.mark.slow
def test_eighty_two_columns_are_described():
    table = frame(**{f"n{number}": DRAW.normal(0, 1, COUNT).round(2) for number in range(80)})
    found = described(table.drop(columns="city"))
    assert len(found.rules.features) == 81


@pytest.mark.slow
def test_a_leak_is_set_aside_and_taken_back_by_keep():
    table = frame(refund=np.where(LATE, "paid", "none"))
    found = described(table)
    assert column(found, "refund") == {"type": "category", "role": "ignored"}
    assert list(found.leaks) == ["refund"]
    assert "refund" not in found.rows
    kept = described(table, keep=["refund"])
    assert (kept.leaks, list(kept.strong)) == ({}, ["refund"])
    assert "refund" in kept.rules.features


@pytest.mark.slow
def test_a_table_of_leaks_alone_is_refused_by_their_names():
    with pytest.raises(Refusal, match=r"every feature looks like a leak .* KEEP=copy"):
        described(frame(copy=np.where(LATE, "a", "b"))[["copy", "late"]])


def test_what_tells_one_of_several_classes_is_kept_and_asked_about():
    kind = np.array(["a", "b", "c", "d"] * 25)
    table = frame(wing=np.where(kind == "a", 90, 10) + DRAW.integers(0, 9, COUNT), late=kind)
    table["late"] = kind
    found = described(table)
    assert list(found.strong) == ["wing"]
    assert "for one class. It is kept: is its value known before the target?" in messages(found)


@pytest.mark.parametrize(
    ("change", "said", "sentence"),
    [
        (lambda t: t.head(40), {}, "40 rows with a `late` are too few to train"),
        (
            lambda t: t.assign(n=[*"ab"] * 50),
            {"id": "n"},
            "`n` cannot be the id of the rows: 98",
        ),
        (lambda t: t[["late"]].assign(x=""), {}, "no column is a feature"),
        (lambda t: t.rename(columns={"city": "(kind)"}), {}, r"have a column `\(kind\)` already"),
        (lambda t: t.rename(columns={"late": "row"}), {"target": "row"}, "rename the target"),
        (
            lambda t: t.assign(shop=["", *[f"s{n}" for n in range(9)], *[""] * 10] * 5),
            {"group": "shop"},
            "55% of the rows break a rule, most often: `shop` must not be missing",
        ),
        pytest.param(
            lambda t: t,
            {"set": {"columns.ag.type": "text"}},
            r"no column 'ag'.*did you mean `age`",
            marks=pytest.mark.slow,
        ),
        (lambda t: t, {"set": {"columns.age.typ": "text"}}, "no key 'typ' of one"),
        (lambda t: t, {"set": {"columns.age.type": "word"}}, "`columns.age.type`: input should"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_by_a_sentence(change, said, sentence):
    with pytest.raises(Refusal, match=sentence):
        described(change(frame()), **said)


@pytest.mark.slow
def test_decisions_on_columns_are_taken():
    found = described(frame(), set={"columns.age.type": "category", "columns.city.private": True})
    assert column(found, "age") == {"type": "category"}
    assert found.rules.private == ["city"]
    assert {"columns.age", "columns.city"} <= set(found.own)


@pytest.mark.slow
def test_a_column_that_was_left_out_becomes_a_feature_by_its_type():
    names = [f"c{number}" for number in range(COUNT)]
    found = described(frame(code=names), set={"columns.code.type": "category"})
    assert (column(found, "code"), found.rules.id) == ({"type": "category"}, "row")


def remembered(found: Described) -> None:
    """Write what was decided, as a first adopt does."""
    schema_file.write(Path("schema.yaml"), found.schema, found.why)
    decisions.remember({"data": "rows.csv", "schema": found.schema})


@pytest.mark.slow
def test_a_persons_columns_stay():
    remembered(described(frame(extra=DRAW.normal(0, 1, COUNT))))
    text = Path("schema.yaml").read_text(encoding="utf-8")
    Path("schema.yaml").write_text(text.replace('["Bonn", Kiel', "[Bonn, Kiel").replace(
        "max: 1", "max: 9"), encoding="utf-8")  # fmt: skip
    found = described(frame())
    assert "extra" not in found.rules.columns, "the table has it no more"
    assert found.rules.columns["age"].max > 900
    assert found.own == ["columns.age"]


def test_a_schema_without_columns_is_refused():
    remembered(described(frame()))
    Path("schema.yaml").write_text("missing: []\nrows: {min: 1}\n")
    with pytest.raises(Refusal, match=r"schema.yaml has no `columns`; `git checkout"):
        described(frame())
