"""The top errors are the wrong predictions of most confidence."""

from types import SimpleNamespace

import numpy as np
import pytest

from orders import private
from pipeline.evaluation.sample import Sample
from pipeline.report import top_errors

YES = np.array([True, True, False, False, True])
BINARY = Sample("binary", ["no", "yes"], YES, np.array([0.1, 0.4, 0.7, 0.2, 0.9]), 0.5)
CLASSES = Sample("multiclass", ["a", "b"], np.array([0, 1, 1]),
                 np.array([[0.1, 0.9], [0.6, 0.4], [0.3, 0.7]]), None)  # fmt: skip
NUMBERS = Sample("regression", [], np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 2.5]), None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sample", "places"), [(BINARY, [2, 0, 1]), (CLASSES, [0, 1]), (NUMBERS, [1, 2])]
)
def test_the_worst_come_first_each_class_in_turn(sample, places):
    assert top_errors.worst(sample, 9) == places
    assert top_errors.worst(sample, 1) == places[:1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sample", "place", "outcome"),
    [
        (BINARY, 0, ["yes", "no", "90.0%"]),
        (BINARY, 2, ["no", "yes", "70.0%"]),
        (CLASSES, 0, ["a", "b", "90.0%"]),
        (NUMBERS, 1, ["2", "5", "+3"]),
    ],
)
def test_actual_predicted_and_confidence(sample, place, outcome):
    assert top_errors._outcome(sample, place) == outcome


def judged(scorer, typed, rules):
    truth = rules.truth(typed["late"])
    sample = Sample("binary", ["no", "yes"], truth, np.where(truth, 0.1, 0.9), 0.5)
    return SimpleNamespace(scorer=SimpleNamespace(rules=rules), rows=typed, sample=sample)


@pytest.mark.slow
def test_the_most_important_columns_and_a_text_are_shown(scorer, typed, rules, monkeypatch):
    monkeypatch.setattr(top_errors, "COLUMNS", 2)
    table = top_errors.table(judged(scorer, typed, rules), ["guests", "town"], 4)
    head = ["order", "actual", "predicted", "confidence"]
    assert table.columns == [*head, "guests", "town", "wish"]
    assert len(table.rows) == 4


@pytest.mark.slow
def test_a_private_column_is_left_out_and_named(scorer, typed, rules):
    hidden = private(rules, "town", "order")
    table = top_errors.table(judged(scorer, typed, hidden), ["town", "guests"], 4)
    assert not {"town", "order"} & set(table.columns)
    assert "are left out: order, town" in table.reading
    assert not set(typed["town"]) & {cell for row in table.rows for cell in row}


def test_no_row_is_shown_of_a_private_target(scorer, typed, rules):
    assert top_errors.table(judged(scorer, typed, private(rules, "late")), [], 4).kind == "text"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "text"), [(float("nan"), "–"), (2.0, "2"), ("a\n b", "a b"), ("x" * 999, "x" * 140)]
)
def test_a_cell_is_one_short_line(value, text):
    assert top_errors._cell(value).rstrip("…") == text
