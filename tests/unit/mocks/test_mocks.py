"""Mocks: those of a small table, and the project's own.

The last tests read the project's own schema.yaml and tests/mocks.csv, so that the code is known to
hold for the project's own table, too.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML
from sklearn.pipeline import Pipeline

from mock_project import ROOT, command_of
from pipeline.core.errors import GateClosed, Refusal
from pipeline.data import columns
from pipeline.data import schema as schemas
from pipeline.gates import check_data, verdict
from pipeline.gates.settings import DataParams
from pipeline.mocks import coverage as pairwise
from pipeline.mocks import mock_rows, mocks
from pipeline.mocks.mock_rows import KIND, WHY
from pipeline.model import featurizer as featurizers
from pipeline.model import model_file, training
from pipeline.model.scorer import Scorer
from recipe import estimators
from recipe import features as recipe_features

PATH = Path("tests/mocks.csv")


@pytest.fixture
def limits(settings) -> pairwise.Params:
    return settings("mocks", pairwise.Params)


def own_section(name: str, model):
    """Return a section of the project's own params.yaml."""
    content = YAML(typ="safe", pure=True).load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    return model.model_validate(content[name])


@pytest.mark.slow
def test_the_report_tells_the_figures_and_the_picture_is_drawn(made):
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
def test_what_is_committed_breaks_rules_only_where_it_says_so(made, rules):
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
def test_the_same_inputs_give_the_same_bytes(journey, rules, limits, tmp_path):
    real = mocks.load(journey / "data/dataset", journey / "data/features")
    fitted = model_file.load(journey / "models/featurizer.skops")
    mock_rows.write(mocks.make(real, fitted, rules, limits)[0], tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (journey / PATH).read_bytes()


@pytest.mark.slow
def test_goals_that_are_missed_close_the_gate_and_what_was_made_can_be_looked_at(made, run, change):
    change("mocks", small_table_rows=12, min_coverage=0.999)
    ended = run(mocks.main, *command_of("mocks"))
    assert ended.code == 1
    assert "below mocks.min_coverage 99.9%" in ended.err
    assert "odd values found no room" in ended.out
    assert len(pd.read_csv(PATH)) <= 12
    assert "failed" in Path("reports/mocks.html").read_text()


@pytest.mark.slow
def test_a_rare_level_and_rare_words_are_left_out(typed, rules):
    towns = mocks.common(typed["town"], rules.columns["town"], 5)
    assert "Trier" in set(typed["town"])
    assert set(towns) == {"Bonn", "Kiel", "Ulm", "(rare)"}
    wishes = pd.Series(["a cake", "a pie, John!", "A cake", ""], dtype="str")
    thin = mocks.common(wishes, rules.columns["wish"], 2)
    assert thin.tolist() == ["a cake", "a", "A cake", ""]
    sizes = mocks.common(typed["size"], rules.columns["size"], 1000)
    assert sizes.equals(typed["size"]), "declared levels name nobody"


def test_moved_numbers_stay_in_their_bin_and_keep_their_decimals():
    generator = np.random.default_rng(0)
    real = np.append(generator.normal(size=500).round(2), np.nan)
    new = mocks.moved(real, real, 5, generator)
    cut = pairwise.quantiles(real, 5)
    assert (pairwise.in_bins(new, cut) == pairwise.in_bins(real, cut)).all()
    assert np.isnan(new[-1])
    assert (new[:-1] != real[:-1]).mean() > 0.5
    assert np.array_equal(new[:-1].round(2), new[:-1])
    assert mocks.moved(np.array([np.nan]), np.array([np.nan]), 5, generator).shape == (1,)


@pytest.mark.slow
def test_dates_are_moved_within_the_real_ones_range():
    real = pd.Series(pd.date_range("2024-01-01", periods=40))
    new = mocks.other_days(real, real, np.random.default_rng(0))
    assert new.between(real.min(), real.max()).all()
    assert ((new - real).dt.days.abs() <= mocks.NEAR_DAYS).all()
    assert (new != real).mean() > 0.8


@pytest.mark.parametrize(
    ("column", "first"),
    [
        ({"type": "identifier"}, "mock 1"),
        ({"type": "identifier", "max_length": 6}, "1"),
        ({"type": "number", "min": 1000}, "1000"),
    ],
)
def test_mocks_have_names_of_their_own(rules, column, first):
    named = {**rules.columns, "order": schemas.Column(role="id", **column)}
    table = pd.DataFrame({"order": ["o1", "o2"], "shop": ["a", "a"]})
    table = mocks.numbered(table, rules.model_copy(update={"columns": named}))
    assert table["order"].iloc[0] == first
    assert table["order"].is_unique
    assert table["shop"].tolist() == ["mock 1", "mock 2"]


@pytest.mark.slow
def test_one_feature_is_drawn_too(limits):
    line = np.arange(5.0)[:, None]
    rows = pd.DataFrame({KIND: ["typical", "edge", "edge", "invalid", "typical"]})
    points = mocks.planes({"features": line}, {"features": line, "rows": rows}, limits)
    assert {kind: layer.shape for kind, layer in points.items()} == {
        "real": (5, 2),
        "typical": (2, 2),
        "edge": (2, 2),
        "invalid": (1, 2),
    }


@pytest.mark.slow
def test_greedy_takes_the_row_that_adds_the_most_and_fits():
    pairs = np.array([[0, 1], [1, 2], [2, 3], [0, 3]])
    weights = np.array([5, 4, 3, 2])
    everything = mocks.greedy(pairs, weights, 4, lambda place: True)
    assert everything == {0: 9, 2: 5}, "what adds nothing is not taken"
    assert mocks.greedy(pairs, weights, 1, lambda place: place != 0) == {1: 7}
    assert mocks.greedy(pairs, weights, 4, lambda place: False) == {}


@pytest.mark.slow
def test_greedy_is_as_good_as_looking_at_every_row_each_time():
    generator = np.random.default_rng(0)
    pairs, weights = generator.integers(200, size=(300, 8)), generator.integers(1, 50, 200)
    left, slow = weights.copy(), []
    for _ in range(20):
        gains = [left[np.unique(row)].sum() for row in pairs]
        slow.append(max(gains))
        left[pairs[int(np.argmax(gains))]] = 0
    pairs = np.array([row for row in pairs if len(set(row)) == 8])
    fast = mocks.greedy(pairs, weights, 20, lambda place: True)
    assert sum(fast.values()) >= 0.9 * sum(slow)
    assert list(fast.values()) == sorted(fast.values(), reverse=True)


@pytest.mark.slow
def test_a_schema_that_no_made_up_row_can_fit_is_named(typed, rules):
    bounded = rules.columns["guests"].model_copy(update={"min": 50.0})
    strict = rules.model_copy(update={"columns": {**rules.columns, "guests": bounded}})
    with pytest.raises(Refusal, match=r"that schema\.yaml allows: `guests` '\d+\.0' is below 50"):
        mocks.allowed(typed.head(5), [typed], strict)


@pytest.mark.slow
def test_a_table_in_which_every_row_is_a_copy_is_refused(typed, rules, limits):
    one = typed.head(1).loc[typed.head(1).index.repeat(60)].reset_index(drop=True)
    same = {"rows": one.assign(wish="urgent"), "others": one.head(0)}
    with pytest.raises(Refusal, match="not a copy of a real one"):
        mocks.candidates(same, rules, limits)


@pytest.fixture(scope="module")
def likeness(journey, rules, featurizer):
    """Why the small table's mocks close the gate once `spoil(real, made)` has changed something."""
    real = mocks.load(journey / "data/dataset", journey / "data/features")
    rows, _ = mock_rows.read(journey / PATH, rules)
    made = {"rows": rows, "features": featurizers.transform(featurizer, rows, rules).to_numpy()}

    def likeness(limits, spoil=lambda real, made: None) -> dict[str, str]:
        spoilt = [{**part, "rows": part["rows"].copy()} for part in (real, made)]
        spoil(*spoilt)
        return pairwise.judge(pairwise.measure(*spoilt, rules, limits), limits)

    return likeness


def heavier(real, made):
    real["rows"]["weight"] += 3000


def a_new_town(real, made):
    real["rows"].loc[real["rows"].index[::8], "town"] = "Lyon"


def other_features(real, made):
    real["features"] = real["features"] + 10


def a_copy(real, made):
    names = ["weight", "guests", "size", "town", "wish"]
    made["rows"].loc[1, names] = real["rows"].iloc[5][names]


def fewer_rows(real, made):
    made["rows"] = pd.concat([made["rows"]] * 2)
    made["features"] = np.vstack([made["features"]] * 2)


@pytest.mark.slow
def test_mocks_of_todays_data_open_the_gate(likeness, limits):
    assert likeness(limits) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "figure", "sentence"),
    [
        (heavier, "columns", "`weight`: "),
        (a_new_town, "columns", "`town`: "),
        (other_features, "in_region", "0.0% of the typical mocks lie where real rows lie"),
        (a_copy, "copies", "1 mocks are copies of real rows"),
        (fewer_rows, "rows", "mocks are more than the 40 that 90 real rows may have"),
    ],
)
def test_what_moved_away_from_the_mocks_closes_the_gate(likeness, limits, spoil, figure, sentence):
    assert sentence in likeness(limits, spoil)[figure]


def gate(artefacts, settings) -> str:
    """Return why the gate on the mocks closes."""
    given = {**artefacts, "settings": settings("check_data", DataParams)}
    with pytest.raises(GateClosed) as closed:
        verdict.judge(Path("tests/data/test_likeness.py"), **given)
    return "\n".join(closed.value.reasons)


@pytest.mark.slow
def test_drifted_rows_and_a_wrong_mark_close_test_data(artefacts, settings):
    path = Path("data/dataset/train.parquet")
    rows = pd.read_parquet(path)
    rows.assign(weight=rows["weight"] + 3000).to_parquet(path)
    PATH.write_bytes(PATH.read_bytes().replace(b"\ninvalid,", b"\nedge,", 1))
    found = gate(artefacts, settings)
    assert "below mocks.min_column_coverage 97.0%; the data have moved away" in found
    assert "and its (kind) says that schema.yaml allows it" in found


def without_a_column():
    mock_rows.write(pd.read_csv(PATH, dtype="str").drop(columns="town"), PATH)


def absent():
    PATH.unlink()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (without_a_column, "tests/mocks.csv: the table has no column `town`"),
        (absent, "tests/mocks.csv is missing"),
    ],
)
def test_mocks_that_cannot_be_read_are_said_once_by_test_data(made, run, spoil, sentence):
    spoil()
    ended = run(check_data.main)
    assert ended.code == 1
    assert ended.err.count(sentence) == 1
    assert "`make mocks`" in ended.err


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
def test_the_projects_own_mocks_are_marked_and_explained(own_rules):
    rows, broken = mock_rows.read(ROOT / PATH, own_rules)
    assert (rows[WHY] != "").all()
    assert set(broken["row"]) == set(mock_rows.of_kind(rows, "invalid").index)
    assert len(rows) <= own_section("mocks", pairwise.Params).max_rows


@pytest.mark.slow
def test_the_projects_own_mocks_become_features(own, own_featurizer, own_rules):
    features = featurizers.transform(own_featurizer, own, own_rules)
    assert len(features) == len(own)
    assert np.isfinite(features.to_numpy()).all()
    manifest = recipe_features.manifest(own_featurizer, own_rules)
    assert {column["source"] for column in manifest} == set(own_rules.features)


@pytest.mark.slow
def test_a_model_of_the_projects_own_mocks_scores_one_as_in_a_batch(own, own_featurizer, own_rules):
    features = featurizers.transform(own_featurizer, own, own_rules)
    how = own_section("train", estimators.Params)
    estimator, _ = training.train(features, own[own_rules.target], how)
    scorer = Scorer(Pipeline([("featurizer", own_featurizer), ("estimator", estimator)]), own_rules)
    scores = scorer.scores(own)
    assert np.isfinite(scores).all()
    raw = columns.json_rows(own.tail(12), own_rules.features)
    alone = np.concatenate([scorer.scores(pd.DataFrame([row])) for row in raw])
    assert alone == pytest.approx(scores[-12:], abs=1e-9)
