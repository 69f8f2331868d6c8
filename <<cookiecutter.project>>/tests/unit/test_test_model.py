"""The gate on the model's behaviour: it opens for a good one, and each fault closes it."""

import json
from pathlib import Path

import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from pipeline import model_file, train, verdict
from pipeline import test_model as stage
from pipeline.stage import GateClosed


def test_a_good_model_passes(made):
    record = json.loads(Path("reports/test_model.json").read_text())
    assert (record["verdict"], record["failed"]) == ("passed", {})
    modules = {name.split("::")[0] for name in record["passed"]}
    assert modules == {f"tests/model/{path.name}" for path in Path("tests/model").glob("test_*.py")}


def reasons(artefacts, settings, module: str) -> str:
    """Return why a module of tests/model closes the gate."""
    how = settings("test_model", stage.Params)
    with pytest.raises(GateClosed) as closed:
        verdict.judge(Path(f"tests/model/test_{module}.py"), **artefacts, settings=how)
    return "\n".join(closed.value.reasons)


def relearn(target) -> None:
    """Put a model that learned another target in the place of the good one."""
    model = model_file.load(Path("models/model.skops"))
    rows = pd.read_parquet("data/features/train.parquet")
    how = train.Params(estimator=train.ESTIMATORS[0], arguments={}, seed=1)
    estimator, _ = train.train(rows, target, how)
    save(Pipeline([("featurizer", model[0]), ("estimator", estimator)]))


def save(model) -> None:
    model_file.save(model, Path("models/model.skops"))


def test_a_model_that_learned_the_opposite_closes_the_gate(artefacts, settings):
    late = pd.read_parquet("data/dataset/train.parquet")["late"]
    relearn(late.map({"yes": "no", "no": "yes"}))
    found = reasons(artefacts, settings, "learning")
    assert "the classes are swapped" in found
    assert "less than test_model.min_gain 0.1" in found
    found = reasons(artefacts, settings, "expectations")
    assert "{'wish': 'urgent quick hurry'} should score higher in 80% of the rows" in found


def test_a_model_that_says_one_thing_to_all_closes_the_gate(artefacts, settings):
    model = model_file.load(Path("models/model.skops"))
    model[1].coef_[:] = 0
    save(model)
    assert "the model says one thing to all" in reasons(artefacts, settings, "output")


def test_an_expectation_of_a_column_that_is_not_there_closes_the_gate(artefacts, settings, change):
    wrong = {"name": "a dear one is late", "set": {"price": 9.0}, "expect": "higher"}
    change("test_model", expectations=[wrong])
    assert "there is no column ['price']" in reasons(artefacts, settings, "expectations")


def test_a_model_that_cannot_learn_by_heart_closes_the_gate(artefacts, settings, change):
    tree = "sklearn.tree.DecisionTreeClassifier"
    change("train", estimator=tree, arguments={"min_samples_leaf": 15})
    assert "fewer than test_model.overfit_accuracy 90%" in reasons(artefacts, settings, "learning")


def test_the_stage_hands_over_what_stands_in_params(made, run, monkeypatch):
    given = {}
    monkeypatch.setattr(verdict, "judge", lambda folder, **artefacts: given.update(artefacts))
    assert run(stage.main).code == 0
    assert given["settings"].rows == 10
    assert given["model"] == Path("models/model.skops")
