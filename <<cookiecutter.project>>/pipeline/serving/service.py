"""The BentoML service: rows as JSON in, predictions out.

`package` puts this module into a Bento, beside the model, `schema.yaml` and `service.json` (the
settings). The Bento's entry is deploy/serve.py.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import bentoml
from pydantic import BaseModel, BeforeValidator, Field

from pipeline.data import schema as schemas
from pipeline.serving import front

if TYPE_CHECKING:
    from pipeline.serving.predictor import Predictor


class Binary(BaseModel):
    """The prediction for a row: its label, and the probability of the positive label."""

    label: str
    probability: float


class Multiclass(BaseModel):
    """The prediction for a row: the most probable label, and the probability of each."""

    label: str
    probabilities: dict[str, float]


class Regression(BaseModel):
    """The prediction for a row: a number."""

    value: float


PREDICTIONS = {"binary": Binary, "multiclass": Multiclass, "regression": Regression}


class Fronted(bentoml.Service):
    """A service with a front (see `front`) before BentoML's own ASGI app."""

    def to_asgi(self, is_main: bool = True):
        return self.inner.front(super().to_asgi(is_main))


def build(root: Path) -> bentoml.Service:
    """Return the BentoML service of the model, the schema and the settings in `root`."""
    settings = json.loads((root / "service.json").read_text(encoding="utf-8"))
    rules = schemas.load(root / "schema.yaml")
    length = Field(min_length=1, max_length=settings["max_rows"])
    one_or_many = BeforeValidator(lambda rows: [rows] if isinstance(rows, dict) else rows)
    rows_type = Annotated[list[schemas.row_type(rules, settings["reads"])], length, one_or_many]

    class Answer(BaseModel):
        """The predictions, in the order of the rows, and the digest of the model."""

        model: str
        predictions: list[PREDICTIONS[rules.task]]

    class Service:
        """Answers requests once the model is loaded and has passed its self-test."""

        ready: "Predictor | None" = None

        def __init__(self):
            # Imported here, in the worker: the process that supervises it needs no pandas.
            from pipeline.serving.predictor import Predictor

            log = Path(os.environ.get("PREDICTIONS", "predictions"))
            Service.ready = self.predictor = Predictor(root, settings, rules, log)

        @staticmethod
        def front(app) -> front.Front:
            """Return the ASGI app that stands before BentoML's `app`."""
            return front.Front(app, lambda: Service.ready, settings, front.token())

        @bentoml.on_shutdown
        def close(self) -> None:
            Service.ready = None
            self.predictor.close()

        @bentoml.api
        def predict(self, rows: rows_type) -> Answer:
            """Score one row or many; each is logged for monitoring."""
            return Answer(model=settings["model"], predictions=self.predictor.predict(rows))

    config = {"workers": 1, "logging": {"access": {"enabled": False}}}
    return Fronted(name=settings["name"], config=config, inner=Service)
