"""check_model: model -> verdict. Unit tests of the model's behaviour, in tests/model."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from pipeline.core import params
from pipeline.core.stage import Input, Report, run
from pipeline.gates import verdict


class Expectation(params.Section):
    """Rows changed by `set` (column: value) and `add` must score the `same`, `higher` or `lower`.

    `add` is added to a number and stands behind a text. Of more classes, `label` says whose
    probability is meant.
    """

    name: str
    set: dict[str, str | float | None] = Field({})
    add: dict[str, str | float] = Field({})
    label: str | None = None
    expect: Literal["same", "higher", "lower"]
    share: float = Field(1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _changes_something(self):
        if not self.set and not self.add:
            raise ValueError("an expectation needs `set` or `add`")
        return self


class Params(params.Section):
    """Section `check_model` of params.yaml."""

    tolerance: float = Field(gt=0)
    retrained_tolerance: float = Field(gt=0)
    rows: int = Field(ge=10)
    max_beyond: float = Field(ge=0)
    max_mock_beyond: float = Field(0.1, ge=0)
    unused: list[str]
    overfit_rows: int = Field(ge=10)
    min_overfit: float = Field(gt=0, le=1)
    min_gain: float = Field(ge=0)
    shuffled_rows: int = Field(ge=50)
    max_shuffled_skill: float = Field(ge=0, lt=1)
    expectations: list[Expectation] = Field(min_length=1)


def main(
    model: Input,
    featurizer: Input,
    features: Input,
    dataset: Input,
    schema: Input,
    mocks: Input,
    report: Report,
) -> dict:
    """Judge the model by the tests in tests/model."""
    settings = params.load("check_model", Params)
    folder = Path("tests/model")
    return verdict.judge(
        folder,
        model=model,
        featurizer=featurizer,
        features=features,
        dataset=dataset,
        schema=schema,
        mocks=mocks,
        settings=settings,
    )


if __name__ == "__main__":
    run(main)
