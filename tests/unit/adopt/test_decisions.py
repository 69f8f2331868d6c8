"""What adopt decided beside what a person decided: merged, written, and found again."""

import datetime
import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.adopt import decisions
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
    made = {key.replace("__", "."): value for key, value in values.items()}
    decisions.write_params(Path("params.yaml"), made)
    return Path("params.yaml").read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_is_remembered_is_found_again():
    assert decisions.former() == {}
    decisions.remember({"data": "a.csv", "day": datetime.date(2024, 1, 1)})
    assert decisions.former() == {"data": "a.csv", "day": "2024-01-01"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "now", "new", "expected"),
    [
        (1, 1, 2, 2),  # nobody touched it
        (1, 5, 2, 5),  # a person changed it
        (ABSENT, 5, 2, 2),  # it is new
        (1, ABSENT, 2, ABSENT),  # a person took it out
        (1, 1, ABSENT, ABSENT),  # it is proposed no more
        ({"a": 1}, {"a": 1, "b": 2}, {"a": 3}, {"a": 3, "b": 2}),
        ({"a": 1, "b": 2}, {"b": 2}, {"a": 1, "b": 5}, {"b": 5}),
        ([1], [1, 2], [3], [1, 2]),
    ],
)
def test_a_persons_change_outlives_a_new_proposal(old, now, new, expected):
    found = decisions.merged(old, now, new)
    assert found is expected if expected is ABSENT else found == expected


@pytest.mark.slow
def test_values_are_found_by_their_dotted_key():
    content = params.read_yaml(Path("params.yaml"))
    assert decisions.value_at(content, "ingest.split.by") == "time"
    assert decisions.value_at(content, "ingest.split.other") is ABSENT
    assert decisions.value_at(content, "ingest.raw.other") is ABSENT


def test_own_values_are_kept_and_named():
    now = {"train": {"seed": 7}, "evaluate": {"reads": "bound"}}
    proposed = {"train.seed": (1, "why"), "evaluate.reads": ("point", ""), "evaluate.x": (1, "")}
    found, kept = decisions.with_own(proposed, {"train.seed": 1, "evaluate.reads": "bound"}, now)
    assert found == {"train.seed": (7, ""), "evaluate.reads": ("point", ""), "evaluate.x": (1, "")}
    assert kept == ["train.seed"]


def test_numbers_are_set_with_a_comment_and_the_others_stay():
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


def test_empty_ones_and_none_are_written_so_that_they_are_read_again():
    text = written(evaluate__none=(None, ""), evaluate__list=([], ""), evaluate__map=({}, {}))
    assert "  none: null\n" in text
    read = params.read_yaml(Path("params.yaml"))["evaluate"]
    assert (read["none"], read["list"], read["map"]) == (None, [], {})


def test_what_is_absent_is_taken_out():
    text = written(ingest__split__test_from=(ABSENT, ""), ingest__never=(ABSENT, ""))
    assert "test_from" not in text
    assert "never" not in text


def test_a_key_below_a_value_is_refused_and_nothing_is_written():
    with pytest.raises(Refusal, match="there are no keys below `reads`"):
        written(evaluate__reads__x=(1, ""))
    assert Path("params.yaml").read_text(encoding="utf-8") == TEXT


NAMES = [
    *("age", "naïve", "年", "it's", 'a "b"', "x: y", "{z}", "[0]", "#no", "- dash", "yes", "null"),
    *("1", "1e3", ".5", "", " ", "w\x07", "x\ny", "🎂", "*a", "&a", "!t", "%", "a b", "~"),
    *("\\", "x" * 300, "2024-01-01", "true", "\u2028", "\x85", "=", "<" * 2, "? a", "@a", "`a"),
    *("a#b", "a #b", "0x1F"),
]


def test_any_name_and_any_level_is_written_so_that_it_is_read_again():
    levels = [name for name in NAMES if name]
    columns = {name: {"type": "category", "levels": levels} for name in NAMES}
    columns |= {"n": {"type": "number", "min": -1e300, "max": 10**20, "integer": True}}
    columns |= {"d": {"type": "date", "min": datetime.date(2024, 1, 1), "role": "ignored"}}
    schema = {"missing": ["", "NA"], "rows": {"min": 50}, "columns": columns}
    path = Path("schema.yaml")
    path.write_text("# The head\n\nmissing: []\n")
    decisions.write_schema(path, schema, {name: f"it is {name}" for name in columns})
    text = path.read_text(encoding="utf-8")
    assert text.startswith('# The head\n\nmissing: ["", NA]  # cells that mean "no value"\n')
    assert params.read_yaml(path) == json.loads(json.dumps(schema, default=str)) | {
        "columns": columns
    }
    assert "  age: {type: category," in text
    assert "  # it is x y\n" in text, "a comment is one line"


def test_a_name_that_yaml_cannot_hold_is_refused_and_nothing_is_written():
    schema = {"missing": [""], "rows": {"min": 1}, "columns": {"x" * 1100: {"type": "number"}}}
    with pytest.raises(Refusal, match="cannot hold these columns' names"):
        decisions.write_schema(Path("schema.yaml"), schema, {})
    assert not Path("schema.yaml").exists()
