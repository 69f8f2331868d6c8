"""check_model: model -> verdict. Unit tests of the model's behaviour, in tests/model."""

from pathlib import Path

from pipeline.core import params
from pipeline.core.stage import Input, Report, run
from pipeline.gates import verdict
from pipeline.gates.settings import ModelParams


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
    settings = params.load("check_model", ModelParams)
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
