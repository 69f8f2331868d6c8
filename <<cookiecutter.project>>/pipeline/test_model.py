"""test_model: model -> verdict. Unit tests of the model's behaviour, in tests/model."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from pipeline import params, verdict
from pipeline.stage import Input, Report, run


class Expectation(params.Section):
    """Rows changed by `set` (column: value) must score the `same`, `higher` or `lower`."""

    name: str
    set: dict[str, str | float | None]
    expect: Literal["same", "higher", "lower"]
    share: float = Field(1.0, gt=0, le=1)


class Params(params.Section):
    """Section `test_model` of params.yaml."""

    tolerance: float = Field(gt=0)
    rows: int = Field(ge=10)
    overfit_rows: int = Field(ge=10)
    overfit_accuracy: float = Field(gt=0.5, le=1)
    min_gain: float = Field(ge=0)
    expectations: list[Expectation] = Field(min_length=1)


def main(model: Input, dataset: Input, schema: Input, mocks: Input, report: Report) -> dict:
    """Judge the model by the tests in tests/model."""
    settings = params.load("test_model", Params)
    folder = Path("tests/model")
    return verdict.judge(
        folder, model=model, dataset=dataset, schema=schema, mocks=mocks, settings=settings
    )


if __name__ == "__main__":
    run(main)
