"""Section `report` of params.yaml."""

import pytest
from pydantic import ValidationError

from pipeline.report.settings import Costs


@pytest.mark.parametrize("wrong", [{"false_alarm": -1, "miss": 1}, {"miss": 1}])
def test_costs_are_numbers_from_0_on(wrong):
    with pytest.raises(ValidationError):
        Costs(**wrong)
