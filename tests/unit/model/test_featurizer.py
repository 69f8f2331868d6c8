"""data set -> features: scaled, one-hot, embedded; learned from the training set alone."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import Refusal
from pipeline.data import columns
from pipeline.model import featurizer as featurizers
from recipe import features as recipe_features


@pytest.fixture
def how(settings) -> recipe_features.Params:
    return settings("featurize", recipe_features.Params)


def row_of(typed, **values) -> pd.DataFrame:
    return typed.head(1).assign(**values)


@pytest.mark.slow
def test_numbers_are_imputed_by_the_median_and_scaled(features, typed):
    filled = typed["weight"].fillna(typed["weight"].median())
    expected = (filled - filled.mean()) / filled.std(ddof=0)
    assert np.abs(features["weight"].to_numpy() - expected.to_numpy()).max() < 1e-12


@pytest.mark.slow
def test_a_missing_number_is_marked_where_the_train_part_misses_some(features, typed):
    assert features["weight (missing)"].tolist() == typed["weight"].isna().tolist()
    assert "guests (missing)" not in features.columns


@pytest.mark.slow
def test_a_level_has_a_column_of_its_own_and_rare_ones_share_one(features, typed):
    assert features["town=Bonn"].tolist() == (typed["town"] == "Bonn").tolist()
    assert features["town=(rare)"].tolist() == (typed["town"] == "Trier").tolist()
    assert features["size=(missing)"].tolist() == typed["size"].isna().tolist()


@pytest.mark.slow
def test_an_unseen_level_is_a_rare_one(featurizer, typed, rules):
    found = featurizers.transform(featurizer, row_of(typed, town="Atlantis"), rules).iloc[0]
    assert found["town=(rare)"] == 1
    assert found[["town=Bonn", "town=Kiel", "town=Ulm"]].sum() == 0


@pytest.mark.slow
@pytest.mark.parametrize(("wish", "length"), [("urgent cake", 1), ("", 0), ("zzz", 0)])
def test_an_embedding_is_of_unit_length_or_zero_when_no_word_is_known(
    featurizer, typed, rules, wish, length
):
    found = featurizers.transform(featurizer, row_of(typed, wish=wish), rules)
    assert np.linalg.norm(found.filter(like="wish[")) == pytest.approx(length)


@pytest.mark.slow
def test_an_embedding_is_tf_idf_turned_by_the_svd(featurizer, typed, rules):
    """A word weighs (1 + ln of its count) * (1 + ln((1 + texts) / (1 + texts with it)))."""
    texts = [set(text.split()) for text in typed["wish"]]
    known = sorted(set.union(*texts))
    counts = Counter(["urgent"] * 3 + ["cake", "rye"])
    weights = np.array(
        [
            (1 + np.log(counts[word]))
            * (1 + np.log((1 + len(texts)) / (1 + sum(word in text for text in texts))))
            if counts[word]
            else 0.0
            for word in known
        ]
    )
    turned = featurizer.named_transformers_["embedding wish"][1].components_ @ weights
    row = row_of(typed, wish="urgent rye urgent cake urgent")
    found = featurizers.transform(featurizer, row, rules).filter(like="wish[").to_numpy()[0]
    assert np.abs(found - turned / np.linalg.norm(turned)).max() < 1e-12


def knows(typed, rules, how, word: str, **texts) -> bool:
    """Whether a featurizer with these parameters for texts, fitted on `typed`, knows a word."""
    given = how.texts.model_copy(update=texts)
    fitted = featurizers.fit(typed, rules, how.model_copy(update={"texts": given}))
    found = featurizers.transform(fitted, row_of(typed, wish=word), rules)
    return np.linalg.norm(found.filter(like="wish[")) > 0.5


@pytest.mark.slow
def test_a_word_in_too_few_texts_is_left_out(typed, rules, how):
    words = typed["wish"].where(np.arange(len(typed)) != 5, "sesame")
    once = typed.assign(wish=words)
    assert not knows(once, rules, how, "sesame", min_rows=2)
    assert knows(once, rules, how, "sesame", min_rows=1)


@pytest.mark.slow
def test_only_the_most_frequent_words_are_looked_at(typed, rules, how):
    often = typed.assign(wish=np.where(typed["guests"] > 6, "salt rye", "salt oat malt"))
    often.loc[often.index[:2], "wish"] = "salt poppy"
    given = {"dimensions": 2, "min_rows": 1}
    assert knows(often, rules, how, "poppy", max_words=5, **given)
    assert not knows(often, rules, how, "poppy", max_words=4, **given)
    assert knows(often, rules, how, "rye", max_words=4, **given)


@pytest.mark.slow
def test_the_order_of_words_and_letter_case_mean_nothing(featurizer, typed, rules):
    one, other = (
        featurizers.transform(featurizer, row_of(typed, wish=wish), rules).to_numpy()
        for wish in ("urgent QUICK", "quick urgent")
    )
    assert np.abs(one - other).max() < 1e-12


@pytest.mark.slow
def test_features_are_named_typed_and_indexed_by_id(features, typed, featurizer, rules):
    columns = featurizers.manifest(featurizer, rules)
    assert list(features.columns) == [column["name"] for column in columns]
    assert (features.index.name, features.index.tolist()) == ("order", typed["order"].tolist())
    assert set(features.dtypes) == {np.dtype("float64")}
    assert {column["source"] for column in columns} == set(rules.features)


@pytest.mark.slow
def test_a_row_alone_has_the_features_it_has_in_a_batch(featurizer, features, typed, rules):
    alone = [featurizers.transform(featurizer, typed.iloc[[n]], rules) for n in range(5)]
    assert np.abs(pd.concat(alone).to_numpy() - features.head(5).to_numpy()).max() < 1e-12


ODD = {
    "weight": [np.nan, -1e12, 1e12],
    "size": [np.nan, "", " ", "鸟", "x" * 10_000],
    "wish": ["", " \t ", "cherry " * 20_000, "飞机撞到一只鸟", "🦅", "a\x00b"],
}


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 1, 120])
def test_rows_however_many_have_features_of_one_shape_and_type(
    featurizer, features, typed, rules, count
):
    found = featurizers.transform(featurizer, typed.head(count), rules)
    assert found.shape == (count, features.shape[1])
    assert found.columns.equals(features.columns)
    assert set(found.dtypes) == {np.dtype("float64")}
    assert found.index.tolist() == typed["order"].tolist()[:count]


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_odd_values_have_finite_features(featurizer, typed, rules, name):
    odd = pd.concat([row_of(typed, **{name: value}) for value in ODD[name]])
    found = featurizers.transform(featurizer, odd, rules)
    assert len(found) == len(ODD[name])
    assert np.isfinite(found.to_numpy()).all()


@pytest.mark.slow
def test_order_and_number_of_columns_mean_nothing(featurizer, features, typed, rules):
    found = featurizers.transform(featurizer, typed[typed.columns[::-1]].assign(extra=1), rules)
    pd.testing.assert_frame_equal(found, features)


@pytest.mark.slow
def test_without_rare_levels_there_is_no_column_for_them(typed, rules, how):
    how = how.model_copy(update={"categories": recipe_features.Categories(min_rows=1)})
    columns = featurizers.manifest(featurizers.fit(typed, rules, how), rules)
    assert not [column for column in columns if "rare" in column]
    assert "town=Trier" in [column["name"] for column in columns]


@pytest.mark.slow
def test_kinds_of_columns_that_the_schema_lacks_are_left_out(typed, rules, how):
    kept = {name: rules.columns[name] for name in ("order", "guests", "late")}
    small = rules.model_copy(update={"columns": kept})
    fitted = featurizers.fit(typed, small, how)
    assert list(featurizers.transform(fitted, typed, small).columns) == ["guests"]


@pytest.mark.slow
def test_a_number_that_is_always_missing_does_no_harm(typed, rules, how):
    empty = typed.assign(weight=np.nan)
    found = featurizers.transform(featurizers.fit(empty, rules, how), empty, rules)
    assert np.isfinite(found.to_numpy()).all()


@pytest.mark.slow
def test_a_category_that_is_always_missing_is_one_level(typed, rules, how):
    empty = typed.assign(size=pd.Series(np.nan, index=typed.index, dtype="str"))
    found = featurizers.transform(featurizers.fit(empty, rules, how), empty, rules)
    assert found.filter(like="size=").columns.tolist() == ["size=(missing)"]
    assert (found["size=(missing)"] == 1).all()


@pytest.mark.slow
def test_a_number_that_only_later_is_missing_is_the_median(typed, rules, how):
    fitted = featurizers.fit(typed, rules, how)
    later = featurizers.transform(fitted, row_of(typed, guests=np.nan), rules).iloc[0]
    middle = featurizers.transform(fitted, row_of(typed, guests=typed["guests"].median()), rules)
    assert later["guests"] == middle.iloc[0]["guests"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ("", "empty vocabulary; perhaps the documents only contain stop words"),
        ("one two three", "n_components(6) must be <= n_features(3)."),
    ],
)
def test_texts_that_cannot_be_embedded_are_a_refusal(typed, rules, how, wish, reason):
    with pytest.raises(Refusal) as refused:
        featurizers.fit(typed.assign(wish=wish).head(60), rules, how)
    assert str(refused.value) == f"the featurizer cannot learn from the training set: {reason}"


def test_a_value_that_the_featurizer_does_not_take_is_a_refusal(featurizer, typed, rules):
    with pytest.raises(Refusal) as refused:
        featurizers.transform(featurizer, typed.assign(weight="heavy"), rules)
    assert str(refused.value) == (
        "the featurizer cannot transform rows: Cannot use median strategy with non-numeric data: "
        "could not convert string to float: 'heavy'"
    )


@pytest.mark.slow
def test_the_featurizer_takes_what_the_cast_gives(featurizer, table, rules, features):
    typed, _ = columns.cast(table, rules, [rules.id, *rules.features])
    found = featurizers.transform(featurizer, typed, rules)
    pd.testing.assert_frame_equal(found, features)


@pytest.mark.slow
@pytest.mark.parametrize("min_rows", [1, 5, 30])
def test_how_many_features_there_will_be_is_known_beforehand(typed, rules, how, min_rows):
    settings = how.model_copy(update={"categories": recipe_features.Categories(min_rows=min_rows)})
    made = featurizers.manifest(featurizers.fit(typed, rules, settings), rules)
    assert featurizers.width(typed, rules, settings) == len(made)


@pytest.mark.slow
def test_as_many_cells_as_allowed_are_made(features, typed, rules, settings):
    count = features.shape[1]
    params = settings("featurize", recipe_features.Params)
    enough = params.model_copy(update={"max_cells": 120 * count})
    featurizers.require_room(typed, rules, enough)
    few = params.model_copy(update={"max_cells": 60 * count})
    with pytest.raises(Refusal) as refused:
        featurizers.require_room(typed, rules, few)
    assert str(refused.value) == (
        f"120 rows of {count} features are {120 * count:,} cells, more than featurize.max_cells "
        f"{60 * count:,}: lower ingest.max_rows to about 50% of the rows there are now, or make "
        "fewer features (featurize.categories.min_rows)"
    )
