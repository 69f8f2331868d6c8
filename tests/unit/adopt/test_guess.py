"""The name of a column says whether it is an identifier."""

import pytest

from pipeline.adopt.guess import is_id


@pytest.mark.parametrize(
    "name", ["id", "row_id", "customerID", "Order No", "uuid", "Unnamed", "id.1"]
)
def test_names_of_identifiers_are_recognised(name):
    assert is_id(name)


@pytest.mark.parametrize("name", ["humid", "paid", "keyboard", "note", "piano", "ID card"])
def test_words_that_contain_id_are_no_identifiers(name):
    assert not is_id(name)
