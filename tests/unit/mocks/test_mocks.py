"""`make mocks` of a small table, and the project's own mocks.

The last tests read the project's own schema.yaml and tests/mocks.csv, which shows that the code
works for the project's own table too.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML
from sklearn.pipeline import Pipeline

from mock_project import ROOT, command_of
from pipeline.data import columns
from pipeline.data import schema as schemas
from pipeline.mocks import mock_rows, mocks
from pipeline.mocks.mock_rows import KIND, WHY
from pipeline.mocks.settings import Params
from pipeline.model import featurizer as featurizers
from pipeline.model import training
from pipeline.model.scorer import Scorer
from recipe import estimators
from recipe import features as recipe_features

PATH = Path("tests/mocks.csv")


def own_section(name: str, model):
    """Return a section of the project's own params.yaml."""
    content = YAML(typ="safe", pure=True).load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    return model.model_validate(content[name])


@pytest.mark.slow
def test_the_record_holds_the_figures_and_the_page_the_pictures(made):
    report = json.loads(Path("reports/mocks.json").read_text())
    assert report["verdict"] == "passed"
    assert report["coverage"] >= 0.9
    assert report["in_region"] == 1
    assert report["copies"] == 0
    assert report["rows"] <= report["most_rows"] == 40
    assert list(report["outputs"]) == [PATH.as_posix()]
    html = Path("reports/mocks.html").read_text()
    assert html.count("<svg") == 3
    for words in ("Mocks over real rows", "typical mocks in the region", "lowest: weight"):
        assert words in html


@pytest.mark.slow
def test_only_invalid_mocks_break_rules(made, rules):
    rows, broken = mock_rows.read(PATH, rules)
    assert set(broken["row"]) == set(mock_rows.of_kind(rows, "invalid").index)
    assert set(rows[KIND]) == set(mock_rows.KINDS)
    assert rows["order"].str.startswith("mock ").all()
    assert rows["shop"].str.startswith("mock ").all(), "a real group is named"
    typical = mock_rows.of_kind(rows, "typical")
    assert set(typical["late"]) == {"no", "yes"}
    assert (typical["guests"] % 1 == 0).all()
    assert typical["weight"].dropna().between(100, 4000).all(), "within the real rows' range"


@pytest.mark.slow
def test_missed_thresholds_close_the_gate_and_keep_the_mocks(made, run, change):
    change("mocks", small_table_rows=12, min_coverage=0.999)
    ended = run(mocks.main, *command_of("mocks"))
    assert ended.code == 1
    assert "below mocks.min_coverage 99.9%" in ended.err
    assert "odd values found no room" in ended.out
    assert len(pd.read_csv(PATH)) <= 12
    assert "failed" in Path("reports/mocks.html").read_text()


@pytest.fixture(scope="module")
def own_rules() -> schemas.Schema:
    return schemas.load(ROOT / "schema.yaml")


@pytest.fixture(scope="module")
def own(own_rules) -> pd.DataFrame:
    """The project's own mocks that schema.yaml allows."""
    rows, _ = mock_rows.read(ROOT / PATH, own_rules)
    return mock_rows.of_kind(rows, "typical", "edge").reset_index(drop=True)


@pytest.fixture(scope="module")
def own_featurizer(own, own_rules):
    few = recipe_features.Params.model_validate(
        {
            "categories": {"min_rows": 2},
            "texts": {"dimensions": 2, "min_rows": 1, "max_words": 100},
            "max_cells": 1_000_000,
            "seed": 1,
        }
    )
    return featurizers.fit(own, own_rules, few)


@pytest.mark.slow
def test_the_projects_own_mocks_have_a_kind_and_a_reason(own_rules):
    rows, broken = mock_rows.read(ROOT / PATH, own_rules)
    assert (rows[WHY] != "").all()
    assert set(broken["row"]) == set(mock_rows.of_kind(rows, "invalid").index)
    assert len(rows) <= own_section("mocks", Params).max_rows


@pytest.mark.slow
def test_the_projects_own_mocks_become_features(own, own_featurizer, own_rules):
    features = featurizers.transform(own_featurizer, own, own_rules)
    assert len(features) == len(own)
    assert np.isfinite(features.to_numpy()).all()
    manifest = featurizers.manifest(own_featurizer, own_rules)
    assert {column["source"] for column in manifest} == set(own_rules.features)


@pytest.mark.slow
def test_a_model_of_the_projects_own_mocks_scores_a_row_as_in_a_batch(
    own, own_featurizer, own_rules
):
    features = featurizers.transform(own_featurizer, own, own_rules)
    how = own_section("train", estimators.Params)
    estimator, _ = training.train(features, own[own_rules.target], how)
    scorer = Scorer(Pipeline([("featurizer", own_featurizer), ("estimator", estimator)]), own_rules)
    scores = scorer.scores(own)
    assert np.isfinite(scores).all()
    raw = columns.json_rows(own.tail(12), own_rules.features)
    alone = np.concatenate([scorer.scores(pd.DataFrame([row])) for row in raw])
    assert alone == pytest.approx(scores[-12:], abs=1e-9)
