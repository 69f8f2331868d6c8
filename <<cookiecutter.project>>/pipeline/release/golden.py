"""The golden rows: the requests to the server, and the answers of the same model offline."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.core.files import read_json
from pipeline.data import columns
from pipeline.data import schema as schemas
from pipeline.mocks import mock_rows
from pipeline.model import model_file
from pipeline.model.scorer import Scorer, predictions
from pipeline.release.settings import SmokeParams

Row = dict[str, Any]  # as a client sends it


@dataclass(frozen=True)
class Expected:
    """What a server has to answer.

    Attributes:
        rows: rows of the test set, then the valid mocks, as a client sends them.
        scores: the offline score of each row: (n,), or (n, classes).
        predictions: the offline prediction of each row, as the server words it.
        invalid: rows that must be refused, each with the names of the fields at fault.
        schema: the path of the schema that is served.
        model: the digest of the model that is served.
        max_rows: the limit on the rows in one request.
        max_body_mb: the limit on the size of a request, in MiB.
    """

    rows: list[Row]
    scores: np.ndarray
    predictions: list[dict[str, Any]]
    invalid: list[tuple[Row, list[str]]]
    schema: Path
    model: str
    max_rows: int
    max_body_mb: int


@dataclass(frozen=True)
class Offline:
    """What answers are compared with: the packaged model, its test set, and the mocks.

    `broken` names each rule that an invalid mock breaks (see `mock_rows.read`).
    """

    source: Path
    scorer: Scorer
    test: pd.DataFrame
    mocks: pd.DataFrame
    broken: pd.DataFrame


def load(source: Path, dataset: Path, mocks: Path) -> Offline:
    """Return the model in `source`, a Bento's src folder, with the rows that it is tested on."""
    rules = schemas.load(source / "schema.yaml")
    scorer = Scorer(model_file.load(source / "models" / "model.skops"), rules)
    rows, broken = mock_rows.read(mocks, rules)
    return Offline(source, scorer, pd.read_parquet(dataset / "test.parquet"), rows, broken)


def expected(offline: Offline, package: dict[str, Any], settings: SmokeParams) -> Expected:
    """Return the golden rows with their offline answers; `package` is the record of `package`."""
    rules, reads = offline.scorer.rules, offline.scorer.inputs.reads
    rows = golden_rows(offline.test, offline.mocks, reads, settings.golden_rows)
    scores = offline.scorer.scores(pd.DataFrame(rows))
    threshold = read_json(offline.source / "service.json")["decision_threshold"]
    return Expected(
        rows=rows,
        scores=scores,
        predictions=predictions(scores, threshold, rules),
        invalid=invalid_rows(offline.mocks, offline.broken, reads),
        schema=offline.source / "schema.yaml",
        model=package["model"],
        max_rows=package["params"]["max_rows"],
        max_body_mb=package["params"]["max_body_mb"],
    )


def golden_rows(
    test: pd.DataFrame, mocks: pd.DataFrame, reads: Sequence[str], count: int
) -> list[Row]:
    """Return `count` rows of the test set, then the valid mocks, as a client sends them."""
    sample = test.sample(min(count, len(test)), random_state=0)
    valid = mock_rows.of_kind(mocks, "typical", "edge")
    return columns.json_rows(sample, reads) + with_nulls(valid, reads)


def with_nulls(mocks: pd.DataFrame, reads: Sequence[str]) -> list[Row]:
    """Return mocks as a client's rows, with `null` for a missing text: the test set's have ""."""
    rows = columns.json_rows(mocks, reads)
    return [{name: None if value == "" else value for name, value in row.items()} for row in rows]


def invalid_rows(
    mocks: pd.DataFrame, broken: pd.DataFrame, reads: Sequence[str]
) -> list[tuple[Row, list[str]]]:
    """Return each mock that must be refused, as a client sends it, and the fields at fault."""
    at_fault = broken[broken["column"].isin(reads)].groupby("row")["column"].unique()
    rows = with_nulls(mocks.loc[at_fault.index], reads)
    return [(row, list(fields)) for row, fields in zip(rows, at_fault, strict=True)]


def judge_scorer(
    scorer: Scorer, test: pd.DataFrame, mocks: pd.DataFrame, tolerance: float
) -> list[str]:
    """Return where the server's scorer and scikit-learn differ by more than `tolerance`."""
    reasons = []
    for name, rows in (("the test set", test), ("tests/mocks.csv", mocks)):
        offline = scorer.scores(rows)
        served = scorer.scores_of(columns.json_rows(rows, scorer.inputs.reads))
        difference = np.abs(served - offline).reshape(len(rows), -1).max(axis=1, initial=0)
        worst = int((~(difference <= tolerance)).argmax())  # NaN counts as a difference
        if not difference[worst] <= tolerance:
            reasons.append(
                f"row {rows.index[worst]} of {name}: the server's score and scikit-learn's differ "
                f"by {difference[worst]:.3g}, more than smoke.tolerance {tolerance:g}: see "
                "pipeline/model/compiled.py"
            )
    return reasons
