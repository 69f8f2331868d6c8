"""featurize: data set -> features, and the counts in its report."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orders import split_of
from pipeline.data import ingest
from pipeline.model import featurize
from pipeline.model import featurizer as featurizers


@pytest.fixture
def featurized(project, run, typed, rules, settings):
    """A project in which `featurize` has run on a data set; how it ended."""
    Path("data/dataset").mkdir()
    for name, rows in zip(("train", "test"), split_of(typed, rules, settings), strict=True):
        rows.to_parquet(f"data/dataset/{name}.parquet")
    return run(featurize.main)


@pytest.mark.slow
def test_the_stage_learns_from_the_train_part_alone(featurized, run):
    train = pd.read_parquet("data/dataset/train.parquet")
    found = pd.read_parquet("data/features/train.parquet")["guests"]
    assert abs(found.mean()) < 1e-12
    scaled = (train["guests"] - train["guests"].mean()) / train["guests"].std(ddof=0)
    assert np.abs(found.to_numpy() - scaled.to_numpy()).max() < 1e-12
    # Other rows to test on change nothing of what was learned.
    before = Path("models/featurizer.skops").read_bytes()
    path = Path("data/dataset/test.parquet")
    pd.read_parquet(path).assign(town="Kiel", guests=12.0).to_parquet(path)
    assert run(featurize.main).code == 0
    assert Path("models/featurizer.skops").read_bytes() == before


@pytest.mark.slow
def test_the_stage_counts_the_features_by_kind(featurized):
    assert featurized.code == 0
    said = "featurize: 17 features: 6 embedding, 1 missing, 2 number, 8 one_hot\n"
    assert featurized.out == said
    record = json.loads(Path("reports/featurize.json").read_text())
    columns = featurizers.read_manifest(Path("data/features"))
    assert record["features"] == len(columns) == sum(record["kinds"].values())
    assert record["kinds"] == {"embedding": 6, "missing": 1, "number": 2, "one_hot": 8}
    for name, rows in (("train", 90), ("test", 30)):
        features = pd.read_parquet(f"data/features/{name}.parquet")
        assert (len(features), list(features.columns)) == (rows, [row["name"] for row in columns])


@pytest.mark.slow
def test_more_cells_than_allowed_are_refused_before_they_are_made(project, run, change):
    assert run(ingest.main).code == 0
    change("featurize", max_cells=1000)
    ended = run(featurize.main)
    assert ended.code == 1
    assert "cells, more than featurize.max_cells 1,000: lower ingest.max_rows" in ended.err
    assert not Path("data/features").exists()
