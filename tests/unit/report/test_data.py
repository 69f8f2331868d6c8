"""The report's part on the data."""

import pandas as pd
import pytest

from orders import private, split_of
from pipeline.data import schema as schemas
from pipeline.report import data as data_section
from pipeline.report.settings import Params

pytestmark = pytest.mark.usefixtures("columns_are_not_drawn")


@pytest.fixture
def parts(typed, rules, settings) -> dict[str, pd.DataFrame]:
    """Train and test part, and live rows, which have no target."""
    train, test = split_of(typed, rules, settings)
    return {"train": train, "test": test, "live": test[[*rules.features]]}


@pytest.fixture
def build(settings):
    def build(parts, rules, ingested=None, **changed):
        given = settings("report", Params).model_copy(update=changed)
        part = data_section.build(parts, ingested or {}, rules, given)
        return part, {item.heading: item for item in part.items}

    return build


@pytest.mark.slow
def test_the_data_are_told_in_order_each_column_with_its_pictures(build, parts, rules):
    part, found = build(parts, rules)
    assert list(found)[:5] == [
        "Correlation with the target",
        "Drift of the live rows",
        "Missing values",
        "Column by column",
        "day",
    ]
    assert list(found)[-1] == "All columns"
    assert set(rules.features) < set(found)
    for name in rules.features:
        assert len(found[name].pictures) == 2
        assert "(train / test / live); PSI test" in found[name].facts
    assert len(found["late"].pictures) == 1, "the target against itself says nothing"
    assert "live" in part.lead


@pytest.mark.slow
def test_the_table_holds_what_the_pictures_show(build, parts, rules):
    _, found = build(parts, rules)
    table = found["All columns"]
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert set(rows) == set(rules.features)
    assert rows["guests"]["rank correlation"] > 0.2
    assert rows["town"]["rank correlation"] is None
    assert rows["wish"]["missing train"] > 0.05
    assert table.rows == sorted(table.rows, key=lambda row: -row[table.columns.index("alone")])


@pytest.mark.slow
def test_private_columns_are_nowhere_and_named_as_left_out(build, parts, rules):
    hidden = private(rules, "town", "wish")
    part, found = build(parts, hidden)
    assert not {"town", "wish"} & set(found)
    assert "left out: town, wish" in part.lead
    assert not {"town", "wish"} & {row[0] for row in found["All columns"].rows}


def test_where_all_is_private_no_picture_is_drawn(build, parts, rules):
    _, found = build(parts, private(rules, *rules.columns))
    assert list(found) == ["All columns"]


@pytest.mark.slow
def test_a_private_target_is_in_no_picture(build, parts, rules):
    _, found = build(parts, private(rules, "late"))
    assert "late" not in found
    assert len(found["town"].pictures) == 1


@pytest.mark.slow
def test_of_many_columns_the_best_have_pictures_and_the_rest_are_said(build, parts, rules):
    _, found = build(parts, rules, columns=2)
    assert len(set(rules.features) & set(found)) == 2
    assert "3 more columns are in the table only" in found["Column by column"].reading
    assert len(found["All columns"].rows) == 5


@pytest.mark.slow
def test_a_picture_of_all_columns_is_capped_and_says_so(build, parts, rules, monkeypatch):
    monkeypatch.setattr(data_section, "MOST_DRAWN", 2)
    _, found = build(parts, rules)
    assert "The first 2 of 5 columns" in found["Correlation with the target"].reading


@pytest.mark.slow
def test_of_large_parts_a_sample_is_looked_at(build, parts, rules, monkeypatch):
    monkeypatch.setattr(data_section, "MOST_ROWS", 25)
    part, _ = build(parts, rules)
    assert "25 are looked at" in part.lead


@pytest.mark.slow
def test_without_live_rows_it_says_so_and_looks_at_the_test_part(build, parts, rules):
    del parts["live"]
    part, found = build(parts, rules)
    assert "no live rows yet" in part.lead
    assert "Drift of the test rows" in found


@pytest.mark.parametrize("target", ["number", pytest.param("many", marks=pytest.mark.slow)])
def test_a_target_of_numbers_or_of_more_classes(build, target):
    if target == "number":
        column = {"type": "number", "role": "target"}
        values = [float(number) for number in range(60)]
    else:
        column = {"type": "category", "role": "target", "levels": ["a", "b", "c"]}
        values = ["a", "b", "c"] * 20
    features = {"x$": {"type": "number"}, "z": {"type": "category"}}
    rules = schemas.Schema.model_validate({"columns": {**features, "t": column}})
    rows = pd.DataFrame({"x$": range(60), "z": ["u", "v"] * 30, "t": values})
    rows["x$"] = rows["x$"].astype("float64")
    _, found = build({"train": rows, "test": rows}, rules)
    caption = found["x$"].pictures[1][0]
    assert caption == ("The mean t, by value." if target == "number" else
                       "The share of t = c, by value.")  # fmt: skip
    correlation = {row[0]: row[-1] for row in found["All columns"].rows}["x$"]
    assert correlation == (pytest.approx(1.0) if target == "number" else None)
    assert "Missing values" not in found


def test_what_broke_the_schema_is_listed_with_its_line(build, rules):
    first = {"row": 3, "line": 4, "column": "town", "rule": "is too long", "value": "Ulm" * 20}
    violations = {
        "count": 2,
        "by_rule": [{"column": "town", "rule": "is too long", "count": 2}],
        "first": [first, {**first, "line": None}],
    }
    part, found = build({}, rules, {"rows": 120, "violations": violations})
    assert "has not been made" in part.lead
    table = found["Violations"]
    assert "town is too long: 2" in table.reading
    assert [row[0] for row in table.rows] == [4, 3]
    assert table.rows[0][3].startswith("UlmUlm")
    _, found = build({}, private(rules, "town"), {"rows": 120, "violations": violations})
    assert found["Violations"].rows[0][3] == "(private)"


@pytest.mark.slow
def test_where_nothing_broke_it_that_is_said(build, rules):
    _, found = build({}, rules, {"rows": 120, "violations": {"count": 0}})
    assert found["Violations"].reading == "Each of 120 rows fits schema.yaml."
