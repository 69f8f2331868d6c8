"""A bad request is refused with a 4xx that names the field at fault, and the server goes on."""

import json

import pytest

ENOUGH = 20  # fields at fault that an answer has to name where there are more


def _bad_rows(row, rules):
    """Yield (what is wrong, the field at fault, the row) for rows of a wrong shape."""
    yield "an unknown field", "no_such_field", {**row, "no_such_field": 1}
    yield "the target", rules.target, {**row, rules.target: (rules.labels or [1.0])[0]}
    for name in rules.features:
        yield "no field", name, {key: value for key, value in row.items() if key != name}
        yield "a list for a value", name, {**row, name: [1]}
        yield "an object for a value", name, {**row, name: {"a": 1}}
        wrong = "not a number" if rules.columns[name].type == "number" else 12.5
        yield "another type", name, {**row, name: wrong}


def test_a_bad_row_is_refused_and_its_field_named(client, rows, rules):
    for wrong, field, row in _bad_rows(rows[0], rules):
        answer = client.post("/predict", json={"rows": [rows[0], row]})
        assert 400 <= answer.status_code < 500, f"`{field}`, {wrong}: {answer.status_code}"
        assert field in answer.text, f"`{field}`, {wrong}: the answer names no field"


def test_an_invalid_mock_is_refused_and_its_fields_named(client, rows, expected):
    for row, fields in expected.invalid:
        answer = client.post("/predict", json={"rows": [rows[0], row]})
        assert 400 <= answer.status_code < 500, f"{fields}: {answer.status_code} for {row}"
        silent = [field for field in fields if field not in answer.text]
        named = len(fields) - len(silent)
        assert named >= min(len(fields), ENOUGH), f"the answer does not name {silent}"


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b"{}", b'{"rows": []}', b'{"rows": 1}', b'{"rows": [1]}', b"null"],
)
def test_a_body_that_holds_no_rows_is_refused(client, body):
    answer = client.post("/predict", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, f"{body!r}: {answer.status_code} {answer.text[:200]}"


def test_not_a_number_is_refused(client, rows, rules):
    for name in rules.features_of("number"):
        for value in (float("nan"), float("inf")):
            body = json.dumps({"rows": [{**rows[0], name: value}]})
            answer = client.post("/predict", content=body)
            assert 400 <= answer.status_code < 500, f"`{name}` = {value}: {answer.status_code}"


def test_too_many_rows_are_refused(client, rows, expected):
    too_many = [rows[0]] * (expected.max_rows + 1)
    answer = client.post("/predict", json={"rows": too_many})
    assert 400 <= answer.status_code < 500, f"{len(too_many)} rows: {answer.status_code}"


def test_a_body_that_is_too_large_is_refused(client, expected):
    size = expected.max_body_mb + 1
    answer = client.post("/predict", content=b" " * size * 2**20)
    assert answer.status_code == 413, f"a body of {size} MiB: {answer.status_code}"


def test_it_still_answers_after_all_that(ask, rows):
    assert len(ask(rows[:2])["predictions"]) == 2
