"""What adopt writes, and what it removes: nothing that git and DVC cannot bring back."""

import gzip
import hashlib
import json
import types
from pathlib import Path

import pandas as pd
import pytest

from pipeline.adopt import files as adopted_files
from pipeline.core import shell
from pipeline.core.errors import Refusal
from pipeline.core.files import read_json, write_json
from pipeline.data import tables
from pipeline.evaluation import champion


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch, no_dvc):
    monkeypatch.chdir(tmp_path)
    no_dvc(monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "raw"),
    [
        ("my rows.csv", b"a,b\n1,2\n", "my_rows.csv"),
        ("rows.tsv", b"a\tb\n1\t2\n", "rows.csv"),
        ("rows.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0), "rows.csv.gz"),
        ("rows.csv", gzip.compress(b"a,b\n1,2\n", mtime=0), "rows.csv.gz"),
        ("Ünï.DATA", b"a;b\n1;2\n", "n.csv"),
        ("年.csv", b"a;b\n1;2\n", "table.csv"),
        ("rows.parquet", None, "rows.parquet"),
    ],
)
def test_a_table_is_copied_under_dvc_by_a_plain_name(name, content, raw):
    source = Path(name)
    if content is None:
        pd.DataFrame({"a": [1], "b": [2]}).to_parquet(source)
    else:
        source.write_bytes(content)
    found = adopted_files.under_dvc(tables.sniff(source))
    assert found == Path("data/raw") / raw
    assert found.read_bytes() == source.read_bytes()
    assert Path(f"{found}.dvc").exists()
    assert adopted_files.under_dvc(tables.sniff(found)) == found, "it is there already"


def test_a_failure_of_dvc_is_a_refusal(monkeypatch):
    failed = types.SimpleNamespace(returncode=1, stderr="ERROR: no\n space left", stdout="")
    monkeypatch.setattr(shell, "call", lambda *words, **how: failed)
    Path("rows.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Refusal, match=r"DVC cannot add data/raw/rows.csv: space left"):
        adopted_files.under_dvc(tables.sniff(Path("rows.csv")))


SECTION = {
    "reads": "bound",
    "thresholds": {"roc_auc": {"min": 0.8, "gain": 0.1}},
    "slices": {
        "values": ["size"],
        "bins": {"weight": [100]},
        "min_rows": 10,
        "thresholds": {"error_rate": {"max": 0.3}},
    },
}
LINES = [
    "evaluate.reads bound",
    "evaluate.thresholds.roc_auc.min 0.8",
    "evaluate.thresholds.roc_auc.gain 0.1",
    "evaluate.slices.thresholds.error_rate.max 0.3",
    "evaluate.slices.values size",
    "evaluate.slices.bins weight",
    "evaluate.slices.min_rows 10",
]


@pytest.mark.slow
def test_the_floor_holds_a_line_for_each_threshold_and_slice():
    assert adopted_files.floor_lines(SECTION) == LINES
    rest = SECTION | {"slices": {"min_rows": 10, "thresholds": {}}}
    assert adopted_files.floor_lines(rest)[-1] == "evaluate.slices.min_rows 10"


def test_the_floor_keeps_its_head_and_what_a_person_wrote(capsys):
    floor = Path("floor.txt")
    floor.write_text("# The floor\n\nevaluate.old 1\n")
    Path("params.yaml").write_text(json.dumps({"evaluate": SECTION}))
    adopted_files._write_floor(floor, {})
    assert floor.read_text().splitlines() == ["# The floor", "", *LINES]
    adopted_files._write_floor(floor, {"floor": "another digest"})
    assert "floor.txt was changed by hand, so it stays as it is" in capsys.readouterr().out


def test_the_champion_of_another_table_is_removed(capsys):
    named = champion.FOLDER / champion.NAME
    write_json(named, {"bento": "x:1"})
    (champion.FOLDER / champion.MODEL).write_text("a model")
    adopted_files._forget_champion()
    assert read_json(named) == champion.NOBODY
    assert not (champion.FOLDER / champion.MODEL).exists()
    assert "removed the champion, which is a model of another table" in capsys.readouterr().out
    adopted_files._forget_champion()
    assert capsys.readouterr().out == "", "there was none"


def test_a_table_is_removed_only_where_dvc_has_the_same_bytes():
    path, pointer = Path("old.csv"), Path("old.csv.dvc")
    adopted_files._remove_bundled(path)
    path.write_text("a\n1\n")
    adopted_files._remove_bundled(path)
    assert path.exists(), "no pointer describes it"
    pointer.write_text("outs:\n- md5: other\n")
    adopted_files._remove_bundled(path)
    assert path.exists(), "it was changed since"
    pointer.write_text(f"outs:\n- md5: {hashlib.md5(path.read_bytes()).hexdigest()}\n")
    adopted_files._remove_bundled(path)
    assert not path.exists()
    assert not pointer.exists()
