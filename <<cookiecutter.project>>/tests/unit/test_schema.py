"""`schema.yaml`, and the one cast from anything row-like to typed columns."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bakery import SCHEMA
from pydantic import TypeAdapter, ValidationError

from pipeline import schema as schemas
from pipeline.stage import Refusal

TARGET = 'late: {type: category, role: target, levels: ["no", "yes"], positive: "yes"}'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("unit: g", "unti: g", r"`columns.weight.unti` \(did you mean `unit`\?\)"),
        ("missing:", "misssing:", r"`misssing` \(did you mean `missing`\?\)"),
        ("type: text", "type: words", "`columns.wish.type`: input should be 'number', 'category'"),
        ("type: text, ", "", "`columns.wish.type` is missing"),
        ("role: time, ", "", "a date is no feature; give it the role it plays"),
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
    ],
)
def test_a_wrong_key_is_named(tmp_path, old, new, sentence):
    assert old in SCHEMA
    path = tmp_path / "schema.yaml"
    path.write_text(SCHEMA.replace(old, new), encoding="utf-8")
    with pytest.raises(Refusal, match=sentence):
        schemas.load(path)


def test_a_schema_without_a_feature_is_refused():
    late = {"type": "category", "role": "target", "levels": ["no", "yes"], "positive": "yes"}
    with pytest.raises(ValidationError, match="no column is a feature"):
        schemas.Schema.model_validate({"columns": {"late": late}})


def test_roles_name_columns(rules):
    assert rules.features == ["weight", "guests", "size", "town", "wish"]
    assert rules.features_of("number") == ["weight", "guests"]
    assert rules.with_role("time", "group") == ["day", "shop"]
    assert (rules.id, rules.target, rules.labels) == ("order", "late", ["no", "yes"])


def targeting(rules, **column):
    """Return the schema with another target."""
    late = schemas.Column(role="target", **column)
    return rules.model_copy(update={"columns": {**rules.columns, "late": late}})


def test_the_task_is_told_by_the_target(rules):
    assert rules.task == "binary"
    towns = targeting(rules, type="category", levels=("c", "a", "b"))
    assert (towns.task, towns.labels) == ("multiclass", ["c", "a", "b"])
    number = targeting(rules, type="number")
    assert (number.task, number.labels) == ("regression", [])


def test_the_truth_is_what_metrics_take(rules):
    assert rules.truth(pd.Series(["yes", "no"])).tolist() == [True, False]
    assert rules.truth(pd.Series(["yes", "no"])).dtype == bool
    towns = targeting(rules, type="category", levels=("c", "a", "b"))
    assert towns.truth(pd.Series(["a", "c", "b"])).tolist() == [1, 0, 2]
    assert targeting(rules, type="number").truth(pd.Series([1.5, 2])).tolist() == [1.5, 2.0]


def test_a_label_that_is_no_level_has_no_truth(rules):
    with pytest.raises(Refusal, match="`late` holds a value that is none of its levels"):
        rules.truth(pd.Series(["yes", "perhaps"]))


def test_the_positive_level_stands_last_wherever_the_schema_has_it(rules):
    column = rules.columns["late"].model_copy(update={"positive": "no"})
    turned = rules.model_copy(update={"columns": {**rules.columns, "late": column}})
    assert turned.labels == ["yes", "no"]


def test_a_table_without_an_id_names_its_rows_by_number(rules):
    rest = {name: column for name, column in rules.columns.items() if name != "order"}
    assert rules.model_copy(update={"columns": rest}).id == "row"


KINDS = {"weight": "float64", "size": "str", "wish": "str", "day": "datetime64[us]", "order": "str"}


def test_the_cast_gives_each_type_its_dtype(rules, table):
    typed, found = schemas.cast(table, rules, list(KINDS))
    assert {name: str(dtype) for name, dtype in typed.dtypes.items()} == KINDS
    assert found.empty


@pytest.mark.parametrize("missing", ["", "n/a", None, np.nan, pd.NA])
def test_missing_is_missing_however_it_is_written(rules, missing):
    row = pd.DataFrame([{"weight": missing, "size": missing, "wish": missing}], dtype="object")
    typed, found = schemas.cast(row, rules, ["weight", "size", "wish"])
    assert np.isnan(typed.loc[0, "weight"])
    assert pd.isna(typed.loc[0, "size"])
    assert typed.loc[0, "wish"] == "", "a missing text is an empty text"
    assert found.empty


@pytest.mark.parametrize("count", [0, 1, 120])
def test_rows_however_many_are_cast_to_the_same_types(rules, table, count):
    typed, found = schemas.cast(table.head(count), rules, list(KINDS))
    assert {name: str(dtype) for name, dtype in typed.dtypes.items()} == KINDS
    assert len(typed) == count
    assert found.empty
    assert list(found.columns) == schemas.PROBLEM_COLUMNS
    assert schemas.violations(typed, rules).empty
    assert len(schemas.json_rows(typed, list(KINDS))) == count


@pytest.mark.parametrize("text", [" \t ", "x" * 100_000, "飞机撞到一只鸟", "🦅", "a\x00b"])
def test_a_string_that_is_no_missing_one_stays_as_it_is(rules, text):
    row = pd.DataFrame([{"size": text, "wish": text, "order": text}])
    typed, found = schemas.cast(row, rules, list(row.columns))
    assert typed.iloc[0].tolist() == [text] * 3
    assert found.empty


def test_one_row_is_cast_as_in_the_whole_table(rules, table):
    names = list(rules.columns)
    whole, _ = schemas.cast(table, rules, names)
    for number in (0, 3, 17):
        alone, _ = schemas.cast(table.iloc[[number]], rules, names)
        pd.testing.assert_frame_equal(alone, whole.iloc[[number]])


def test_a_cast_of_what_was_cast_changes_nothing(rules, typed):
    again, found = schemas.cast(typed, rules, list(rules.columns))
    pd.testing.assert_frame_equal(again, typed)
    assert found.empty


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("weight", "heavy", "is not a finite number"),
        ("weight", "inf", "is not a finite number"),
        ("weight", float("-inf"), "is not a finite number"),
        ("day", "1st of May", "is not an ISO date"),
        ("day", "2024-13-01", "is not an ISO date"),
        ("town", "nan", "is a missing value; name it under `missing`"),
        ("order", "<NA>", "is a missing value; name it under `missing`"),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_missing_and_listed(rules, name, value, rule):
    typed, found = schemas.cast(pd.DataFrame({name: [value]}, index=[7]), rules, [name])
    assert typed[name].isna().all()
    assert found.to_dict("records") == [
        {"row": 7, "column": name, "value": str(value), "rule": rule}
    ]


def test_whole_numbers_that_met_a_missing_one_are_still_names(rules):
    table = pd.DataFrame({"order": [3.0, np.nan, 12.0], "town": [1.5, np.nan, 2.0]})
    typed, _ = schemas.cast(table, rules, ["order", "town"])
    assert typed["order"].tolist()[::2] == ["3", "12"]
    assert typed["town"].tolist()[::2] == ["1.5", "2.0"]
    assert typed.loc[1].isna().all()


def test_dates_with_a_zone_become_utc(rules):
    table = pd.DataFrame({"day": ["2024-05-01T01:30:00+02:00"]})
    assert schemas.cast(table, rules, ["day"])[0].loc[0, "day"] == pd.Timestamp("2024-04-30 23:30")


def test_an_absent_column_is_named_with_the_nearest(rules, table):
    with pytest.raises(Refusal, match=r"`size` is missing \(did you mean `sizes`\?\)"):
        schemas.cast(table.rename(columns={"size": "sizes"}), rules, ["size"])


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("weight", -1.0, "is below 0.0 g"),
        ("weight", 5000.5, "is above 5000.0 g"),
        ("guests", 2.5, "is not a whole number"),
        ("guests", np.nan, "must not be missing"),
        ("size", "giant", "is none of the levels"),
        ("town", "x" * 21, "is longer than 20 characters"),
        ("wish", "x" * 201, "is longer than 200 characters"),
        ("order", "o000", "stands more than once"),
        ("day", pd.Timestamp("2023-12-31"), "is below 2024-01-01"),
        ("day", pd.Timestamp("2025-01-01"), "is above 2024-12-31"),
        ("late", np.nan, "must not be missing"),
    ],
)
def test_a_value_that_breaks_a_rule_is_found_with_its_row(rules, typed, name, value, rule):
    spoilt = typed.copy()
    spoilt.loc[5, name] = value
    found = schemas.violations(spoilt, rules)
    mine = found[found["row"] == 5].iloc[0]
    assert (mine["column"], mine["rule"]) == (name, rule)


def test_good_rows_break_no_rule(rules, typed):
    assert schemas.violations(typed, rules).empty
    assert typed["weight"].isna().any(), "missing values are among them"


def test_every_violation_is_found_at_once(rules, typed):
    spoilt = typed.copy()
    spoilt.loc[[1, 2], "weight"] = -1.0
    spoilt.loc[2, "size"] = "giant"
    found = schemas.violations(spoilt, rules)
    assert found[["row", "column"]].to_numpy().tolist() == [
        [1, "weight"],
        [2, "size"],
        [2, "weight"],
    ]


def test_rows_of_json_hold_none_and_iso_dates(rules, typed):
    rows = schemas.json_rows(typed, ["order", "day", "weight"])
    gap = int(typed["weight"].isna().argmax())
    assert rows[0]["day"] == "2024-01-01"
    assert rows[gap] == {"order": f"o{gap:03}", "day": rows[gap]["day"], "weight": None}


@pytest.fixture
def row(typed, rules):
    """A row as a client sends it."""
    return {**schemas.json_rows(typed, rules.features)[0], "weight": 500.0, "wish": ""}


@pytest.fixture
def row_type(rules):
    return TypeAdapter(schemas.row_type(rules))


def test_a_row_as_a_client_sends_it_is_taken(row_type, row):
    assert row_type.validate_python(row) == {**row, "wish": None}
    named = {**row, "order": 17, "day": "2024-05-01", "shop": "a"}
    made = row_type.validate_python(named)
    assert (made["order"], made["day"]) == ("17", datetime.date(2024, 5, 1))


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


def test_a_feature_must_be_there_even_where_it_may_be_null(row_type, row):
    assert row_type.validate_python({**row, "size": None, "weight": "n/a"})
    del row["size"]
    with pytest.raises(ValidationError, match="size"):
        row_type.validate_python(row)


def test_the_projects_own_schema_can_be_read():
    assert schemas.load(Path(__file__).parents[2] / "schema.yaml").features
