"""Columns that no model is given unseen: leaks, personal data, survey weights."""

import numpy as np
import pandas as pd
import pytest

from pipeline.adopt import suspects
from pipeline.data import columns
from pipeline.data import schema as schemas

COUNT = 120
DRAW = np.random.default_rng(3)
LATE = DRAW.random(COUNT) < 0.4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "cells", "why"),
    [
        ("contact", ["ann@mail.test", "bob.b@shop.test"], "holds e-mail addresses"),
        ("called", ["+49 30 1234567", "(030) 123-4567"], "holds phone numbers"),
        ("source", ["10.0.0.1", "192.168.1.20"], "holds IP addresses"),
        ("card", ["1234 5678 1234 5678", "DE89370400440532013000"], "holds account numbers"),
        ("lastName", [f"Ann{number}" for number in range(40)], "has the name of personal data"),
        (
            "home address",
            [f"{number} Elm St" for number in range(40)],
            "has the name of personal data",
        ),
        ("Name", [f"Ann{number}" for number in range(40)], "has the name of personal data"),
        ("size", ["small", "large"], ""),
        ("name", ["small", "large"], ""),  # few levels name no person
        ("filename", [f"f{number}" for number in range(40)], ""),
        ("nothing", ["", None], ""),
    ],
)
def test_personal_data_are_recognised_by_name_and_cells(name, cells, why):
    values = pd.Series(cells * 3, dtype="str")
    assert suspects.personal(name, values, "category").startswith(why)
    assert bool(suspects.personal(name, values, "category")) == bool(why)


@pytest.mark.slow
def test_numbers_are_personal_by_name_only():
    values = pd.Series(np.arange(60.0))
    assert suspects.personal("phone", values, "number") == "has the name of personal data"
    assert suspects.personal("age", values, "number") == ""


def rules_of(target: dict, **features) -> schemas.Schema:
    keys = {name: {"type": kind} for name, kind in features.items()}
    return schemas.Schema.model_validate({"columns": {**keys, "late": target}})


BINARY = {"type": "category", "role": "target", "levels": ["no", "yes"], "positive": "yes"}


def leaking(target: dict, rules: schemas.Schema, **values):
    rows, _ = columns.cast(pd.DataFrame(values), rules, list(rules.columns))
    return suspects.leaking(rows, rules)


def test_a_column_that_tells_two_classes_is_a_leak_whatever_its_type():
    rules = rules_of(BINARY, copy="category", fine="number", note="text", weak="number")
    leaks = leaking(
        BINARY,
        rules,
        copy=np.where(LATE, "b", "a"),
        fine=np.where(LATE, 10.0, 1.0) + DRAW.normal(0, 0.1, COUNT),
        note=np.where(LATE, "a note on the delay", "nothing to say of it"),
        weak=LATE + DRAW.normal(0, 1.0, COUNT),
        late=np.where(LATE, "yes", "no"),
    )
    assert sorted(leaks) == ["copy", "fine", "note"]
    assert all(leak.strength > suspects.LEAK and leak.all_classes for leak in leaks.values())


@pytest.mark.slow
def test_a_number_that_ranks_the_target_is_a_leak():
    target = {"type": "number", "role": "target"}
    price = DRAW.normal(100, 20, COUNT)
    rules = rules_of(target, tax="number", size="number")
    leaks = leaking(target, rules, tax=price * 1.19, size=DRAW.normal(0, 1, COUNT), late=price)
    assert list(leaks) == ["tax"]


@pytest.mark.slow
def test_a_leak_tells_all_of_several_classes():
    target = {"type": "category", "role": "target", "levels": ["a", "b", "c"]}
    kind = np.array(["a", "b", "c"] * 40)
    rules = rules_of(target, code="category", wing="number", number="number")
    leaks = leaking(
        target,
        rules,
        code=pd.Series(kind).map({"a": "x", "b": "y", "c": "z"}),
        wing=np.where(kind == "a", 50.0, 10.0) + DRAW.normal(0, 1, COUNT),
        number=pd.Series(kind).map({"a": 1.0, "b": 5.0, "c": 9.0}) + DRAW.normal(0, 0.1, COUNT),
        late=kind,
    )
    assert {name: leak.all_classes for name, leak in leaks.items()} == {
        "code": True,
        "wing": False,
        "number": True,
    }
