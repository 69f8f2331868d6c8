"""The rows that a model got most wrong."""

from types import SimpleNamespace

import numpy as np
import pytest

from orders import private
from pipeline.evaluation.sample import Sample
from pipeline.report import top_errors as wrong_rows

YES = np.array([True, True, False, False, True])
BINARY = Sample("binary", ["no", "yes"], YES, np.array([0.1, 0.4, 0.7, 0.2, 0.9]), 0.5)
CLASSES = Sample("multiclass", ["a", "b"], np.array([0, 1, 1]),
                 np.array([[0.1, 0.9], [0.6, 0.4], [0.3, 0.7]]), None)  # fmt: skip
NUMBERS = Sample("regression", [], np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 2.5]), None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sample", "places"), [(BINARY, [2, 0, 1]), (CLASSES, [0, 1]), (NUMBERS, [1, 2])]
)
def test_the_worst_stand_first_each_class_in_turn_and_right_ones_nowhere(sample, places):
    assert wrong_rows.worst(sample, 9) == places
    assert wrong_rows.worst(sample, 1) == places[:1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sample", "place", "said"),
    [
        (BINARY, 0, ["yes", "no", "90.0%"]),
        (BINARY, 2, ["no", "yes", "70.0%"]),
        (CLASSES, 0, ["a", "b", "90.0%"]),
        (NUMBERS, 1, ["2", "5", "+3"]),
    ],
)
def test_what_is_and_what_was_said(sample, place, said):
    assert wrong_rows._said(sample, place) == said


def judged(scorer, typed, rules):
    truth = rules.truth(typed["late"])
    sample = Sample("binary", ["no", "yes"], truth, np.where(truth, 0.1, 0.9), 0.5)
    return SimpleNamespace(scorer=SimpleNamespace(rules=rules), rows=typed, sample=sample)


@pytest.mark.slow
def test_the_columns_that_count_most_are_shown_and_a_text(scorer, typed, rules, monkeypatch):
    monkeypatch.setattr(wrong_rows, "COLUMNS", 2)
    table = wrong_rows.table(judged(scorer, typed, rules), ["guests", "town"], 4)
    head = ["order", "it is", "the model says", "how sure"]
    assert table.columns == [*head, "guests", "town", "wish"]
    assert len(table.rows) == 4


@pytest.mark.slow
def test_a_private_column_is_not_shown_and_named_as_left_out(scorer, typed, rules):
    hidden = private(rules, "town", "order")
    table = wrong_rows.table(judged(scorer, typed, hidden), ["town", "guests"], 4)
    assert not {"town", "order"} & set(table.columns)
    assert "left out: order, town" in table.reading
    assert not set(typed["town"]) & {cell for row in table.rows for cell in row}


def test_where_the_target_is_private_no_row_is_shown(scorer, typed, rules):
    assert wrong_rows.table(judged(scorer, typed, private(rules, "late")), [], 4).kind == "text"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "text"), [(float("nan"), "–"), (2.0, "2"), ("a\n b", "a b"), ("x" * 999, "x" * 140)]
)
def test_a_cell_is_one_line_and_not_too_long(value, text):
    assert wrong_rows._cell(value).rstrip("…") == text
