"""The gate on the features: it opens for good ones, and each fault closes it."""

import json
from pathlib import Path

import pandas as pd
import pytest

from pipeline import test_data as stage
from pipeline import verdict
from pipeline.stage import GateClosed

PARTS = ("train", "test")


def test_good_features_pass(made):
    record = json.loads(Path("reports/test_data.json").read_text())
    assert record["verdict"] == "passed"
    assert record["failed"] == {}
    modules = {name.split("::")[0] for name in record["passed"]}
    assert modules == {f"tests/data/{path.name}" for path in Path("tests/data").glob("test_*.py")}


def change(kind: str, spoil) -> None:
    """Rewrite both parts in data/dataset or data/features by `spoil(frame)`."""
    for part in PARTS:
        path = Path("data", kind, f"{part}.parquet")
        spoil(pd.read_parquet(path)).to_parquet(path)


def scale_twice(frame):
    return frame.assign(weight=frame["weight"] * 2)


def no_level(frame):
    return frame.assign(**dict.fromkeys(frame.filter(like="size=").columns, 0.0))


def wrong_level(frame):
    return frame.rename(columns={"town=Bonn": "town=Kiel", "town=Kiel": "town=Bonn"})[frame.columns]


def long_embedding(frame):
    return frame.assign(**{"wish[0]": frame["wish[0]"] + 1})


def not_finite(frame):
    return frame.assign(guests=float("nan"))


def not_float(frame):
    return frame.assign(guests=1)


def turn_rows(frame):
    return frame[::-1]


def no_mark(frame):
    return frame.assign(**{"weight (missing)": 0.0})


@pytest.mark.parametrize(
    ("spoil", "module", "sentence"),
    [
        (scale_twice, "numbers", "`weight` is off by"),
        (no_mark, "numbers", "`weight (missing)` marks the wrong rows"),
        (no_level, "categories", "rows of `size` do not sum to 1"),
        (wrong_level, "categories", "marks rows of another level"),
        (long_embedding, "texts", "embeddings of `wish` are not of length 1"),
        (not_finite, "frame", "hold NaN or infinity"),
        (not_float, "frame", "are not float64"),
        (not_float, "frame", "never vary and can teach nothing"),
        (turn_rows, "frame", "the features' ids are not those of the data set"),
    ],
)
def test_spoilt_features_close_the_gate(artefacts, settings, spoil, module, sentence):
    change("features", spoil)
    assert sentence in reasons(artefacts, settings, module)


def reasons(artefacts, settings, module: str) -> str:
    """Return why a module of tests/data closes the gate."""
    given = {**artefacts, "settings": settings("test_data", stage.Params)}
    with pytest.raises(GateClosed) as closed:
        verdict.judge(Path(f"tests/data/test_{module}.py"), **given)
    return "\n".join(closed.value.reasons)


def test_a_feature_that_knows_the_target_closes_the_gate(artefacts, settings):
    late = pd.read_parquet("data/dataset/train.parquet")["late"] == "yes"
    path = Path("data/features/train.parquet")
    frame = pd.read_parquet(path)
    frame.assign(guests=late.to_numpy("float64") + frame["guests"] / 1e3).to_parquet(path)
    assert "`guests` alone has ROC AUC 1.000" in reasons(artefacts, settings, "leaks")


def test_a_row_on_both_sides_closes_the_gate(artefacts, settings):
    train, test = (pd.read_parquet(f"data/dataset/{part}.parquet") for part in PARTS)
    pd.concat([train, test.head(1)]).to_parquet("data/dataset/train.parquet")
    found = reasons(artefacts, settings, "leaks")
    assert "['o090'] are in the train part and in the test part" in found
    assert "an id stands on more than one row" in found


def test_the_stage_fails_and_its_report_names_the_test(made, run):
    change("features", scale_twice)
    ended = run(stage.main)
    assert ended.code == 1
    record = json.loads(Path("reports/test_data.json").read_text())
    assert record["verdict"] == "failed"
    name = next(name for name in record["failed"] if "scaled_by_the_train_parts_mean" in name)
    assert name.startswith("tests/data/test_numbers.py::")
