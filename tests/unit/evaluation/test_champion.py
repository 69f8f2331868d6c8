"""The champion: named, kept whole, and compared with."""

import json
from pathlib import Path

import pytest

from pipeline.core import custody
from pipeline.core.errors import Refusal
from pipeline.evaluation import champion, evaluate

FOLDER = Path("deploy/champion")


def crowned() -> None:
    champion.crown(Path("release/bento/src"), "bakery:1")


@pytest.mark.slow
def test_before_the_first_deployment_there_is_none(project):
    assert champion.load(FOLDER) == ({"bento": None, "model": None}, None)
    assert not champion.is_champion("sha256:1")


@pytest.mark.slow
def test_a_crowned_model_is_named_and_scores(made, typed, scorer):
    crowned()
    named, loaded = champion.load(FOLDER)
    assert named == {"bento": "bakery:1", "model": custody.digest(Path("models/model.skops"))}
    assert loaded.scores(typed.head(5)).shape == (5,)
    assert champion.is_champion(named["model"])
    assert {path.name for path in FOLDER.iterdir()} == {
        "champion.json",
        "model.skops",
        "schema.yaml",
    }


def test_a_champion_that_is_not_the_named_one_is_refused(made):
    crowned()
    with (FOLDER / "model.skops").open("ab") as file:
        file.write(b"x")
    with pytest.raises(
        Refusal, match=r"deploy/champion/model.skops is not the champion that deploy/champion/cham"
    ):
        champion.load(FOLDER)
    (FOLDER / "model.skops").unlink()
    with pytest.raises(Refusal, match="is not the champion that"):
        champion.load(FOLDER)


@pytest.mark.parametrize("content", ["[]", "{}"])
def test_a_file_that_names_nobody_is_refused(project, content):
    (FOLDER / "champion.json").write_text(content)
    with pytest.raises(Refusal, match="does not name a champion; `git checkout deploy/champion`"):
        champion.load(FOLDER)


def record() -> dict:
    return json.loads(Path("reports/evaluate.json").read_text())


@pytest.mark.slow
def test_a_model_compared_with_itself_is_neither_better_nor_worse(made, run):
    crowned()
    assert run(evaluate.main).code == 0
    found = record()["champion"]
    assert found["bento"] == "bakery:1"
    assert found["metrics"] == record()["metrics"]
    assert set(found["better_by"].values()) == {0.0}
    assert found["better_by_intervals"]["roc_auc"] == [0.0, 0.0]
    page = Path("reports/evaluate.html").read_text(encoding="utf-8")
    assert "Against the champion" in page


@pytest.mark.slow
def test_a_champion_that_derives_columns_keeps_its_own_recipe(made, typed):
    source = Path("release/bento/src")
    served = json.loads((source / "service.json").read_text())
    (source / "service.json").write_text(json.dumps({**served, "derived": ["share"]}))
    crowned()
    named, loaded = champion.load(FOLDER)
    assert named["recipe"] == custody.digest(source / "recipe")
    assert loaded.scores(typed.head(2)).shape == (2,)
    with (FOLDER / "recipe/features.py").open("a") as file:
        file.write("# changed\n")
    with pytest.raises(Refusal, match="deploy/champion/recipe is not the champion that"):
        champion.load(FOLDER)
    (source / "service.json").write_text(json.dumps(served))
    crowned()
    assert not (FOLDER / "recipe").exists(), "the next champion derives nothing"
