"""A small table for the unit tests of `recipe/`: five columns, eight rows."""

import pandas as pd
import pytest

from pipeline.data import schema

COLUMNS = {
    "height": {"type": "number", "min": 0, "max": 100},
    "speed": {"type": "number", "max_missing": 0.5},
    "phase": {"type": "category", "levels": ["Climb", "Descent", "Landing"]},
    "note": {"type": "text", "max_missing": 0.5},
    "damage": {"type": "category", "role": "target", "levels": ["no", "yes"], "positive": "yes"},
}


@pytest.fixture(scope="session")
def rules() -> schema.Schema:
    """What a row of the small table is."""
    return schema.Schema.model_validate({"missing": [""], "columns": COLUMNS})


@pytest.fixture
def rows() -> pd.DataFrame:
    """The small table, typed: heights 1 to 8, a speed that is missing once, a rare phase."""
    return pd.DataFrame(
        {
            "height": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
            "speed": [100.0, 120.0, None, 140.0, 100.0, 120.0, 100.0, 140.0],
            "phase": [
                "Climb",
                "Climb",
                "Climb",
                "Landing",
                "Landing",
                "Landing",
                "Climb",
                "Descent",
            ],
            "note": ["bird seen", "bird struck", "gull struck", "gull seen"] * 2,
        }
    ).astype({"phase": "str", "note": "str"})
