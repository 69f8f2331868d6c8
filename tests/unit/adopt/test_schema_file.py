"""schema.yaml is written so that it is read as it was meant, whatever columns are called."""

import datetime
import json
from pathlib import Path

import pytest

from pipeline.adopt import schema_file
from pipeline.core import params
from pipeline.core.errors import Refusal


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


NAMES = [
    *("age", "naïve", "年", "it's", 'a "b"', "x: y", "{z}", "[0]", "#no", "- dash", "yes", "null"),
    *("1", "1e3", ".5", "", " ", "w\x07", "x\ny", "🎂", "*a", "&a", "!t", "%", "a b", "~"),
    *("\\", "x" * 300, "2024-01-01", "true", "\u2028", "\x85", "=", "<" * 2, "? a", "@a", "`a"),
    *("a#b", "a #b", "0x1F"),
]


def test_any_name_and_any_level_is_read_as_it_was_written():
    levels = [name for name in NAMES if name]
    columns = {name: {"type": "category", "levels": levels} for name in NAMES}
    columns |= {"n": {"type": "number", "min": -1e300, "max": 10**20, "integer": True}}
    columns |= {"d": {"type": "date", "min": datetime.date(2024, 1, 1), "role": "ignored"}}
    schema = {"missing": ["", "NA"], "rows": {"min": 50}, "columns": columns}
    path = Path("schema.yaml")
    path.write_text("# The head\n\nmissing: []\n")
    schema_file.write(path, schema, {name: f"it is {name}" for name in columns})
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
        schema_file.write(Path("schema.yaml"), schema, {})
    assert not Path("schema.yaml").exists()
