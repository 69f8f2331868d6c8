"""`schema.yaml`: what a row is, and what a client's row has to be."""

import datetime

import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from mock_project import ROOT
from orders import SCHEMA
from pipeline.core.errors import Refusal
from pipeline.data import columns
from pipeline.data import schema as schemas

TARGET = 'late: {type: category, role: target, levels: ["no", "yes"], positive: "yes"}'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("unit: g", "unti: g", r"`columns.weight.unti` \(did you mean `unit`\?\)"),
        ("missing:", "misssing:", r"`misssing` \(did you mean `missing`\?\)"),
        ("type: text", "type: words", "`columns.wish.type`: input should be 'number', 'category'"),
        ("type: text, ", "", "`columns.wish.type` is missing"),
        ("role: group", "role: feature", "a identifier is no feature; give it the role it plays"),
        ('levels: ["no", "yes"], ', "", "the target needs its `levels`, two or more"),
        ('["no", "yes"]', '["no"]', "the target needs its `levels`, two or more"),
        ('["no", "yes"]', '["no", "yes", "maybe"]', "two `levels` has no `positive` one"),
        ('positive: "yes"', "positive: perhaps", "`positive` must be one of its two `levels`"),
        ("type: category, role: target", "type: text, role: target", "a text cannot be the target"),
        (TARGET, "", "0 columns have the role target"),
        ("role: group", "role: id", "2 columns have the role id"),
        ("max_missing: 0.2", "max_missing: 2", "`columns.size.max_missing`: .* not 2"),
        ("integer: true", "integer: 1", "`columns.guests.integer`: .* not 1"),
        ("{min: 50}", "{min: 0}", "`rows.min`: .* not 0"),
        ("columns:", "columns: [", "schema.yaml, line 5: "),
        ("unit: g", "decimal: ab", "`columns.weight.decimal`: .* not 'ab'"),
        ("unit: g", "left_out: [x]", "`left_out` is for the target"),
        ('positive: "yes"', 'positive: "yes", left_out: ["no"]', "'no' is one of `levels` and"),
        (
            "category, max_length: 20",
            "category, spellings: {a: b}",
            "`columns.town.spellings.a`: .* not 'b'",
        ),
    ],
)
def test_a_wrong_key_is_named(tmp_path, old, new, sentence):
    assert old in SCHEMA
    path = tmp_path / "schema.yaml"
    path.write_text(SCHEMA.replace(old, new), encoding="utf-8")
    with pytest.raises(Refusal, match=sentence):
        schemas.load(path)


@pytest.mark.slow
def test_a_schema_without_a_feature_is_refused():
    late = {"type": "category", "role": "target", "levels": ["no", "yes"], "positive": "yes"}
    with pytest.raises(ValidationError, match="no column is a feature"):
        schemas.Schema.model_validate({"columns": {"late": late}})


@pytest.mark.slow
def test_roles_name_columns(rules):
    assert rules.features == ["weight", "guests", "size", "town", "wish"]
    assert rules.features_of("number") == ["weight", "guests"]
    assert rules.with_role("time", "group") == ["day", "shop"]
    assert (rules.id, rules.target, rules.labels) == ("order", "late", ["no", "yes"])


def targeting(rules, **column):
    """Return the schema with another target."""
    late = schemas.Column(role="target", **column)
    return rules.model_copy(update={"columns": {**rules.columns, "late": late}})


@pytest.mark.slow
def test_the_task_is_told_by_the_target(rules):
    assert rules.task == "binary"
    towns = targeting(rules, type="category", levels=("c", "a", "b"))
    assert (towns.task, towns.labels) == ("multiclass", ["c", "a", "b"])
    number = targeting(rules, type="number")
    assert (number.task, number.labels) == ("regression", [])


@pytest.mark.slow
def test_the_truth_is_what_metrics_take(rules):
    assert rules.truth(pd.Series(["yes", "no"])).tolist() == [True, False]
    assert rules.truth(pd.Series(["yes", "no"])).dtype == bool
    towns = targeting(rules, type="category", levels=("c", "a", "b"))
    assert towns.truth(pd.Series(["a", "c", "b"])).tolist() == [1, 0, 2]
    assert targeting(rules, type="number").truth(pd.Series([1.5, 2])).tolist() == [1.5, 2.0]


def test_a_label_that_is_no_level_has_no_truth(rules):
    with pytest.raises(Refusal, match="`late` holds a value that is none of its levels"):
        rules.truth(pd.Series(["yes", "perhaps"]))


@pytest.mark.slow
def test_the_positive_level_stands_last_wherever_the_schema_has_it(rules):
    column = rules.columns["late"].model_copy(update={"positive": "no"})
    turned = rules.model_copy(update={"columns": {**rules.columns, "late": column}})
    assert turned.labels == ["yes", "no"]


@pytest.mark.slow
def test_a_table_without_an_id_names_its_rows_by_number(rules):
    rest = {name: column for name, column in rules.columns.items() if name != "order"}
    assert rules.model_copy(update={"columns": rest}).id == "row"


@pytest.fixture
def row(typed, rules):
    """A row as a client sends it."""
    return {**columns.json_rows(typed, rules.features)[0], "weight": 500.0, "wish": ""}


@pytest.fixture
def row_type(rules):
    return TypeAdapter(schemas.row_type(rules))


@pytest.mark.slow
def test_a_row_as_a_client_sends_it_is_taken(row_type, row):
    assert row_type.validate_python(row) == {**row, "wish": None}
    named = {**row, "order": 17, "day": "2024-05-01", "shop": "a"}
    made = row_type.validate_python(named)
    assert (made["order"], made["day"]) == ("17", datetime.date(2024, 5, 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weight": -1}, "weight"),
        ({"weight": 5001}, "weight"),
        ({"weight": "500"}, "weight"),
        ({"weight": float("nan")}, "weight"),
        ({"weight": True}, "weight"),
        ({"guests": 2.5}, "guests"),
        ({"guests": None}, "guests"),
        ({"guests": ""}, "guests"),
        ({"size": "giant"}, "size"),
        ({"town": "x" * 21}, "town"),
        ({"town": 5}, "town"),
        ({"wish": ["a"]}, "wish"),
        ({"day": "soon"}, "day"),
        ({"late": "yes"}, "late"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_and_its_field_named(row_type, row, change, field):
    with pytest.raises(ValidationError) as refused:
        row_type.validate_python({**row, **change})
    assert {error["loc"][0] for error in refused.value.errors()} == {field}


@pytest.mark.slow
def test_a_feature_must_be_there_even_where_it_may_be_null(row_type, row):
    assert row_type.validate_python({**row, "size": None, "weight": "n/a"})
    del row["size"]
    with pytest.raises(ValidationError, match="size"):
        row_type.validate_python(row)


@pytest.mark.slow
def test_the_projects_own_schema_can_be_read():
    assert schemas.load(ROOT / "schema.yaml").features


@pytest.mark.slow
def test_a_column_has_its_own_missing_cells_or_the_tables(tmp_path):
    path = tmp_path / "schema.yaml"
    path.write_text(
        SCHEMA.replace(", max_length: 20}", ", missing: [x], spellings: {Bonn: [bonn, BN]}}"),
        "utf-8",
    )
    rules = schemas.load(path)
    assert (rules.missing_of("town"), rules.missing_of("size")) == (("x",), ("", "n/a"))
    assert rules.columns["town"].spellings == {"Bonn": ("bonn", "BN")}
    row = TypeAdapter(schemas.row_type(rules))
    sent = {"weight": 1, "guests": 2, "size": "n/a", "town": "n/a", "wish": None}
    assert row.validate_python(sent)["town"] == "n/a", "here it is a town"
    with pytest.raises(ValidationError, match="town"):
        row.validate_python({**sent, "town": "x"})
