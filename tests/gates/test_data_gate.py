"""The gate on the features: it opens for good ones, and each fault closes it."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mock_project import command_of
from pipeline.core import params
from pipeline.core.errors import GateClosed
from pipeline.data import ingest
from pipeline.data import schema as schemas
from pipeline.gates import check_data, verdict
from pipeline.gates.settings import DataParams, MaxPsi
from pipeline.model import featurizer as featurizers
from pipeline.model import model_file
from recipe import features as recipe_features

pytestmark = pytest.mark.slow

PARTS = ("train", "test")


def reasons(artefacts, settings, module: str, **changed) -> str:
    """Return why a module of tests/data closes the gate."""
    how = settings("check_data", DataParams).model_copy(update=changed)
    with pytest.raises(GateClosed) as closed:
        verdict.judge(Path(f"tests/data/test_{module}.py"), **artefacts, settings=how)
    return "\n".join(closed.value.reasons)


def change(kind: str, spoil, parts=PARTS) -> None:
    """Rewrite parts in data/dataset or data/features by `spoil(frame)`."""
    for part in parts:
        path = Path("data", kind, f"{part}.parquet")
        spoil(pd.read_parquet(path)).to_parquet(path)


def scale_twice(frame):
    return frame.assign(weight=frame["weight"] * 2)


def shift_a_little(frame):
    """As if the mean were taken over the test set too."""
    return frame.assign(weight=frame["weight"] + 1e-6)


def no_mark(frame):
    return frame.assign(**{"weight (missing)": 0.0})


def no_level(frame):
    return frame.assign(**dict.fromkeys(frame.filter(like="size=").columns, 0.0))


def halves(frame):
    return frame.assign(**{"town=Bonn": 0.5})


def shift_levels(frame):
    """One-hot columns that are off by one."""
    names = list(frame.filter(like="town=").columns)
    return frame.assign(**dict(zip(names, frame[np.roll(names, 1)].to_numpy().T, strict=True)))


def long_embedding(frame):
    return frame.assign(**{"wish[0]": frame["wish[0]"] + 1})


def embed_at_random(frame):
    names = list(frame.filter(like="wish[").columns)
    values = np.random.default_rng(0).normal(size=(len(frame), len(names)))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return frame.assign(**dict(zip(names, values.T, strict=True)))


def not_finite(frame):
    return frame.assign(guests=float("nan"))


def infinite(frame):
    return frame.assign(weight=np.inf)


def not_float(frame):
    return frame.assign(guests=1)


def turn_rows(frame):
    return frame[::-1]


@pytest.mark.parametrize(
    ("spoil", "module", "sentences"),
    [
        (
            (scale_twice, no_mark),
            "numbers",
            (
                "train: `weight` is",
                "`weight`: the deviation is 2, not 1",
                "test: `weight` is below its `min` in schema.yaml",
                "`weight (missing)` marks the wrong rows",
            ),
        ),
        ((shift_a_little,), "numbers", ("`weight` is 1e-06", "the mean is 1e-06, not 0")),
        ((no_level, halves), "categories", ("`size` do not sum to 1", "`town` holds values that")),
        ((shift_levels,), "categories", ("`town=Bonn` marks rows of another level",)),
        ((long_embedding,), "texts", ("embeddings of `wish` are not of length 1",)),
        (
            (embed_at_random,),
            "texts",
            (
                "holds no word of the training set has an embedding",
                "test: the embeddings of `wish` are not computed from its words: they differ by",
                "embeddings of equal texts of `wish` differ by",
                "that is not check_data.min_neighbour_gain 2 times as many",
            ),
        ),
        ((not_finite, infinite), "frame", ("train: ['weight', 'guests'] hold NaN or infinity",)),
        ((not_float,), "frame", ("['guests'] are not float64", "['guests'] never vary, so")),
        ((turn_rows,), "frame", ("the features' ids are not those of the data set",)),
        (
            (embed_at_random,),
            "learned",
            ("makes other features than those in data/features (`",),
        ),
    ],
)
def test_spoilt_features_close_the_gate(artefacts, settings, spoil, module, sentences):
    for one in spoil:
        change("features", one)
    found = reasons(artefacts, settings, module)
    for sentence in sentences:
        assert sentence in found, found


def featurizer_of(rows: pd.DataFrame, rules, **changed) -> None:
    """Put another featurizer and its features in the place of the good ones."""
    how = params.load("featurize", recipe_features.Params)
    fitted = featurizers.fit(rows, rules, how.model_copy(update=changed))
    store(fitted, rules)


def store(fitted, rules) -> None:
    model_file.save(fitted, Path("models/featurizer.skops"))
    for part in PARTS:
        made = featurizers.transform(fitted, pd.read_parquet(f"data/dataset/{part}.parquet"), rules)
        made.to_parquet(f"data/features/{part}.parquet")
    columns = featurizers.manifest(fitted, rules)
    Path("data/features/manifest.json").write_text(json.dumps(columns))


def both_parts(**changed) -> pd.DataFrame:
    train, test = (pd.read_parquet(f"data/dataset/{part}.parquet") for part in PARTS)
    return pd.concat([train, test.assign(**changed)])


def test_learning_from_the_test_set_closes_the_gate(artefacts, settings, rules):
    """Numbers, levels and words."""
    featurizer_of(both_parts(town="Rome", wish="a truffle"), rules)
    found = "\n".join(
        reasons(artefacts, settings, module)
        for module in ("learned", "numbers", "categories", "texts")
    )
    for sentence in (
        "a featurizer fitted on the training set alone makes other features (",
        "test: `weight` is",
        "`town`: ['Rome'] are not as in the training set",
        "`wish`: 1 words such as 'truffle' were learned, but not from the training set",
    ):
        assert sentence in found, found


def test_other_words_or_levels_than_declared_close_the_gate(artefacts, settings, rules):
    texts = recipe_features.Texts(dimensions=5, min_rows=6, max_words=100)
    rare = recipe_features.Categories(min_rows=1)
    featurizer_of(
        pd.read_parquet("data/dataset/train.parquet"), rules, texts=texts, categories=rare
    )
    found = reasons(artefacts, settings, "texts", max_silent_texts=0.0)
    assert "`wish` has 5 dimensions, not 6" in found
    assert "were not learned" in found
    assert "['Trier'] have a column of their own" in reasons(artefacts, settings, "categories")


def test_embeddings_of_another_columns_texts_close_the_gate(artefacts, settings, rules):
    """Of towns, not of wishes; and of no text at all."""
    train = pd.read_parquet("data/dataset/train.parquet")
    how = settings("featurize", recipe_features.Params)
    how = how.model_copy(
        update={"texts": recipe_features.Texts(dimensions=2, min_rows=2, max_words=9)}
    )
    fitted = recipe_features.build(rules, how)
    steps = [step if step[2] != "wish" else (*step[:2], "town") for step in fitted.transformers]
    fitted.set_params(transformers=steps)
    store(fitted.fit(train[rules.features]), rules)
    found = reasons(artefacts, settings, "frame")
    assert "['wish'] are features in schema.yaml, but no feature was made of them" in found
    assert "`town[0]` is a feature of kind embedding, but comes from a category" in found
    # The same, under the right name.
    blank = {part: pd.read_parquet(f"data/dataset/{part}.parquet") for part in PARTS}
    good = featurizers.fit(train, rules, settings("featurize", recipe_features.Params))
    for part, rows in blank.items():
        made = featurizers.transform(good, rows.assign(wish="urgent cherry"), rules)
        made.to_parquet(f"data/features/{part}.parquet")
    model_file.save(good, Path("models/featurizer.skops"))
    columns = featurizers.manifest(good, rules)
    Path("data/features/manifest.json").write_text(json.dumps(columns))
    found = reasons(artefacts, settings, "texts")
    assert "the embeddings of `wish` are not computed from its words" in found
    assert "holds no word of the training set has an embedding" in found


def test_texts_of_unknown_words_close_the_gate(artefacts, settings, rules):
    change("dataset", lambda rows: rows.assign(wish="xylophone"), ["test"])
    store(model_file.load(artefacts["featurizer"]), rules)
    found = reasons(artefacts, settings, "texts")
    assert "test: 100% of the texts in `wish` hold no word of the training set: more than" in found


def test_constant_features_are_exactly_the_declared_ones(artefacts, settings):
    found = reasons(artefacts, settings, "frame", constant=["guests", "no such feature"])
    assert (
        "check_data.constant names ['guests', 'no such feature'], which are not features, or"
        in found
    )
    change("features", lambda frame: frame.assign(guests=0.0), ["train"])
    found = reasons(artefacts, settings, "frame")
    assert "['guests'] never vary, so no model can learn from them; if that is right, name" in found


def test_rows_that_differ_from_the_raw_table_close_the_gate(artefacts, settings):
    change("dataset", lambda rows: rows.assign(weight=rows["weight"].clip(upper=2000)))
    change("dataset", lambda rows: rows.assign(guests=13.0), ["train"])
    change("dataset", lambda rows: rows.assign(size="huge"), ["test"])
    found = reasons(artefacts, settings, "rows")
    assert re.search(r"`weight` of row o0\d\d is 2000.0 in the data set and \d+ in the raw", found)
    assert "train: `guests` is above its `max`" in found
    assert "test: ['huge'] are not levels of `size`" in found
    change("dataset", lambda rows: rows.assign(order="x" + rows["order"]).tail(20))
    change("dataset", lambda rows: rows.assign(weight=rows["weight"].astype("str")), ["train"])
    change("dataset", lambda rows: rows.assign(weight=np.inf), ["test"])
    found = reasons(artefacts, settings, "rows")
    assert "train: xo070 occurs 0 times in the raw table" in found
    assert "66.67% of the raw rows are lost, more than ingest.max_bad_rows" in found
    assert "train: `weight` is of type str" in found
    assert "test: `weight` holds infinity" in found


def test_rows_of_a_parquet_table_are_compared_too(artefacts, settings, run):
    """Its types are its own: whole numbers, dates, levels that look like numbers."""
    raw = pd.read_csv("data/raw/orders.csv", dtype="str", keep_default_na=False)
    raw["weight"] = pd.to_numeric(raw["weight"]).astype("Int64")
    raw["guests"] = raw["guests"].astype("int8")
    raw["day"] = pd.to_datetime(raw["day"], utc=True)
    raw["town"] = raw["town"].map({"Bonn": 1, "Kiel": 2}).astype("float64")
    raw["town"] = raw["town"].fillna(3.0)
    raw["wish"] = raw["wish"].where(raw["wish"] != "", None)
    path = Path("data/raw/orders.parquet")
    raw.to_parquet(path)
    words = [*command_of("ingest")]
    words[words.index("--raw") + 1] = str(path)
    assert run(ingest.main, *words).code == 0
    given = {**artefacts, "raw": path, "settings": settings("check_data", DataParams)}
    judged = verdict.judge(Path("tests/data/test_rows.py"), **given)
    assert judged["failed"] == {}
    change("dataset", lambda rows: rows.assign(town=rows["town"].replace("2", "1")))
    found = reasons({**artefacts, "raw": path}, settings, "rows")
    assert re.search(r"`town` of row o0\d\d is 1 in the data set and 2.0 in the raw table", found)


def test_a_feature_that_knows_the_target_closes_the_gate(artefacts, settings):
    late = pd.read_parquet("data/dataset/train.parquet")["late"] == "yes"
    known = late.to_numpy("float64")
    change("features", lambda frame: frame.assign(guests=known + frame["guests"] / 1e3), ["train"])
    change(
        "dataset",
        lambda rows: rows.assign(
            town=np.where(late, "Bonn", "Kiel"),
            wish=rows["wish"] + pd.Series(np.where(late, " alas", " hooray"), index=rows.index),
        ),
        ["train"],
    )
    found = reasons(artefacts, settings, "leaks")
    assert "`guests` alone has ROC AUC 1.000, above check_data.max_leak_auc 0.98: was it" in found
    assert "`town` alone has ROC AUC 1.000" in found
    assert "`wish`: the word 'alas' alone has ROC AUC 1.000" in found


def test_only_the_columns_declared_strong_may_predict_the_target(artefacts, settings):
    late = pd.read_parquet("data/dataset/train.parquet")["late"] == "yes"
    known = late.to_numpy("float64")
    change("features", lambda frame: frame.assign(guests=known + frame["guests"] / 1e3), ["train"])
    change("dataset", lambda rows: rows.assign(guests=known), ["train"])
    assert "`guests` alone" in reasons(artefacts, settings, "leaks")
    how = settings("check_data", DataParams)
    given = {**artefacts, "settings": how.model_copy(update={"strong": ["guests"]})}
    assert verdict.judge(Path("tests/data/test_leaks.py"), **given)["failed"] == {}
    assert "`guests` alone" in reasons(artefacts, settings, "leaks", strong=["town", "wish"])
    found = reasons(artefacts, settings, "leaks", strong=["guests", "day"])
    assert "check_data.strong names `day`, which is not a feature" in found
    every = ["guests", "size", "town", "weight", "wish"]
    given["settings"] = how.model_copy(update={"strong": every})
    assert verdict.judge(Path("tests/data/test_leaks.py"), **given)["failed"] == {}


def test_rows_on_both_sides_close_the_gate(artefacts, settings, change):
    train, test = (pd.read_parquet(f"data/dataset/{part}.parquet") for part in PARTS)
    copies = test.head(6).assign(order=[*test["order"].head(1), *"abcde"])
    pd.concat([train, copies]).to_parquet("data/dataset/train.parquet")
    found = reasons(artefacts, settings, "leaks", max_shared_groups=0.5)
    for sentence in (
        "['o090'] are in the training set and in the test set",
        "an id occurs more than once",
        "20.00% of the test set's rows equal a row of the training set in all features and in",
        "such as o090: more than check_data.max_shared_rows 10.00%",
        "100.00% of the test set's rows have a `shop`, such as ",
        "the training set reaches 2024-04-05 00:00:00, the test set begins 2024-03-31 00:00:00",
    ):
        assert sentence in found, found
    change("ingest", split={"by": "group"})
    assert "the groups ['shop 0', 'shop 1', 'shop 2'] are in" in reasons(
        artefacts, settings, "leaks"
    )
    change("ingest", split={"by": "random", "test_share": 0.5})
    assert "the test set has 30 rows, not 63" in reasons(artefacts, settings, "leaks")


def test_a_table_of_another_task_is_judged_too(other, run):
    """Its leaks and its levels, by the parameters of its own."""
    rules = schemas.load(Path("schema.yaml"))
    truth = pd.read_parquet("data/dataset/train.parquet")[rules.target]
    name = pd.read_parquet("data/features/train.parquet").columns[0]
    known = pd.factorize(truth, sort=True)[0].astype("float64")
    change("features", lambda frame: frame.assign(**{name: known}), ["train"])
    ended = run(check_data.main)
    assert ended.code == 1
    figure, key = ("rank correlation", "max_leak_correlation")
    if rules.task == "multiclass":
        figure, key = ("ROC AUC", "max_leak_auc")
    assert f"`{name}` alone has {figure} 1.000, above check_data.{key} 0.98" in ended.err


def test_a_drifted_test_set_closes_the_gate(artefacts, settings):
    limits = MaxPsi(number=0.1, category=0.1, text=0.1)
    changed = {"max_psi": limits, "max_missing_gap": 0.2}
    given = {
        **artefacts,
        "settings": settings("check_data", DataParams).model_copy(update=changed),
    }
    judged = verdict.judge(Path("tests/data/test_drift.py"), **given)
    assert judged["failed"] == {}, "few rows, and no more than chance"
    change("dataset", lambda rows: rows.assign(weight=rows["weight"] / 10, size=None), ["test"])
    found = reasons(artefacts, settings, "drift", **changed)
    assert "differs between the sets: PSI " in found
    assert "above check_data.max_psi 0.1; was its unit or its spelling changed?" in found
    assert "`size` is missing +89% more often in the test set than in the training set" in found
