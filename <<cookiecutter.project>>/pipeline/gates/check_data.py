"""check_data: features -> verdict. Unit tests of the engineered features, in tests/data."""

from pathlib import Path

from pydantic import Field

from pipeline.core import params
from pipeline.core.stage import Input, Report, run
from pipeline.data import schema as schemas
from pipeline.gates import verdict
from pipeline.mocks import mock_rows


class MaxPsi(params.Section):
    """Largest PSI of the test part against the train part, by the type of a column."""

    number: float = Field(gt=0)
    category: float = Field(gt=0)
    text: float = Field(gt=0)


class Params(params.Section):
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


def main(
    raw: Input,
    dataset: Input,
    features: Input,
    featurizer: Input,
    schema: Input,
    mocks: Input,
    report: Report,
) -> dict:
    """Judge the features by the tests in tests/data."""
    settings = params.load("check_data", Params)
    folder = Path("tests/data")
    mock_rows.read(mocks, schemas.load(schema))  # what is wrong with the file is said once
    return verdict.judge(
        folder,
        raw=raw,
        dataset=dataset,
        features=features,
        featurizer=featurizer,
        schema=schema,
        mocks=mocks,
        settings=settings,
    )


if __name__ == "__main__":
    run(main)
