"""All records of a run become one page and the model card."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from mock_project import ROOT
from mock_releases import release_of
from orders import orders
from pipeline.core import files
from pipeline.core.errors import Refusal
from pipeline.model import model_file
from pipeline.production.releases import write_history
from pipeline.report import report

pytestmark = pytest.mark.usefixtures("columns_are_not_drawn")

PAGE, CARD = Path("reports/index.html"), Path("reports/model_card.md")
PARTS = ["journey", "data", "model", "serving", "custody", "card"]
WORDS = {
    "stages": "dvc.yaml",
    "schema": "schema.yaml",
    "dataset": "data/dataset",
    "model": "models/model.skops",
    "smoked": "reports/smoke.json",
    "deployment": "release/deployment.json",
    "log": "data/live/log",
    "monitored": "reports/monitor.json",
    "html": PAGE,
    "card-markdown": CARD,
    "card-html": "reports/model_card.html",
}


@pytest.fixture
def make(run):
    """`make()` is `make report`."""

    def make():
        shutil.copyfile(ROOT / "dvc.yaml", "dvc.yaml")
        return run(report.main, *[word for key in WORDS for word in (f"--{key}", WORDS[key])])

    return make


def anchors(text: str) -> list[str]:
    return re.findall(r'<h2 class="part" id="(\w+)">', text)


def part(text: str, name: str) -> str:
    """Return the words of a part of the page."""
    after = text.split(f'id="{name}">', 1)[1].split('<h2 class="part"', 1)[0]
    return re.sub(r"<[^>]+>", "", after)


def rewrite(path: str, **values) -> None:
    files.write_json(Path(path), {**json.loads(Path(path).read_text()), **values})


@pytest.mark.slow
def test_a_blessed_run_is_shown_in_whole(blessed, make):
    ended = make()
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[-1] == f"report: open {PAGE}"
    text = PAGE.read_text()
    assert anchors(text) == PARTS
    assert 'bakery: <span class="verdict good">blessed</span>' in text
    assert "has not" not in part(text, "model")
    for name in ("index.html", "model_card.html"):
        html = (PAGE.parent / name).read_text()
        assert not re.search(r"(src|href)=[\"']?(https?:)?//|url\(|<script|<link|@import", html)
    assert CARD.read_text().startswith("# Model card of bakery\n")


def test_before_anything_ran_there_is_no_page(project, make):
    ended = make()
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "nothing has run yet" in ended.err
    assert not PAGE.exists()


@pytest.mark.slow
def test_a_run_as_far_as_ingest_is_shown(made, make):
    for path in ("models", "release", "reports"):
        for file in [file for file in Path(path).rglob("*.*") if file.name != "ingest.json"]:
            if file.is_file():
                file.unlink()
    assert make().code == 0
    text = PAGE.read_text()
    assert anchors(text) == PARTS
    assert "unfinished" in text
    assert "There is no model yet" in part(text, "model")
    assert "has not been started yet" in part(text, "serving")
    assert "Not measured" in part(text, "card")


@pytest.mark.slow
def test_a_closed_gate_heads_the_page(made, make):
    rewrite("reports/check_data.json", verdict="failed", reasons=["a <b> leaks"])
    assert make().code == 0
    text = PAGE.read_text()
    assert '<span class="verdict bad">stopped</span>' in text
    assert '<li class="bad">a &lt;b&gt; leaks</li>' in text
    assert "This is the model of a former run: train is out of date." in part(text, "model")
    assert "evaluate has not judged this model" in part(text, "model")


@pytest.mark.slow
def test_a_closed_ingest_left_no_data(made, make):
    shutil.rmtree("data/dataset")
    rewrite("reports/ingest.json", verdict="failed", reasons=["too many bad rows"])
    assert make().code == 0
    assert "There is no data set yet" in part(PAGE.read_text(), "data")


@pytest.mark.slow
def test_a_model_that_cannot_be_scored_is_one_sentence(made, make, monkeypatch):
    def refuse(path):
        raise Refusal("it is of another kind")

    monkeypatch.setattr(model_file, "load", refuse)
    assert make().code == 0
    assert "cannot be scored: it is of another kind" in part(PAGE.read_text(), "model")


def log(model: str, **row) -> None:
    folder = Path("data/live/log")
    folder.mkdir(parents=True)
    rows = orders(40, seed=8).drop(columns="late").replace("", None).to_dict("records")
    entries = [{"row": {**order, **row}, "model": model, "probability": 0.3} for order in rows]
    text = "".join(f"{json.dumps(entry)}\n" for entry in entries)
    (folder / "predictions-2024-05-01.jsonl").write_text(text)


@pytest.mark.slow
@pytest.mark.parametrize("deployed", [True, False])
def test_live_rows_are_of_the_model_deployed_or_logged_last(made, make, deployed):
    log("m1")
    if deployed:
        write_history(Path("release/deployment.json"), [release_of(1)])
    assert make().code == 0
    assert "40 live" in part(PAGE.read_text(), "data")


def test_live_rows_of_another_schema_are_left_out(made, make, rules, tmp_path):
    log("m1")
    file = next(Path("data/live/log").iterdir())
    file.write_text(file.read_text().replace('"town"', '"city"'))
    ended = make()
    assert ended.code == 0, ended.err
    assert "cannot be shown: the column `town` is missing" in ended.out
    assert "no live rows yet" in part(PAGE.read_text(), "data")


def test_data_sets_of_another_schema_are_not_shown(made, rules):
    path = Path("data/dataset/test.parquet")
    pd.read_parquet(path).drop(columns="town").to_parquet(path)
    assert report.sets_of(Path("data/dataset"), Path("none"), rules, []) == {}


@pytest.mark.slow
def test_a_missing_text_fails_but_the_pages_are_written(made, make, change):
    change("card", owner="", limits="TODO")
    ended = make()
    assert ended.code == 1
    assert "`card.owner` is empty; write there a name and how to reach it" in ended.err
    assert "`card.limits` still says TODO" in ended.err
    assert "card.owner is empty" in part(PAGE.read_text(), "card")
    assert CARD.exists()


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_broken_file_of_figures_is_empty(tmp_path, text):
    (tmp_path / "smoke.json").write_text(text)
    assert report.read(tmp_path / "smoke.json") == {}
