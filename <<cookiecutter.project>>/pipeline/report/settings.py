"""Section `report` of params.yaml: what wrong labels cost, and how much the report shows."""

from pydantic import Field

from pipeline.core import params


class Costs(params.Section):
    """What a wrong label costs, in any unit; a right one costs nothing."""

    false_alarm: float = Field(ge=0)
    miss: float = Field(ge=0)
    unit: str = ""


class Importance(params.Section):
    """How permutation importance is measured: rows of the test set, repeats, seed."""

    rows: int = Field(ge=10)
    repeats: int = Field(ge=1, le=100)
    seed: int


class Params(params.Section):
    """Section `report` of params.yaml."""

    costs: Costs | None
    importance: Importance
    columns: int = Field(ge=1)
    wrong_rows: int = Field(ge=1)
