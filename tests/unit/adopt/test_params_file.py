"""Values are set in params.yaml with their comments, and the rest of the file stays."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.adopt import params_file
from pipeline.adopt.decisions import ABSENT
from pipeline.core import params
from pipeline.core.errors import Refusal

TEXT = """\
# On top.

ingest:
  raw: a.csv  # a table
  split:
    by: time            # or random
    test_from: "2024-01-01"  # a day
  seed: 1

evaluate:
  # On the whole.
  thresholds:
    accuracy: {min: 0.9}
  reads: bound          # or point
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(TEXT, encoding="utf-8")


def written(**values) -> str:
    by_key = {key.replace("__", "."): value for key, value in values.items()}
    params_file.write(Path("params.yaml"), by_key)
    return Path("params.yaml").read_text(encoding="utf-8")


def test_values_are_set_with_a_comment_and_the_others_stay():
    text = written(ingest__seed=(2, "for chance"), evaluate__reads=("point", ""))
    assert re.search(r"  seed: 2 +# for chance\n\nevaluate:\n", text)
    assert "  reads: point          # or point" in text
    assert "raw: a.csv  # a table" in text
    assert text.startswith("# On top.\n\ningest:")
    text = written(ingest__raw=("b.csv", "mine\nnow"))
    assert re.search(r"  raw: b.csv +# mine now\n", text)


def test_mappings_are_written_with_a_comment_at_each_key():
    limits = {"roc_auc": {"min": 0.8}, "log_loss": {"max": 1.0}}
    text = written(evaluate__thresholds=(limits, {"roc_auc": "0.9 was reached", "other": "none"}))
    assert "    roc_auc: {min: 0.8}   # 0.9 was reached\n    log_loss: {max: 1.0}\n" in text
    rows = written(evaluate__rows=([{"name": "x", "set": {"a": "1"}, "of": [1]}], ""))
    assert "    - {name: x, set: {a: '1'}, of: [1]}\n" in rows
    assert YAML(typ="safe", pure=True).load(text)["evaluate"]["thresholds"] == limits


def test_empty_values_and_none_are_read_as_they_were_written():
    text = written(evaluate__none=(None, ""), evaluate__list=([], ""), evaluate__map=({}, {}))
    assert "  none: null\n" in text
    read = params.read_yaml(Path("params.yaml"))["evaluate"]
    assert (read["none"], read["list"], read["map"]) == (None, [], {})


def test_an_absent_key_is_removed():
    text = written(ingest__split__test_from=(ABSENT, ""), ingest__never=(ABSENT, ""))
    assert "test_from" not in text
    assert "never" not in text


def test_a_key_below_a_value_is_refused_and_nothing_is_written():
    with pytest.raises(Refusal, match="`reads` is a value and holds no keys"):
        written(evaluate__reads__x=(1, ""))
    assert Path("params.yaml").read_text(encoding="utf-8") == TEXT
