"""The stage that judges features; that each fault closes it is shown in tests/gates."""

import json
from pathlib import Path

import pandas as pd
import pytest

from pipeline.gates import check_data

pytestmark = pytest.mark.slow


def test_good_features_pass(made):
    record = json.loads(Path("reports/check_data.json").read_text())
    assert record["verdict"] == "passed"
    assert record["failed"] == {}
    modules = {name.split("::")[0] for name in record["passed"]}
    assert modules == {f"tests/data/{path.name}" for path in Path("tests/data").glob("test_*.py")}


def test_the_stage_fails_and_its_report_names_the_test(made, run):
    path = Path("data/features/test.parquet")
    features = pd.read_parquet(path)
    features.assign(weight=features["weight"] * 2).to_parquet(path)
    ended = run(check_data.main)
    assert ended.code == 1
    record = json.loads(Path("reports/check_data.json").read_text())
    assert record["verdict"] == "failed"
    name = next(name for name in record["failed"] if "scaled_by_the_training_sets_mean" in name)
    assert name.startswith("tests/data/test_numbers.py::")
