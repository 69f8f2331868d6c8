"""data set -> features: scaled, one-hot, embedded; learned from the train part alone."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import split_of

from pipeline import featurize
from pipeline import schema as schemas
from pipeline.stage import Refusal


@pytest.fixture
def how(settings) -> featurize.Params:
    return settings("featurize", featurize.Params)


def row_of(typed, **values) -> pd.DataFrame:
    return typed.head(1).assign(**values)


def test_numbers_are_imputed_by_the_median_and_scaled(features, typed):
    filled = typed["weight"].fillna(typed["weight"].median())
    expected = (filled - filled.mean()) / filled.std(ddof=0)
    assert np.abs(features["weight"].to_numpy() - expected.to_numpy()).max() < 1e-12


def test_a_missing_number_is_marked_where_the_train_part_misses_some(features, typed):
    assert features["weight (missing)"].tolist() == typed["weight"].isna().tolist()
    assert "guests (missing)" not in features.columns


def test_a_level_has_a_column_of_its_own_and_rare_ones_share_one(features, typed):
    assert features["town=Bonn"].tolist() == (typed["town"] == "Bonn").tolist()
    assert features["town=(rare)"].tolist() == (typed["town"] == "Trier").tolist()
    assert features["size=(missing)"].tolist() == typed["size"].isna().tolist()


def test_an_unseen_level_is_a_rare_one(featurizer, typed, rules):
    found = featurize.transform(featurizer, row_of(typed, town="Atlantis"), rules).iloc[0]
    assert found["town=(rare)"] == 1
    assert found[["town=Bonn", "town=Kiel", "town=Ulm"]].sum() == 0


@pytest.mark.parametrize(("wish", "length"), [("urgent cake", 1), ("", 0), ("zzz", 0)])
def test_an_embedding_is_of_unit_length_or_zero_when_no_word_is_known(
    featurizer, typed, rules, wish, length
):
    found = featurize.transform(featurizer, row_of(typed, wish=wish), rules)
    assert np.linalg.norm(found.filter(like="wish[")) == pytest.approx(length)


def test_the_order_of_words_and_letter_case_mean_nothing(featurizer, typed, rules):
    one, other = (
        featurize.transform(featurizer, row_of(typed, wish=wish), rules).to_numpy()
        for wish in ("urgent QUICK", "quick urgent")
    )
    assert np.abs(one - other).max() < 1e-12


def test_features_are_named_typed_and_indexed_by_id(features, typed, featurizer, rules):
    columns = featurize.manifest(featurizer, rules)
    assert list(features.columns) == [column["name"] for column in columns]
    assert features.index.tolist() == typed["order"].tolist()
    assert set(features.dtypes) == {np.dtype("float64")}
    assert {column["source"] for column in columns} == set(rules.features)
    assert next(column for column in columns if "rare" in column)["rare"] == ["Trier"]


def test_a_row_alone_has_the_features_it_has_in_a_batch(featurizer, features, typed, rules):
    alone = [featurize.transform(featurizer, typed.iloc[[n]], rules) for n in range(5)]
    assert np.abs(pd.concat(alone).to_numpy() - features.head(5).to_numpy()).max() < 1e-12


def test_without_rare_levels_there_is_no_column_for_them(typed, rules, how):
    how = how.model_copy(update={"categories": featurize.Categories(min_rows=1)})
    columns = featurize.manifest(featurize.fit(typed, rules, how), rules)
    assert not [column for column in columns if "rare" in column]
    assert "town=Trier" in [column["name"] for column in columns]


def test_kinds_of_columns_that_the_schema_lacks_are_left_out(typed, rules, how):
    kept = {name: rules.columns[name] for name in ("order", "guests", "late")}
    small = rules.model_copy(update={"columns": kept})
    fitted = featurize.fit(typed, small, how)
    assert list(featurize.transform(fitted, typed, small).columns) == ["guests"]


def test_a_number_that_is_always_missing_does_no_harm(typed, rules, how):
    empty = typed.assign(weight=np.nan)
    found = featurize.transform(featurize.fit(empty, rules, how), empty, rules)
    assert np.isfinite(found.to_numpy()).all()


@pytest.mark.parametrize("wish", ["", "one two three"])
def test_texts_that_cannot_be_embedded_are_a_refusal(typed, rules, how, wish):
    with pytest.raises(Refusal, match="the featurizer cannot learn from the train part: "):
        featurize.fit(typed.assign(wish=wish).head(60), rules, how)


def test_the_stage_learns_from_the_train_part_alone(made, run, typed, rules, settings):
    train, _ = split_of(typed, rules, settings)
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


def test_the_record_counts_the_features_by_kind(made):
    record = json.loads(Path("reports/featurize.json").read_text())
    columns = featurize.read_manifest(Path("data/features"))
    assert record["features"] == len(columns) == sum(record["kinds"].values())
    assert record["kinds"]["embedding"] == 6


def test_the_featurizer_takes_what_the_cast_gives(featurizer, table, rules, features):
    typed, _ = schemas.cast(table, rules, [rules.id, *rules.features])
    found = featurize.transform(featurizer, typed, rules)
    pd.testing.assert_frame_equal(found, features)
