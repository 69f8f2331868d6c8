"""train: features -> model, and what its report holds."""

import json
from pathlib import Path

import pytest

from pipeline.model import model_file, train


@pytest.mark.slow
def test_the_model_is_featurizer_and_estimator_in_one(made, scorer):
    model = model_file.load(Path("models/model.skops"))
    assert [name for name, _ in model.steps] == ["featurizer", "estimator"]
    assert list(model.classes_) == ["no", "yes"]


@pytest.mark.slow
def test_the_stage_notes_what_the_estimator_warned_of(made, run, change):
    change("train", arguments={"max_iter": 1})
    ended = run(train.main)
    assert ended.code == 0
    assert "train: lbfgs failed to converge" in ended.err
    record = json.loads(Path("reports/train.json").read_text())
    assert (record["rows"], len(record["notes"])) == (90, 1)
