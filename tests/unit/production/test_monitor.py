"""Live predictions (and late labels) -> report: drift, live metrics, alerts."""

import json
from pathlib import Path

import pandas as pd
import pytest

from mock_releases import release_of
from orders import orders
from pipeline.core import custody
from pipeline.production import monitor
from pipeline.production.releases import write_history

WORDS = ("--deployment", "release/deployment.json", "--dataset", "data/dataset")
WORDS += ("--schema", "schema.yaml", "--log", "data/live/log")
WORDS += ("--html", "reports/monitor.html", "--report", "reports/monitor.json")


def report() -> dict:
    return json.loads(Path("reports/monitor.json").read_text())


@pytest.fixture
def production(made, fake):
    """Model m1 in production, learned from data/dataset."""
    release = {**release_of(1), "files": {"data/dataset": custody.digest(Path("data/dataset"))}}
    write_history(Path("release/deployment.json"), [release])
    fake.add_image("sha256:1")
    fake.add_service(release)
    return fake


@pytest.fixture
def log(production):
    """`log(table)` puts rows, well predicted, into the log of the production container."""

    def log(table: pd.DataFrame, right: bool = True, model: str = "m1") -> None:
        late = (table["late"] == "yes") == right
        rows = table.drop(columns="late").replace("", None)
        rows["weight"] = rows["weight"].astype("float64")
        rows["guests"] = rows["guests"].astype("float64")
        entries = [
            {"at": "2024-05-01", "row": row, "model": model, "probability": 0.9 if hit else 0.2}
            for row, hit in zip(rows.to_dict("records"), late, strict=True)
        ]
        lines = [json.dumps(entry).replace("NaN", "null") for entry in entries]
        text = "\n".join(lines) + "\n"
        production.change(files={"predictions-2024-05-01.jsonl": text})

    return log


def live() -> pd.DataFrame:
    """The rows whose labels stand in data/live/orders.csv."""
    return orders(80, seed=8)


def verdicts() -> dict[str, str]:
    return {row["column"]: row["verdict"] for row in report()["drift"]}


@pytest.mark.slow
def test_a_private_column_is_not_examined(log, run):
    path = Path("schema.yaml")
    path.write_text(
        path.read_text().replace("wish: {type: text,", "wish: {private: true, type: text,")
    )
    log(live().drop(columns="wish"))
    ended = run(monitor.main, *WORDS)
    assert ended.code == 0, ended.err
    assert set(verdicts()) == {"weight", "guests", "size", "town"}
    assert "private, so not examined: wish" in ended.out


@pytest.mark.slow
def test_rows_like_the_training_set_raise_no_alert(log, run):
    log(live())
    ended = run(monitor.main, *WORDS)
    assert ended.code == 0, ended.err
    record = report()
    assert (record["verdict"], record["rows"], record["live"]["rows"]) == ("passed", 80, 80)
    assert record["live"]["metrics"]["accuracy"] == 1
    assert set(verdicts()) == {"weight", "guests", "size", "town", "wish"}
    assert "alert" not in verdicts().values()
    assert "monitor: 80 live predictions, 80 with labels" in ended.out
    assert "<svg" in Path("reports/monitor.html").read_text(encoding="utf-8")


def test_a_drifted_column_is_an_alert_and_named_first(log, run):
    log(live().assign(size="large", guests="12"))
    ended = run(monitor.main, *WORDS)
    assert ended.code == 1
    assert "`guests` drifted: PSI" in ended.err
    assert "above monitor.max_psi 2.5" in ended.err
    assert "retrain on newer rows" in ended.err
    assert report()["verdict"] == "failed"
    assert {row["column"] for row in report()["drift"][:2]} == {"guests", "size"}
    assert "drifted: " in ended.out


@pytest.mark.slow
def test_worse_live_metrics_are_an_alert(log, run):
    log(live(), right=False)
    ended = run(monitor.main, *WORDS)
    assert ended.code == 1
    assert "roc_auc on live rows is 0.0000, below monitor.thresholds.roc_auc.min 0.6" in ended.err


@pytest.mark.slow
def test_slices_of_the_live_rows_are_measured(log, run):
    log(live())
    run(monitor.main, *WORDS)
    pieces = {piece["value"]: piece for piece in report()["live"]["slices"]}
    expected = live()["size"].replace("", "(missing)").value_counts().to_dict()
    assert {value: piece["rows"] for value, piece in pieces.items()} == expected


@pytest.mark.slow
def test_too_few_live_rows_are_could_not_tell(log, run):
    log(live().head(19))
    ended = run(monitor.main, *WORDS)
    assert ended.code == 3
    assert "19 live predictions are fewer than 20 (monitor.min_rows)" in ended.err
    assert not Path("reports/monitor.json").exists()


def test_predictions_of_another_model_do_not_count(log, run):
    log(live(), model="m0")
    ended = run(monitor.main, *WORDS)
    assert ended.code == 3
    assert "0 live predictions" in ended.err


@pytest.mark.slow
def test_too_few_labels_raise_no_alert(log, run):
    log(live(), right=False)
    live().head(19).to_csv("data/live/orders.csv", index=False)
    run(monitor.main, *WORDS)
    assert report()["live"]["rows"] == 19
    assert not any("roc_auc" in reason for reason in report().get("reasons", []))


@pytest.mark.slow
@pytest.mark.parametrize("labels", ["null", "none of them", "no ids"])
def test_without_labels_only_drift_is_measured(log, run, change, labels):
    table = live()
    if labels == "null":
        change("monitor", labels=None)
    elif labels == "none of them":
        table.assign(order="x").to_csv("data/live/orders.csv", index=False)
    else:
        table = table.drop(columns="order")
    log(table)
    assert run(monitor.main, *WORDS).code == 0
    assert report()["live"] == {"rows": 0, "metrics": {}, "slices": []}


@pytest.mark.slow
def test_missing_labels_are_named_with_their_parameter(log, run):
    log(live())
    Path("data/live/orders.csv").unlink()
    ended = run(monitor.main, *WORDS)
    assert ended.code == 1
    assert "data/live/orders.csv is missing (monitor.labels in params.yaml; null" in ended.err


def test_another_data_set_than_the_deployed_models_is_refused(log, run):
    log(live())
    path = Path("data/dataset/train.parquet")
    pd.read_parquet(path).head(50).to_parquet(path)
    ended = run(monitor.main, *WORDS)
    assert ended.code == 1
    assert "data/dataset is not what the deployed model was trained on" in ended.err


def test_nothing_deployed_is_could_not_tell(production, run):
    write_history(Path("release/deployment.json"), [])
    ended = run(monitor.main, *WORDS)
    assert ended.code == 3
    assert "nothing is deployed; `make validate deploy` does it" in ended.err


@pytest.mark.slow
def test_an_unknown_metric_is_refused(log, run, change):
    log(live())
    change("monitor", thresholds={"roc": {"min": 0.5}})
    ended = run(monitor.main, *WORDS)
    assert ended.code == 1
    assert "`monitor.thresholds`: no metric is called roc (did you mean `roc_auc`?)" in ended.err
