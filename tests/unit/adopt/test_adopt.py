"""make adopt, from a table to all that the journey needs; and again, with a person's decisions."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from orders import orders
from pipeline.adopt import adopt
from pipeline.core import params
from pipeline.core.files import read_json
from pipeline.data import ingest, split
from pipeline.data import schema as schemas
from pipeline.gates.settings import DataParams
from pipeline.mocks import mock_rows
from pipeline.model import featurize

pytestmark = pytest.mark.slow

FILES = (
    "schema.yaml",
    "params.yaml",
    "README.md",
    "tests/floor.txt",
    "deploy/champion/champion.json",
)


def rules() -> schemas.Schema:
    return schemas.load(Path("schema.yaml"))


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_text(encoding="utf-8")
    assert text.count(old) == 1, text
    Path(path).write_text(text.replace(old, new), encoding="utf-8")


def line_of(path: str, begin: str) -> str:
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.strip().startswith(begin))


def test_the_decisions_are_printed(adopted_once):
    _, ended = adopted_once
    assert (ended.code, ended.err) == (0, "")
    for words in (
        "adopted rows.csv: 120 rows, 9 columns",
        "target    `late`, binary: no ",
        "features  6: 2 number, 3 category, 1 text",
        "id        `order`: identifies the row",
        "time      `day`: dates from 2024-01-01 to 2024-04-29",
        "split     by time: the rows from 2024-04-05 on are the test set",
        "model     LogisticRegression; tried: LogisticRegression 0.",
        "gate      roc_auc: min ",
        "slices    `",
        "Questions:",
        "Next: make validate",
    ):
        assert words in ended.out


def test_the_files_fit_the_table_and_each_other(adopted, run):
    assert rules().columns["guests"].integer
    assert rules().columns["size"].levels == ("large", "medium", "small")
    assert 0.15 < rules().columns["weight"].max_missing < 0.4
    assert (rules().id, rules().target, rules().task) == ("order", "late", "binary")
    assert rules().rows.min == 60
    for name, model in (("ingest", split.Params), ("check_data", DataParams)):
        assert params.load(name, model)
    raw = params.section("ingest")["raw"]
    assert (
        run(
            ingest.main,
            "--raw",
            raw,
            "--schema",
            "schema.yaml",
            "--dataset",
            "data/dataset",
            "--report",
            "reports/ingest.json",
        ).code
        == 0
    )
    assert read_json(Path("reports/ingest.json"))["violations"]["count"] == 0
    assert (
        run(
            featurize.main,
            "--dataset",
            "data/dataset",
            "--schema",
            "schema.yaml",
            "--featurizer",
            "models/featurizer.skops",
            "--features",
            "data/features",
            "--report",
            "reports/featurize.json",
        ).code
        == 0
    )
    mocks, broken = mock_rows.read(Path("tests/mocks.csv"), rules())
    assert set(mocks[mock_rows.KIND]) == {"typical", "edge", "invalid"}
    assert len(broken)


def test_each_number_has_its_reason_in_a_comment(adopted):
    assert "# 0." in line_of("params.yaml", "roc_auc:")
    assert "in cross-validation" in line_of("params.yaml", "roc_auc:")
    assert re.search(
        r"\n  guests: .* # \d+ numbers from 1 to 12\n", Path("schema.yaml").read_text()
    )


def test_the_table_replaces_the_bundled_one_under_dvc(adopted):
    assert Path("data/raw/rows.csv").read_bytes() == Path("rows.csv").read_bytes()
    assert Path("data/raw/rows.csv.dvc").exists()
    assert not Path("data/raw/orders.csv").exists()
    assert not Path("data/raw/orders.csv.dvc").exists()
    assert Path("data/live/orders.csv").exists(), "nothing could bring it back"
    assert params.section("replay")["rows"] == "data/raw/rows.csv"
    assert params.section("monitor")["labels"] is None


def test_the_floor_holds_the_thresholds_of_params_yaml(adopted):
    lines = Path("tests/floor.txt").read_text().splitlines()
    low = params.section("evaluate")["thresholds"]["roc_auc"]["min"]
    assert f"evaluate.thresholds.roc_auc.min {low!r}" in lines
    assert lines[0] == "# nothing is asked for"


def test_the_readme_asks_for_a_prediction_of_this_table(adopted):
    text = Path("README.md").read_text(encoding="utf-8")
    body = json.loads(re.search(r"-d '(\{.*\})'", text).group(1).replace("'\\''", "'"))
    assert sorted(body["rows"][0]) == sorted(rules().features)
    assert "120 rows. The model predicts `late` (binary) from 6 columns" in text
    assert "bakery's orders" not in text


def test_the_report_holds_summary_warnings_and_questions(adopted):
    report = read_json(Path("reports/adopt.json"))
    assert report["verdict"] == "passed"
    assert any("adopted rows.csv" in line for line in report["summary"])
    assert {"questions", "warnings"} <= set(report)


def test_a_second_adopt_changes_nothing_by_itself(adopted, adopt_in):
    before = {name: Path(name).read_bytes() for name in (*FILES, "tests/mocks.csv")}
    assert adopt_in(adopted, target="").code == 0, "it remembers the decisions"
    assert {name: Path(name).read_bytes() for name in before} == before


def test_a_persons_edits_survive_a_second_adopt(adopted, adopt_in):
    edit("schema.yaml", "town: {type: category,", "town: {type: category, private: true,")
    edit(
        "schema.yaml",
        "  day: {type: date, role: time}",
        "  day: {type: date, role: time, min: 2020-01-01}",
    )
    edit("params.yaml", "min_coverage:", "min_coverage: 0.123 # ")
    content = YAML(typ="safe", pure=True).load(Path("params.yaml"))
    limit = content["evaluate"]["thresholds"]["error_rate"]["max"]
    edit("params.yaml", f"error_rate: {{max: {limit}", "error_rate: {max: 0.499")
    with Path("tests/floor.txt").open("a") as file:
        file.write("evaluate.thresholds.error_rate.max 0.499\n")
    floor = Path("tests/floor.txt").read_bytes()
    ended = adopt_in(adopted)
    assert (ended.code, ended.err) == (0, "")
    assert rules().columns["town"].private
    assert str(rules().columns["day"].min) == "2020-01-01"
    assert params.section("mocks")["min_coverage"] == 0.123
    assert params.section("evaluate")["thresholds"]["error_rate"]["max"] == 0.499
    assert Path("tests/floor.txt").read_bytes() == floor
    assert "tests/floor.txt was changed by hand, so it stays" in ended.out
    assert "yours     kept: columns." in ended.out


def test_options_of_the_command_line_survive_too(adopted, adopt_in):
    decisions = "columns.guests.type=category; evaluate.reads=point; check_model.rows=7"
    assert adopt_in(adopted, set=decisions, slices="town", keep="wish").code == 0
    for _ in range(2):
        assert rules().columns["guests"].type == "category"
        assert params.section("evaluate")["reads"] == "point"
        assert params.section("check_model")["rows"] == 7
        assert params.section("evaluate")["slices"]["values"] == ["town"]
        assert adopt_in(adopted).code == 0
    assert adopt_in(adopted, set="evaluate.reads=bound").code == 0
    assert params.section("evaluate")["reads"] == "bound"
    assert params.section("check_model")["rows"] == 7


def test_another_table_is_adopted_afresh(adopted, adopt_in):
    assert adopt_in(adopted, set="evaluate.reads=point").code == 0
    orders(100).drop(columns=["order"]).to_csv("other.csv", index=False)
    ended = adopt_in(adopted, data="other.csv", target="late", set="check_model.rows=8")
    assert (ended.code, ended.err) == (0, "")
    assert params.section("adopt")["set"] == {"check_model.rows": 8}
    assert params.section("adopt")["time"] == ""
    assert (rules().id, rules().columns["day"].role) == ("row", "ignored")
    assert params.section("ingest")["split"] == {"by": "random", "test_share": 0.2}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"data": ""}, "name the table to adopt: make adopt DATA=rows.csv TARGET=column"),
        ({"data": "none.csv", "target": "late"}, "none.csv is missing; name the table"),
        ({"target": ""}, "name the column to predict by TARGET=; the table has: order, day"),
        ({"target": "lates"}, "TARGET: there is no column 'lates' (did you mean `late`?)"),
        ({"target": "late", "set": "reads=point"}, "SET: 'reads=point' is no decision"),
        ({"target": "late", "set": "evaluate.reads.x=1"}, "`reads` is a value and holds no keys"),
        ({"target": "late", "data": "three.csv"}, "`late` has no class with rows"),
    ],
)
def test_a_refusal_is_a_sentence_and_changes_nothing(
    make_adopting, adopt_in, tmp_path, changed, sentence
):
    folder = make_adopting(tmp_path / "project")
    rows = orders(60).iloc[[0, 1, 2]]
    rows.to_csv(folder / "three.csv", index=False)
    before = {name: (folder / name).read_bytes() for name in FILES}
    ended = adopt_in(folder, **changed)
    assert ended.code == 1
    assert ended.err.startswith("adopt: ")
    assert sentence in ended.err
    assert ended.err.count("\n") == 1
    assert {name: (folder / name).read_bytes() for name in FILES} == before
    assert not (folder / ".adopted.json").exists()


def test_dvc_adds_the_table(options, make_adopting, tmp_path, monkeypatch, quick_trials, run):
    folder = make_adopting(tmp_path / "project")
    monkeypatch.chdir(folder)
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"], check=True)
    words = {"data": "rows.csv", "target": "late", **options}
    ended = run(adopt.main, *(f"--{key}={value}" for key, value in words.items()))
    assert ended.code == 0, ended.err
    pointer = params.read_yaml(Path("data/raw/rows.csv.dvc"))
    assert pointer["outs"][0]["size"] == Path("rows.csv").stat().st_size
