"""Section `adopt` of params.yaml, and what the command line changes in it."""

import pytest

from pipeline.adopt.settings import Params, parse_set, with_options
from pipeline.core.errors import Refusal


def test_settings_are_read_as_yaml():
    text = "columns.age.type=category; evaluate.reads = point ;ingest.split.test_share=0.3;"
    assert parse_set(text) == {
        "columns.age.type": "category",
        "evaluate.reads": "point",
        "ingest.split.test_share": 0.3,
    }
    for wrong in ("reads=point", "evaluate=1", "colour.red=1", "evaluate.reads"):
        with pytest.raises(Refusal, match="is no decision"):
            parse_set(wrong)
    with pytest.raises(Refusal, match="is no YAML value"):
        parse_set("evaluate.reads=[")


def test_decisions_are_kept_for_the_same_table_only():
    section = Params(data="rows.csv", target="late", keep=["a"], set={"evaluate.reads": "x"})
    nothing = dict.fromkeys(Params.model_fields, "")
    assert with_options(section, nothing) == section
    again = with_options(section, {**nothing, "keep": "b, c", "set": "train.seed=2"})
    assert again.keep == ["b", "c"]
    assert again.set == {"evaluate.reads": "x", "train.seed": 2}
    other = with_options(section, {**nothing, "data": "other.csv", "set": "train.seed=2"})
    assert (other.target, other.keep, other.set) == ("", [], {"train.seed": 2})
    with pytest.raises(Refusal, match="name the table to adopt"):
        with_options(Params(), nothing)
