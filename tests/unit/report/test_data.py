"""The report's part on the data."""

import pandas as pd
import pytest

from orders import private, split_of
from pipeline.data import schema as schemas
from pipeline.report import data as data_section
from pipeline.report.settings import Params

pytestmark = pytest.mark.usefixtures("columns_are_not_drawn")


@pytest.fixture
def sets(typed, rules, settings) -> dict[str, pd.DataFrame]:
    """The training set and the test set, and live rows, which have no target."""
    train, test = split_of(typed, rules, settings)
    return {"train": train, "test": test, "live": test[[*rules.features]]}


@pytest.fixture
def build(settings):
    def build(sets, rules, ingested=None, **changed):
        changed_settings = settings("report", Params).model_copy(update=changed)
        part = data_section.build(sets, ingested or {}, rules, changed_settings)
        return part, {item.heading: item for item in part.items}

    return build


@pytest.mark.slow
def test_each_column_has_its_pictures(build, sets, rules):
    part, items = build(sets, rules)
    assert list(items)[:5] == [
        "Correlation with the target",
        "Drift of the live rows",
        "Missing values",
        "Column by column",
        "day",
    ]
    assert list(items)[-1] == "All columns"
    assert set(rules.features) < set(items)
    for name in rules.features:
        assert len(items[name].pictures) == 2
        assert "(train / test / live); PSI test" in items[name].facts
    assert len(items["late"].pictures) == 1, "the target is not drawn against itself"
    assert "live" in part.lead


@pytest.mark.slow
def test_the_table_holds_what_the_pictures_show(build, sets, rules):
    _, items = build(sets, rules)
    table = items["All columns"]
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert set(rows) == set(rules.features)
    assert rows["guests"]["rank correlation"] > 0.2
    assert rows["town"]["rank correlation"] is None
    assert rows["wish"]["missing train"] > 0.05
    assert table.rows == sorted(table.rows, key=lambda row: -row[table.columns.index("alone")])


@pytest.mark.slow
def test_private_columns_are_left_out_and_named(build, sets, rules):
    hidden = private(rules, "town", "wish")
    part, items = build(sets, hidden)
    assert not {"town", "wish"} & set(items)
    assert "are left out: town, wish" in part.lead
    assert not {"town", "wish"} & {row[0] for row in items["All columns"].rows}


def test_no_picture_is_drawn_of_private_columns(build, sets, rules):
    _, items = build(sets, private(rules, *rules.columns))
    assert list(items) == ["All columns"]


@pytest.mark.slow
def test_a_private_target_is_in_no_picture(build, sets, rules):
    _, items = build(sets, private(rules, "late"))
    assert "late" not in items
    assert len(items["town"].pictures) == 1


@pytest.mark.slow
def test_the_best_of_many_columns_have_pictures(build, sets, rules):
    _, items = build(sets, rules, columns=2)
    assert len(set(rules.features) & set(items)) == 2
    assert "3 more columns are in the table only" in items["Column by column"].reading
    assert len(items["All columns"].rows) == 5


@pytest.mark.slow
def test_a_picture_of_all_columns_is_capped(build, sets, rules, monkeypatch):
    monkeypatch.setattr(data_section, "MOST_DRAWN", 2)
    _, items = build(sets, rules)
    assert "The first 2 of 5 columns" in items["Correlation with the target"].reading


@pytest.mark.slow
def test_large_sets_are_sampled(build, sets, rules, monkeypatch):
    monkeypatch.setattr(data_section, "MOST_ROWS", 25)
    part, _ = build(sets, rules)
    assert "at most 25 rows" in part.lead


@pytest.mark.slow
def test_without_live_rows_drift_is_that_of_the_test_set(build, sets, rules):
    del sets["live"]
    part, items = build(sets, rules)
    assert "no live rows yet" in part.lead
    assert "Drift of the test rows" in items


@pytest.mark.parametrize("target", ["number", pytest.param("many", marks=pytest.mark.slow)])
def test_targets_of_numbers_and_of_classes_have_captions(build, target):
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
    _, items = build({"train": rows, "test": rows}, rules)
    caption = items["x$"].pictures[1][0]
    assert caption == ("Mean t, by value" if target == "number" else
                       "Share of t = c, by value")  # fmt: skip
    correlation = {row[0]: row[-1] for row in items["All columns"].rows}["x$"]
    assert correlation == (pytest.approx(1.0) if target == "number" else None)
    assert "Missing values" not in items


def test_violations_are_listed_with_their_line(build, rules):
    first = {"row": 3, "line": 4, "column": "town", "rule": "is too long", "value": "Ulm" * 20}
    violations = {
        "count": 2,
        "by_rule": [{"column": "town", "rule": "is too long", "count": 2}],
        "first": [first, {**first, "line": None}],
    }
    part, items = build({}, rules, {"rows": 120, "violations": violations})
    assert "There is no data set yet" in part.lead
    table = items["Violations"]
    assert "town is too long: 2" in table.reading
    assert [row[0] for row in table.rows] == [4, 3]
    assert table.rows[0][3].startswith("UlmUlm")
    _, items = build({}, private(rules, "town"), {"rows": 120, "violations": violations})
    assert items["Violations"].rows[0][3] == "(private)"


@pytest.mark.slow
def test_no_violations_are_one_sentence(build, rules):
    _, items = build({}, rules, {"rows": 120, "violations": {"count": 0}})
    assert items["Violations"].reading == "All 120 rows fit schema.yaml."
