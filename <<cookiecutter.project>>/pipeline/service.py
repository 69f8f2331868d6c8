"""The BentoML service: rows as JSON in, predictions out.

`package` puts this beside the model, `schema.yaml` and `service.json` (its settings) into a Bento;
deploy/serve.py is what the Bento starts.
"""

import json
import logging
import os
from pathlib import Path
from typing import Annotated

import bentoml
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from pipeline import model_file
from pipeline import schema as schemas
from pipeline.prediction_log import PredictionLog
from pipeline.scorer import Scorer, predictions

logger = logging.getLogger("bentoml.service")


class Binary(BaseModel):
    """One row's answer: the label, and the probability of the positive one."""

    label: str
    probability: float


class Multiclass(BaseModel):
    """One row's answer: the likeliest label, and the probability of each."""

    label: str
    probabilities: dict[str, float]


class Regression(BaseModel):
    """One row's answer: the number."""

    value: float


PREDICTIONS = {"binary": Binary, "multiclass": Multiclass, "regression": Regression}


class ClientErrors(logging.Filter):
    """Makes one line of a client's bad row: no traceback, and none of the row's values."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, ValidationError):
            record.msg, record.args = "refused a request with %d errors", (error.error_count(),)
            record.exc_info = None
            record.levelno, record.levelname = logging.INFO, "INFO"
        return True


def build(root: Path):
    """Return the BentoML service of the model, the schema and the settings in `root`."""
    settings = json.loads((root / "service.json").read_text(encoding="utf-8"))
    rules = schemas.load(root / "schema.yaml")
    row = schemas.row_model(rules)
    some = Field(min_length=1, max_length=settings["max_rows"])
    one_or_many = BeforeValidator(lambda rows: [rows] if isinstance(rows, dict) else rows)
    rows_type = Annotated[list[row], some, one_or_many]

    class Answer(BaseModel):
        """The predictions, in the order of the rows, and the digest of the model that made them."""

        model: str
        predictions: list[PREDICTIONS[rules.task]]

    @bentoml.service(
        name=settings["name"],
        workers=1,
        traffic={
            "timeout": settings["request_seconds"],
            "max_concurrency": settings["max_concurrency"],
        },
        logging={"access": {"enabled": False}},
    )
    class Service:
        """Answers once the model is loaded and has scored a row of missing values."""

        def __init__(self):
            # The logger to which BentoML's server writes what an API raised.
            logging.getLogger("bentoml._internal.server.http_app").addFilter(ClientErrors())
            self.scorer = Scorer(model_file.load(root / "models" / "model.skops"), rules)
            if self.scorer.fallback:
                logger.warning("rows are scored by scikit-learn: %s", self.scorer.fallback)
            self.scorer.scores_of([dict.fromkeys(rules.features)])
            folder = Path(os.environ.get("PREDICTIONS", "predictions"))
            folder.mkdir(parents=True, exist_ok=True)
            self.log = PredictionLog(folder)

        @bentoml.api
        def predict(self, rows: rows_type) -> Answer:
            """Score one row or many; each is logged for monitoring."""
            records = [item.model_dump(by_alias=True) for item in rows]
            scores = self.scorer.scores_of(records)
            made = predictions(scores, settings["decision_threshold"], rules)
            lost = self.log.lost
            self.log.write(records, made, settings["model"])
            if self.log.lost > lost:
                logger.warning("%d predictions could not be logged so far", self.log.lost)
            return Answer(model=settings["model"], predictions=made)

    return Service
