"""The README shows a request with a row of the table, and says what the table holds."""

import json
import re
import types
from pathlib import Path

import pytest

from pipeline.adopt import readme as readmes
from pipeline.adopt.proposal import Proposal
from pipeline.mocks import mock_rows


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def described(rules):
    return types.SimpleNamespace(rules=rules, survey=types.SimpleNamespace(rows=1234))


@pytest.fixture
def plan(typed, rules) -> Proposal:
    cells = mock_rows.as_cells(typed.tail(9), rules)
    cells.insert(0, mock_rows.KIND, ["edge", *["typical"] * 8])
    cells.insert(1, mock_rows.WHY, "a test")
    plan = Proposal(mocks=cells.assign(wish='it\'s "odd" 🎂'))
    plan.put("ingest.raw", "data/raw/rows.csv")
    return plan


@pytest.mark.slow
def test_the_request_holds_a_mock(described, plan, rules):
    readme = Path("README.md")
    readme.write_text("a\n<!-- example -->\nold\n<!-- end of example -->\nb <!-- table -->\n")
    readmes.write(readme, described, plan)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("a\n<!-- example -->\n```\ncurl ")
    assert text.endswith("<!-- end of example -->\nb <!-- table -->\n"), (
        "a mark without its end stays"
    )
    body = json.loads(re.search(r"-d '(.*)'\n```", text).group(1).replace("'\\''", "'"))
    assert body["rows"][0]["wish"] == 'it\'s "odd" 🎂'
    assert list(body["rows"][0]) == rules.features


def test_the_table_is_described(described, plan):
    readme = Path("README.md")
    readme.write_text("<!-- table -->\nold\n<!-- end of table -->\n")
    readmes.write(readme, described, plan)
    text = readme.read_text()
    assert "`data/raw/rows.csv`: 1,234 rows. The model predicts `late` (binary) from 5" in text
    assert "2 of type category, 2 of type number, 1 of type text" in text
