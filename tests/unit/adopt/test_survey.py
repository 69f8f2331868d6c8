"""A new table is read in bounded memory: a sample of it, then all of its rows."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.adopt import survey
from pipeline.core import console
from pipeline.core.errors import Refusal
from pipeline.data import schema as schemas
from pipeline.data import tables

RULES = schemas.Schema.model_validate(
    {
        "missing": ["", "NA"],
        "columns": {
            "id": {"type": "identifier", "role": "id"},
            "day": {"type": "date", "role": "time"},
            "weight": {"type": "number", "max_missing": 1.0},
            "size": {"type": "category", "levels": ["small", "large"]},
            "wish": {"type": "text"},
            "empty": {"type": "category", "max_missing": 1.0},
            "note": {"type": "category", "role": "ignored"},
            "late": {"type": "category", "role": "target", "levels": ["no", "yes"],
                     "positive": "yes", "left_out": ["maybe"]},
        },
    }
)  # fmt: skip


@pytest.fixture
def path(tmp_path) -> Path:
    rows = pd.DataFrame(
        {
            "id": [f"o{number % 59}" for number in range(60)],
            "day": ["2024-01-01", "2024-03-05"] * 30,
            "weight": ["1.5", "NA", "heavy", "-7"] * 15,
            "size": ["small", "huge"] * 30,
            "wish": ["a cake", "", "two cakes"] * 20,
            "empty": "",
            "note": "x",
            "late": ["no", "yes", "maybe", "", "no", "no"] * 10,
        }
    )
    path = tmp_path / "rows.csv"
    rows.to_csv(path, index=False)
    return path


@pytest.mark.slow
def test_every_row_is_counted(path):
    counted = survey.of_all(tables.sniff(path), RULES)
    assert (counted.rows, counted.without_target, counted.bad, counted.repeated) == (60, 20, 15, 1)
    assert counted.missing == {"id": 0, "day": 0, "weight": 30, "size": 0, "wish": 20, "empty": 60,
                             "late": 10}  # fmt: skip
    assert (counted.low["weight"], counted.high["weight"]) == (-7.0, 1.5)
    assert counted.high["day"] == pd.Timestamp("2024-03-05")
    assert counted.levels == {
        "size": {"small": 30, "huge": 30},
        "late": {"no": 30, "yes": 10, "maybe": 10},
    }
    assert counted.longest["wish"] == 9


@pytest.mark.slow
def test_chunks_add_up_to_the_whole(path, monkeypatch, capsys):
    whole = survey.of_all(tables.sniff(path), RULES, tables.read(path))
    monkeypatch.setattr(survey, "CHUNK_ROWS", 7)
    monkeypatch.setattr(console, "PROGRESS_SECONDS", 0)
    assert survey.of_all(tables.sniff(path), RULES) == whole
    assert "adopt: counting in every row: 56 rows so far" in capsys.readouterr().out


@pytest.mark.slow
def test_a_table_of_few_rows_is_its_own_sample(path):
    assert survey.sample(tables.sniff(path)).equals(tables.read(path))


def test_a_large_table_is_sampled_the_same_each_time_and_in_order(path, monkeypatch):
    monkeypatch.setattr(survey, "CHUNK_ROWS", 5)
    monkeypatch.setattr(survey, "SAMPLE_ROWS", 12)
    drawn = survey.sample(tables.sniff(path))
    assert len(drawn) == 12
    assert drawn.equals(survey.sample(tables.sniff(path)))
    assert drawn.index.is_monotonic_increasing
    assert drawn.index.isin(range(1, 61)).all()


def test_a_table_of_too_many_columns_is_refused(path, monkeypatch):
    monkeypatch.setattr(survey, "MOST_COLUMNS", 7)
    with pytest.raises(Refusal, match="has 8 columns, more than 7"):
        survey.sample(tables.sniff(path))
