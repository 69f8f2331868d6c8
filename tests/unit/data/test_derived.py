"""Derived columns: what a function gets, what it may return, and what stops one."""

from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.core.errors import Refusal
from pipeline.data import derived


def ratio(weight: float | None, guests: float | None) -> float | None:
    return weight / guests


def declared(rules, *functions, **named):
    """Return the derived columns of a module that holds these functions."""
    return derived.functions(
        SimpleNamespace(**{one.__name__: one for one in functions}, **named), rules
    )


def of(kind, function=lambda guests: guests, rules=None, private=False):
    return derived.Derived("own", kind, ("guests",), function, private)


def test_a_decorated_function_is_a_column_of_its_name_and_reads_its_parameters(rules):
    (column,) = declared(rules, derived.number(ratio), other=len)
    assert (column.name, column.kind, column.reads) == ("ratio", "number", ("weight", "guests"))
    assert column.value([6.0, 3.0]) == 2.0


def test_a_decorated_function_is_still_called_as_it_is():
    @derived.text
    def loud(wish):
        return wish.upper()

    assert loud("cake") == "CAKE"


def test_columns_can_be_named_where_their_names_are_no_python_names(rules):
    column = rules.columns["weight"]
    rules = rules.model_copy(update={"columns": {**rules.columns, "net weight": column}})

    @derived.number("net weight", "guests")
    def share(net, people):
        return net / people

    (one,) = declared(rules, share)
    assert one.reads == ("net weight", "guests")
    assert one.value([6.0, 3.0]) == 2.0


def test_keyword_only_parameters_are_columns_too(rules):
    @derived.number
    def per_guest(*, weight, guests):
        return weight / guests

    (one,) = declared(rules, per_guest)
    assert one.value([6.0, 3.0]) == 2.0


def test_a_function_under_two_names_is_one_column(rules):
    function = derived.number(ratio)
    assert len(declared(rules, function, alias=function)) == 1


@pytest.mark.parametrize(
    ("kind", "returned", "value"),
    [
        ("number", 3, 3.0),
        ("number", True, 1.0),
        ("number", np.float32(0.5), 0.5),
        ("number", None, None),
        ("number", float("nan"), None),
        ("number", float("-inf"), None),
        ("category", "a", "a"),
        ("category", "", None),
        ("category", "nan", None),
        ("text", "two words", "two words"),
        ("text", None, None),
    ],
)
def test_a_value_is_typed_and_missing_values_are_none(kind, returned, value):
    typed = of(kind, lambda guests: returned).value([1.0])
    assert (typed, type(typed)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "returned", "sentence"),
    [
        ("number", "3", "`own` returned a str, and is declared as a number"),
        ("number", [3], "`own` returned a list, and is declared as a number"),
        ("number", 3j, "`own` returned a complex, and is declared as a number"),
        ("category", 3, "`own` returned a int, and is declared as a category"),
        ("text", b"x", "`own` returned a bytes, and is declared as a text"),
    ],
)
def test_a_value_of_another_type_is_refused(kind, returned, sentence):
    with pytest.raises(Refusal, match=sentence) as refused:
        of(kind, lambda guests: returned).value([1.0])
    assert "for `guests` 1.0" in str(refused.value)


def test_a_function_that_raises_is_named_with_its_line_and_the_rows_values(rules):
    (one,) = declared(rules, derived.number(ratio))
    with pytest.raises(Refusal) as refused:
        one.value([500.0, 0.0])
    line = ratio.__code__.co_firstlineno + 1
    assert str(refused.value) == (
        f"recipe/features.py: `ratio` raised ZeroDivisionError: float division by zero in line "
        f"{line}, for `weight` 500.0, `guests` 0.0; return None where it has no value"
    )


def test_no_value_of_a_private_column_is_in_a_message(rules):
    column = rules.columns["wish"].model_copy(update={"private": True})
    rules = rules.model_copy(update={"columns": {**rules.columns, "wish": column}})

    @derived.number
    def known(wish):
        return {"cake": 1.0}[wish]

    (one,) = declared(rules, known)
    with pytest.raises(Refusal) as refused:
        one.value(["Anna's secret"])
    assert "Anna" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert "`known` raised KeyError in line" in str(refused.value)


def test_a_long_text_is_cut_in_a_message():
    with pytest.raises(Refusal) as refused:
        of("number", lambda guests: guests / 2).value(["x" * 5000])
    assert len(str(refused.value)) < 250


def named(name, parameters):
    function = eval(f"lambda {parameters}: 1.0", {})
    function.__name__ = name
    return derived.number(function)


@pytest.mark.parametrize(
    ("name", "parameters", "sentence"),
    [
        ("town", "guests", "`town` has the name of a column in schema.yaml; rename the function"),
        ("own", "weigth", r"`own` reads `weigth`, which is no .* \(did you mean `weight`\?\)"),
        ("own", "late", "`own` reads `late`, the target, which no row to be predicted has"),
        ("own", "order", "`own` reads `order`, whose role in schema.yaml is id: only features"),
        ("own", "shop", "`own` reads `shop`, whose role in schema.yaml is group: only features"),
        ("own", "*rows", r"`own` takes `\*rows`; each of its parameters is to be one column"),
        ("own", "guests, **rest", r"`own` takes `\*\*rest`; each of its parameters"),
        ("own", "guests, seen={}", "`own` reads `seen`, which is no column"),
        ("own", "", "`own` reads no column: it is the same in every row"),
    ],
)
def test_what_cannot_be_derived_is_refused(rules, name, parameters, sentence):
    with pytest.raises(Refusal, match=sentence):
        declared(rules, named(name, parameters))


def test_as_many_columns_are_named_as_there_are_parameters(rules):
    with pytest.raises(Refusal, match="is given 1 columns for 2 parameters"):
        declared(rules, derived.number("weight")(ratio))


def test_a_derived_column_of_a_private_one_is_private(rules):
    assert derived.column_of(of("text", private=True)).private
    assert not derived.column_of(of("text")).private


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "towns.csv"
        path.write_bytes(content)
        return derived.lookup(path)

    return write


def test_a_table_is_read_when_a_value_is_first_looked_up(write, tmp_path):
    towns = derived.lookup(tmp_path / "towns.csv")
    write(b'town,country\nBonn,de\n"Metz, Est",fr\n')
    assert (towns["Metz, Est"], towns.get("Rome"), dict(towns), len(towns)) == (
        "fr",
        None,
        {"Bonn": "de", "Metz, Est": "fr"},
        2,
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "recipe/tables/towns.csv is no CSV table with a header"),
        (b"town,country\nBonn\n", "towns.csv, line 2: a key and a value are needed"),
        (b"town,country\nBonn,de\nBonn,fr\n", "towns.csv, line 3: 'Bonn' stands there twice"),
        (b"town\n\xff\xfe,\n", "recipe/tables/towns.csv is no CSV table"),
    ],
)
def test_a_broken_table_is_refused(write, content, sentence):
    with pytest.raises(Refusal, match=sentence):
        write(content).get("Bonn")


def test_a_table_that_is_not_there_is_refused_by_the_function_that_uses_it(tmp_path):
    towns = derived.lookup(tmp_path / "towns.csv")
    with pytest.raises(Refusal, match=r"towns\.csv is missing, and recipe/features\.py looks"):
        of("category", lambda guests: towns.get("Bonn")).value([1.0])
