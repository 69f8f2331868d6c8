"""What adopt decided before and what a person decided since are merged."""

import datetime

import pytest

from pipeline.adopt import decisions
from pipeline.adopt.decisions import ABSENT


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_the_record_is_read_as_it_was_written():
    assert decisions.former() == {}
    decisions.remember({"data": "a.csv", "day": datetime.date(2024, 1, 1)})
    assert decisions.former() == {"data": "a.csv", "day": "2024-01-01"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "now", "new", "expected"),
    [
        (1, 1, 2, 2),  # no change
        (1, 5, 2, 5),  # a person changed it
        (ABSENT, 5, 2, 2),  # a new key
        (1, ABSENT, 2, ABSENT),  # a person removed it
        (1, 1, ABSENT, ABSENT),  # no longer proposed
        ({"a": 1}, {"a": 1, "b": 2}, {"a": 3}, {"a": 3, "b": 2}),
        ({"a": 1, "b": 2}, {"b": 2}, {"a": 1, "b": 5}, {"b": 5}),
        ([1], [1, 2], [3], [1, 2]),
    ],
)
def test_a_persons_change_outlives_a_new_proposal(old, now, new, expected):
    value = decisions.merged(old, now, new)
    assert value is expected if expected is ABSENT else value == expected


@pytest.mark.slow
def test_values_have_dotted_keys():
    content = {"ingest": {"raw": "a.csv", "split": {"by": "time"}}}
    assert decisions.value_at(content, "ingest.split.by") == "time"
    assert decisions.value_at(content, "ingest.split.other") is ABSENT
    assert decisions.value_at(content, "ingest.raw.other") is ABSENT


def test_own_values_are_kept_and_named():
    now = {"train": {"seed": 7}, "evaluate": {"reads": "bound"}}
    proposed = {"train.seed": (1, "why"), "evaluate.reads": ("point", ""), "evaluate.x": (1, "")}
    values, kept = decisions.with_own(proposed, {"train.seed": 1, "evaluate.reads": "bound"}, now)
    assert values == {"train.seed": (7, ""), "evaluate.reads": ("point", ""), "evaluate.x": (1, "")}
    assert kept == ["train.seed"]
