"""Sections `check_data` and `check_model` of params.yaml."""

import pytest
from pydantic import ValidationError

from pipeline.gates.settings import Expectation


def test_an_expectation_must_change_something():
    with pytest.raises(ValidationError, match="an expectation needs `set` or `add`"):
        Expectation(name="nothing", expect="same")
    assert Expectation(name="heavier", expect="higher", add={"weight": 1.0}).set == {}
