"""The role of each column: target, id, group, time, feature, or none."""

import numpy as np
import pandas as pd
import pytest

from adoption import messages
from pipeline.adopt import column_types, roles
from pipeline.adopt.guess import Guess
from pipeline.adopt.settings import Params
from pipeline.core.errors import Refusal

COUNT = 80


def options(target="late", **changed) -> Params:
    return Params(data="rows.csv", target=target, **changed)


def guess_target(cells, missing=("",), **changed) -> Guess:
    values = cells if isinstance(cells, pd.Series) else pd.Series(cells, dtype="str")
    return roles.target(values, options(**changed), list(missing))


def assigned(table: dict, **changed) -> dict[str, Guess]:
    frame = pd.DataFrame(table)
    guesses = {name: column_types.guess(name, frame[name], [""]) for name in frame}
    if "late" in frame:
        guesses["late"] = roles.target(frame["late"], options(), [""])
    roles.assign(guesses, frame, options(**changed))
    return guesses


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "levels", "positive"),
    [
        (["no", "yes"] * 40, ["no", "yes"], "yes"),
        (["0", "1"] * 40, ["0", "1"], "1"),
        (["0.0", "1.0"] * 40, ["0.0", "1.0"], "1.0"),
        (pd.Series([True, False] * 40), ["False", "True"], "True"),
        (pd.Series([0, 1] * 40), ["0", "1"], "1"),
        (pd.Series([0.0, 1.0, np.nan, 1.0] * 20), ["0", "1"], "1"),
        (["good", "bad"] * 40, ["bad", "good"], "bad"),
        (["a"] * 60 + ["b"] * 20, ["a", "b"], "b"),
        (["a", "b", "c"] * 30, ["a", "b", "c"], None),
        (["1", "2", "3"] * 30, ["1", "2", "3"], None),
        (["None", "Some"] * 40, ["None", "Some"], "Some"),
    ],
)
def test_few_values_are_classes(cells, levels, positive):
    found = guess_target(cells)
    assert (found.keys["type"], found.keys["role"]) == ("category", "target")
    assert (found.keys["levels"], found.keys.get("positive")) == (levels, positive)


@pytest.mark.parametrize("spelt", [["Yes", "no", "YES ", "No"], ["true", "False", "T", "0"]])
def test_booleans_in_any_spelling_are_two_classes(spelt):
    found = guess_target(spelt * 20)
    assert len(found.keys["levels"]) == 2
    assert sum(map(len, found.keys["spellings"].values())) == 2
    assert found.keys["positive"] in (spelt[0], spelt[2])
    assert " is read as '" in messages(found)


def test_the_rarer_class_is_positive_unless_another_is_named():
    found = guess_target(["kept"] * 60 + ["gone"] * 20)
    assert found.keys["positive"] == "gone"
    assert "POSITIVE='kept' makes it the other" in messages(found)
    turned = guess_target(["kept"] * 60 + ["gone"] * 20, positive="kept")
    assert (turned.keys["positive"], turned.questions) == ("kept", [])


def test_a_class_with_one_row_is_left_out_and_counted():
    found = guess_target(["a"] * 40 + ["b"] * 40 + ["c"])
    assert (found.keys["levels"], found.keys["left_out"]) == (["a", "b"], ["c"])
    assert "rows of the classes 'c' are left out, because each has fewer than 8" in messages(found)


@pytest.mark.slow
def test_a_heavy_imbalance_stays_two_classes():
    assert guess_target(["0"] * 500 + ["1"] * 9).keys["positive"] == "1"


@pytest.mark.slow
def test_missing_targets_are_no_class():
    found = guess_target(["no", "yes", "", "?"] * 20, missing=("", "?"))
    assert found.keys["levels"] == ["no", "yes"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "keys"),
    [
        ([f"{number / 7:.3f}" for number in range(80)], {}),
        ([str(number * number) for number in range(80)], {}),
        ([str(number) for number in range(80)], {}),
        ([f"${number},{number % 10}00.50" for number in range(1, 81)],
         {"symbols": "$", "thousands": ","}),
        (pd.Series(np.arange(80) / 3), {}),
    ],
)  # fmt: skip
def test_many_numbers_are_a_quantity(cells, keys):
    found = guess_target(cells)
    assert found.keys == {"type": "number", "role": "target", **keys}


def test_the_type_of_the_target_can_be_set():
    few = ["1", "2", "3"] * 30
    assert guess_target(few, set={"columns.late.type": "number"}).keys["type"] == "number"
    many = [str(number % 30) for number in range(600)]
    assert guess_target(many).keys["type"] == "number"
    assert guess_target(many, set={"columns.late.type": "category"}).keys["type"] == "category"


@pytest.mark.parametrize(
    ("cells", "changed", "sentence"),
    [
        ([""] * 80, {}, "the target `late` holds no values"),
        (["a"] * 80, {}, "one class of 8 rows or more"),
        (["a", "b", "c"], {}, "no class with rows"),
        ([f"a{number}" for number in range(80)], {}, "80 different values and no numbers"),
        (["a", "b"] * 40, {"positive": "c"}, "has no class 'c'"),
        (["a", "b", "c"] * 30, {"positive": "c"}, "POSITIVE is for a target of two classes"),
        (["a", "b"] * 40, {"set": {"columns.late.type": "number"}}, "cannot be a number"),
    ],
)
def test_a_target_without_two_classes_is_refused(cells, changed, sentence):
    with pytest.raises(Refusal, match=sentence):
        guess_target(cells, **changed)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"target": ""}, "name the column to predict by TARGET=; the table has: late, age"),
        ({"target": "lat"}, r"TARGET: there is no column 'lat' \(did you mean `late`\?\)"),
        ({"time": "day"}, "TIME: there is no column 'day'"),
        ({"keep": ["age", "size"]}, "KEEP: there is no column 'size'"),
        ({"group": "late"}, "a column has one role"),
    ],
)
def test_names_that_the_table_does_not_have_are_refused(changed, sentence):
    with pytest.raises(Refusal, match=sentence):
        roles.require_columns(pd.DataFrame({"late": ["a"], "age": ["1"]}), options(**changed))


NUMBERS = [f"{number * 37 % 80 / 3:.2f}" for number in range(COUNT)]


def role_of(guess: Guess) -> str:
    return guess.keys.get("role", "feature")


@pytest.mark.slow
def test_the_column_that_names_the_rows_is_the_id():
    names = [f"c{number}" for number in range(COUNT)]
    counted = list(map(str, range(COUNT)))
    assert role_of(assigned({"code": names, "age": NUMBERS})["code"]) == "id"
    both = assigned({"unnamed": counted, "code": names, "customer_id": names[::-1]})
    assert {name: role_of(guess) for name, guess in both.items()} == {
        "unnamed": "id",
        "code": "ignored",
        "customer_id": "ignored",
    }
    changed = assigned({"unnamed": counted, "code": names}, id="code")
    assert (role_of(changed["unnamed"]), role_of(changed["code"])) == ("ignored", "id")


@pytest.mark.slow
def test_an_id_that_repeats_is_a_group_and_is_asked_about():
    shops = [f"s{number % 30}" for number in range(COUNT)]
    found = assigned({"shop_id": shops, "age": NUMBERS})["shop_id"]
    assert (found.keys, found.why) == ({"type": "identifier", "role": "group"}, "30 groups")
    assert "SET='columns.shop_id.role=feature' makes it a feature" in messages(found)
    no = assigned({"shop_id": shops}, set={"columns.shop_id.role": "feature"})["shop_id"]
    assert role_of(no) == "feature"
    assert role_of(assigned({"shop": shops}, group="shop")["shop"]) == "group"
    with pytest.raises(Refusal, match="fewer than five groups"):
        assigned({"shop": ["a", "b"] * 40}, group="shop")


def test_a_date_is_the_time_only_if_it_is_named():
    days = pd.date_range("2024-01-01", periods=COUNT).strftime("%d.%m.%Y")
    found = assigned({"day": days})["day"]
    assert found.keys == {"type": "date", "role": "ignored", "formats": ["%d.%m.%Y"]}
    assert "TIME=day makes the latest rows the test set" in messages(found)
    assert role_of(assigned({"day": days}, time="day")["day"]) == "time"
    with pytest.raises(Refusal, match="TIME: `age` holds no dates"):
        assigned({"age": NUMBERS}, time="age")


def test_survey_weights_are_no_feature():
    found = assigned({"fnlwgt": NUMBERS, "weight": NUMBERS})
    assert role_of(found["fnlwgt"]) == "ignored"
    assert "looks like survey weights" in messages(found["fnlwgt"])
    assert role_of(found["weight"]) == "feature"


def test_personal_data_are_private_and_named():
    mails = [f"ann{number % 40}@mail.test" for number in range(COUNT)]
    found = assigned({"contact": mails, "age": NUMBERS})
    assert found["contact"].keys["private"] is True
    assert "holds e-mail addresses: it is private" in messages(found["contact"])
    assert "private" not in found["age"].keys


def test_a_column_called_row_is_left_out():
    assert role_of(assigned({"row": NUMBERS})["row"]) == "ignored"


def test_levels_that_differ_in_case_and_blanks_are_one():
    found = assigned({"size": ["small", "Small", "large", " large"] * 20})["size"]
    assert found.keys["levels"] == ["large", "small"] or len(found.keys["levels"]) == 2
    assert sum(map(len, found.keys["spellings"].values())) == 2
    assert " is read as '" in messages(found)
    many = assigned({"town": [f"t{number % 30}" for number in range(COUNT)]})["town"]
    assert "spellings" not in many.keys
