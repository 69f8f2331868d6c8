"""model -> metrics -> verdict: thresholds on the whole and on every slice."""

import contextlib
import io
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from evaluations import SLICES
from mock_project import command_of, end_of, make_project, undone
from orders import split_of
from pipeline.core import custody
from pipeline.core.files import write_json
from pipeline.evaluation import champion, evaluate
from pipeline.model import featurizer as featurizers
from pipeline.model import model_file, training
from pipeline.model.scorer import Scorer
from recipe import estimators
from recipe import features as recipe_features
from recipe.metrics import BINARY


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, typed, rules, settings) -> Path:
    """A project in which `evaluate` has run, and no other stage; out.txt is what it printed."""
    folder = make_project(tmp_path_factory.mktemp("evaluated") / "project")
    (folder / "data/dataset").mkdir()
    seen, held_out = split_of(typed, rules, settings)
    seen.to_parquet(folder / "data/dataset/train.parquet")
    held_out.to_parquet(folder / "data/dataset/test.parquet")
    featurizer = featurizers.fit(seen, rules, settings("featurize", recipe_features.Params))
    features = featurizers.transform(featurizer, seen, rules)
    estimator, _ = training.train(features, seen["late"], settings("train", estimators.Params))
    model = Pipeline([("featurizer", featurizer), ("estimator", estimator)])
    model_file.save(model, folder / "models/model.skops")
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, undone(), contextlib.redirect_stdout(out):
        patch.chdir(folder)
        assert end_of(evaluate.main, command_of("evaluate")) == 0
    (folder / "out.txt").write_text(out.getvalue(), encoding="utf-8")
    return folder


@pytest.fixture
def ready(evaluated, tmp_path, monkeypatch) -> Path:
    """A copy of it, to be spoilt; it is the working directory."""
    folder = tmp_path / "project"
    shutil.copytree(evaluated, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return folder


def record() -> dict:
    return json.loads(Path("reports/evaluate.json").read_text())


@pytest.mark.slow
def test_the_stage_measures_as_numpy_does(ready, rules):
    test = pd.read_parquet("data/dataset/test.parquet")
    own = Scorer(model_file.load(Path("models/model.skops")), rules).scores(test)
    late = (test["late"] == "yes").to_numpy()
    assert (record()["task"], record()["rows"]) == ("binary", len(test))
    assert record()["metrics"]["accuracy"] == ((own >= 0.5) == late).mean()
    assert record()["metrics"]["brier"] == pytest.approx(((own - late) ** 2).mean())
    share = (pd.read_parquet("data/dataset/train.parquet")["late"] == "yes").mean()
    assert record()["baseline"]["brier"] == pytest.approx(((share - late) ** 2).mean())
    assert sum(piece["rows"] for piece in record()["slices"] if piece["by"] == "size") == 30
    assert record()["champion"] == {**champion.NOBODY, "absent": "nothing has been deployed yet"}
    assert json.loads(Path("reports/metrics.json").read_text()) == record()["metrics"]
    assert sorted(path.name for path in Path("reports/plots").iterdir()) == [
        "calibration.csv",
        "confusion.csv",
        "precision_recall.csv",
        "roc.csv",
    ]


@pytest.mark.slow
def test_the_stage_prints_each_metric_with_its_interval(ready):
    lines = Path("out.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"{'metric':24}     model            interval  baseline"
    assert [line.split()[0] for line in lines[1:-1]] == list(BINARY)
    value, interval = record()["metrics"]["brier"], record()["intervals"]["brier"]
    shown = [f"{number:.4f}" for number in (value, *interval, record()["baseline"]["brier"])]
    assert f"brier{shown[0]:>29}{f'{shown[1]} – {shown[2]}':>20}{shown[3]:>10}" in lines
    assert lines[-1] == (
        f"evaluate: {len(record()['slices'])} slices; look at reports/evaluate.html"
    )


@pytest.mark.slow
def test_what_is_undefined_is_a_dash():
    values = {"metrics": {"precision": None}, "baseline": {"precision": 0.25}, "intervals": {}}
    assert evaluate.summary(values).splitlines()[1].split() == ["precision", "–", "–", "0.2500"]


@pytest.mark.slow
def test_the_stage_compares_with_the_champion(ready, run, change):
    """The model is its own champion: as good as itself, whatever chance does."""
    shutil.copyfile("models/model.skops", "deploy/champion/model.skops")
    shutil.copyfile("schema.yaml", "deploy/champion/schema.yaml")
    digest = custody.digest(Path("models/model.skops"))
    write_json(Path("deploy/champion/champion.json"), {"bento": "bakery:1", "model": digest})
    change("evaluate", thresholds={"roc_auc": {"max_worse": 0.0, "max_better": 0.0}})
    assert run(evaluate.main).code == 0
    found = record()["champion"]
    assert (found["bento"], found["model"], found["absent"]) == ("bakery:1", digest, None)
    assert found["metrics"] == record()["metrics"]
    assert found["better_by"]["roc_auc"] == 0
    assert found["better_by_intervals"]["roc_auc"] == [0, 0]
    assert "bakery:1" in Path("reports/evaluate.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_unusable_champion_and_a_lost_slice_stop_the_stage(ready, run, change):
    shutil.copyfile("models/model.skops", "deploy/champion/model.skops")
    other = Path("schema.yaml").read_text().replace('positive: "yes"', 'positive: "no"')
    Path("deploy/champion/schema.yaml").write_text(other)
    digest = custody.digest(Path("models/model.skops"))
    write_json(Path("deploy/champion/champion.json"), {"bento": "bakery:1", "model": digest})
    path = Path("data/dataset/test.parquet")
    test = pd.read_parquet(path)
    pd.concat([test[test["size"] != "small"]] * 2).to_parquet(path)
    change("evaluate", thresholds={"roc_auc": {"max_worse": 0.5}})
    ended = run(evaluate.main)
    assert ended.code == 1
    another = "the champion predicts another target"
    assert f"there is no champion to compare with: {another} (evaluate.no_champion" in ended.err
    assert record()["champion"]["absent"] == another
    assert "the test set has no row where size is small; the training set has" in ended.err


@pytest.mark.slow
def test_a_missed_threshold_stops_the_stage_and_keeps_the_report(ready, run, change):
    change("evaluate", thresholds={"accuracy": {"min": 0.999}})
    ended = run(evaluate.main)
    assert ended.code == 1
    assert "below evaluate.thresholds.accuracy.min 0.999" in ended.err
    assert record()["verdict"] == "failed"
    assert record()["metrics"]["accuracy"] < 0.999
    page = Path("reports/evaluate.html").read_text(encoding="utf-8")
    assert "stopped" in page
    assert "evaluate.thresholds.accuracy.min 0.999" in page


@pytest.mark.slow
def test_a_threshold_below_the_floor_stops_the_stage(made, run):
    Path("tests/floor.txt").write_text("evaluate.thresholds.roc_auc.min 0.7\n")
    ended = run(evaluate.main)
    assert ended.code == 1
    assert record()["verdict"] == "failed"
    assert (
        "params.yaml: `evaluate.thresholds.roc_auc.min` is 0.6, looser than 0.7; if that is meant, "
        "change its line in tests/floor.txt too" in ended.err
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"thresholds": {"acuracy": {"min": 0.9}}}, "no metric is called acuracy (did you mean"),
        ({"decision_threshold": None}, "`evaluate.decision_threshold` is missing"),
        (
            {"slices": {**SLICES, "values": ["siz"], "thresholds": {}}},
            "evaluate: params.yaml: `evaluate.slices.values`: there is no column `siz` (did you",
        ),
        ({"reads": "best"}, "`evaluate.reads`: input should be 'point' or 'bound', not 'best'"),
    ],
)
def test_a_wrong_parameter_is_one_sentence(ready, run, change, changed, sentence):
    change("evaluate", **changed)
    ended = run(evaluate.main)
    assert ended.code == 1
    assert sentence in ended.err


@pytest.mark.slow
def test_evaluating_twice_gives_the_same_bytes(ready, run, drawn):
    def everything():
        paths = [*Path("reports").rglob("*.csv"), *Path("reports").glob("evaluate.*")]
        return {path: path.read_bytes() for path in paths}

    assert run(evaluate.main).code == 0
    before = everything()
    assert len(before) == 6
    assert run(evaluate.main).code == 0
    assert everything() == before
