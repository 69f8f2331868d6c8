"""Which derived columns are examined, and what is said when they cannot be."""

import subprocess
from types import SimpleNamespace

import pandas as pd
import pytest

from pipeline.core.errors import Refusal
from pipeline.data import derived
from pipeline.gates import purity
from pipeline.model import inputs

ONE = derived.Derived("own", "number", ("guests",), lambda guests: guests)
SECRET = derived.Derived("secret", "text", ("wish",), lambda wish: wish, private=True)
FEW = pd.DataFrame({"own": [1.0, float("nan")], "secret": ["", "Anna"]})


def outcome(**values):
    return {"values": values, "problems": {}, "opened": []}


def test_equal_and_missing_values_are_no_difference():
    again = outcome(own=[1.0, None], secret=[None, "Anna"])
    assert purity._differences(FEW, [ONE, SECRET], again, "fresh") == []


def test_a_difference_is_counted_and_shown_once():
    (reason,) = purity._differences(FEW, [ONE], outcome(own=[2.0, 3.0]), "later")
    assert reason == (
        "recipe/features.py: `own` has other values for 2 of 2 rows when the clock is moved ahead "
        "by years, such as 2.0 instead of 1.0"
    )


def test_private_values_are_not_shown():
    (reason,) = purity._differences(FEW, [SECRET], outcome(secret=[None, "Bert"]), "alone")
    assert "Anna" not in reason
    assert "Bert" not in reason


def test_a_function_that_fails_elsewhere_is_named():
    failed = {**outcome(), "problems": {"own": "it raised"}}
    (reason,) = purity._differences(FEW, [ONE], failed, "alone")
    assert reason == "`own` fails when a row comes alone: it raised"


def test_a_process_that_ends_without_outcomes_is_a_refusal(monkeypatch, tmp_path):
    (tmp_path / "recipe").mkdir()
    (tmp_path / "schema.yaml").touch()
    recipe = SimpleNamespace(__file__=str(tmp_path / "recipe/features.py"))
    monkeypatch.setattr(inputs, "RECIPE", recipe)
    ended = subprocess.CompletedProcess([], 1, "", "Traceback\nMemoryError\n")
    monkeypatch.setattr(purity.subprocess, "run", lambda *command, **how: ended)
    with pytest.raises(Refusal, match="in a process of their own: MemoryError"):
        purity._outcomes({}, tmp_path / "schema.yaml")
