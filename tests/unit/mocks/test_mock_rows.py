"""tests/mocks.csv: what is written is what is read, and what is wrong with it is said."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import Refusal
from pipeline.data import schema as schemas
from pipeline.mocks import mock_rows
from pipeline.mocks.mock_rows import KIND, WHY

PATH = Path("mocks.csv")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cells(typed, rules) -> pd.DataFrame:
    """Ten rows as cells, with their marks."""
    cells = mock_rows.as_cells(typed.head(10), rules)
    cells.insert(0, KIND, "typical")
    cells.insert(1, WHY, "a test")
    return cells


@pytest.mark.slow
def test_what_is_written_is_what_is_read(cells, typed, rules):
    mock_rows.write(cells, PATH)
    rows, broken = mock_rows.read(PATH, rules)
    assert broken.empty
    expected = typed.head(10).reset_index(drop=True)
    pd.testing.assert_frame_equal(rows[list(rules.columns)].reset_index(drop=True), expected)
    assert set(rows[KIND]) == {"typical"}
    assert set(rows[WHY]) == {"a test"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["a\x00b", "\x00", "\x1b[31m\x07", "a\r\nb\tc\rd", "  ", '"', "🦅✈️", "\u202eab", "NA"]
)
def test_odd_texts_survive_the_file(cells, rules, text):
    mock_rows.write(cells.assign(wish=text), PATH)
    rows, _ = mock_rows.read(PATH, rules)
    assert rows["wish"].tolist() == [text] * 10


@pytest.mark.slow
@pytest.mark.parametrize("value", [0.1 + 0.2, 1 / 3, 1e-9, 4999.999999999999, 17.0])
def test_a_number_keeps_all_of_its_digits(cells, rules, value):
    written = mock_rows.as_cells(pd.DataFrame({"weight": [value, np.nan]}), rules)["weight"]
    mock_rows.write(cells.head(2).assign(weight=written.to_numpy()), PATH)
    read = mock_rows.read(PATH, rules)[0]["weight"].tolist()
    assert read[0] == value
    assert np.isnan(read[1])


@pytest.mark.slow
def test_the_same_rows_are_the_same_bytes(cells):
    mock_rows.write(cells, PATH)
    before = PATH.read_bytes()
    mock_rows.write(cells.copy(), PATH)
    assert PATH.read_bytes() == before
    assert b"\r" not in before


@pytest.mark.slow
def test_a_schema_without_the_empty_marker_gets_its_own(rules, typed):
    named = rules.model_copy(update={"missing": ("n/a",)})
    assert "n/a" in mock_rows.as_cells(typed, named)["weight"].tolist()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda cells: cells.drop(columns="town"), "the table has no column `town`"),
        (lambda cells: cells.drop(columns=KIND), "has no column `(kind)`"),
        pytest.param(
            lambda cells: cells.assign(pace=1),
            "does not describe the column `pace`",
            marks=pytest.mark.slow,
        ),
        (lambda cells: cells.assign(**{KIND: "usual"}), "'usual' is no kind of mock"),
        (lambda cells: cells.head(0), "holds no rows"),
    ],
)
def test_mocks_that_do_not_fit_the_schema_are_refused(cells, rules, spoil, sentence):
    mock_rows.write(spoil(cells), PATH)
    with pytest.raises(Refusal) as refused:
        mock_rows.read(PATH, rules)
    assert sentence in str(refused.value)
    assert "mocks.csv" in str(refused.value)


def test_absent_mocks_are_refused(rules):
    with pytest.raises(Refusal, match=r"mocks\.csv is missing; `make mocks` makes it"):
        mock_rows.read(PATH, rules)


@pytest.mark.slow
def test_a_column_of_a_name_that_mocks_need_is_refused(rules):
    taken = {**rules.columns, KIND: schemas.Column(type="number")}
    with pytest.raises(Refusal, match=r"have a column `\(kind\)` already"):
        mock_rows.require_free_names(rules.model_copy(update={"columns": taken}))


@pytest.mark.slow
def test_each_broken_rule_is_found_a_missing_text_among_them(cells, rules):
    column = rules.columns["wish"].model_copy(update={"max_missing": 0.0})
    strict = rules.model_copy(update={"columns": {**rules.columns, "wish": column}})
    table = cells.drop(columns=[KIND, WHY]).reset_index(drop=True)
    table["wish"] = "a cake"
    table.loc[2, ["wish", "guests", "size"]] = ["", "13", "huge"]
    _, broken = mock_rows.check(table, strict)
    assert broken[["row", "column"]].to_numpy().tolist() == [
        [2, "guests"],
        [2, "size"],
        [2, "wish"],
    ]


@pytest.mark.slow
def test_a_copy_is_a_row_whose_features_are_all_a_real_ones(typed, rules):
    copied = typed.iloc[[3, 4, 5]].assign(order="mock 1", late="no", day=pd.NaT)
    assert mock_rows.copies(copied, [typed.head(5), typed.tail(3)], rules).tolist() == [
        True,
        True,
        False,
    ]
    assert not mock_rows.copies(copied.assign(guests=99.0), [typed], rules).any()


@pytest.mark.slow
def test_mocks_are_written_as_their_columns_are_read(cells, typed, rules):
    odd = {
        "weight": rules.columns["weight"].model_copy(
            update={"decimal": ",", "thousands": ".", "missing": ("-",)}
        ),
        "day": rules.columns["day"].model_copy(update={"formats": ("%d.%m.%Y",)}),
    }
    apart = rules.model_copy(update={"columns": {**rules.columns, **odd}})
    rows = typed.head(10).assign(weight=[1234.5, np.nan, 0.25, *range(7)])
    written = mock_rows.as_cells(rows, apart)
    assert written["weight"].tolist()[:4] == ["1234,5", "-", "0,25", "0"]
    marks = cells[[KIND, WHY]]
    mock_rows.write(pd.concat([marks, written], axis=1), PATH)
    read, broken = mock_rows.read(PATH, apart)
    assert broken.empty
    pd.testing.assert_frame_equal(
        read[["weight", "day"]].reset_index(drop=True),
        rows[["weight", "day"]].reset_index(drop=True),
    )
