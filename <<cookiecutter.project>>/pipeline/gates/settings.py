"""Sections `check_data` and `check_model` of params.yaml."""

from typing import Literal

from pydantic import Field, model_validator

from pipeline.core import params


class MaxPsi(params.Section):
    """Largest PSI of the test set against the training set, by the type of a column."""

    number: float = Field(gt=0)
    category: float = Field(gt=0)
    text: float = Field(gt=0)


class DataParams(params.Section):
    """Section `check_data` of params.yaml."""

    max_psi: MaxPsi
    max_missing_gap: float = Field(ge=0, le=1)
    constant: list[str]
    strong: list[str] = Field(default_factory=list)
    max_leak_auc: float = Field(gt=0.5, le=1)
    max_leak_correlation: float = Field(gt=0, le=1)
    max_shared_rows: float = Field(ge=0, le=1)
    max_shared_groups: float = Field(ge=0, le=1)
    max_silent_texts: float = Field(ge=0, le=1)
    neighbour_texts: int = Field(ge=10)
    min_neighbour_gain: float = Field(ge=1)


class Expectation(params.Section):
    """Rows changed by `set` (column: value) and `add` must score the `same`, `higher` or `lower`.

    `add` is added to a number, and appended to a text. With more than two classes, `label` names
    the class whose probability is compared.
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


class ModelParams(params.Section):
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
