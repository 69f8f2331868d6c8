"""check_data: features -> verdict. Unit tests of the engineered features, in tests/data."""

from pathlib import Path

from pipeline.core import params
from pipeline.core.stage import Input, Report, run
from pipeline.data import schema as schemas
from pipeline.gates import verdict
from pipeline.gates.settings import DataParams
from pipeline.mocks import mock_rows


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
    settings = params.load("check_data", DataParams)
    folder = Path("tests/data")
    mock_rows.read(mocks, schemas.load(schema))  # a broken file is one sentence, not one a test
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
