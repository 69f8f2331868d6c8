"""The model behind BentoML as its documentation has it: an API that takes pydantic rows."""

import os
from pathlib import Path

import bentoml
import pandas as pd

from pipeline.data import columns
from pipeline.data import schema as schemas
from pipeline.model import model_file

ROOT = Path(os.environ["MODEL_ROOT"])
RULES = schemas.load(ROOT / "schema.yaml")


@bentoml.service(name="stock", workers=1)
class Stock:
    def __init__(self):
        self.model = model_file.load(ROOT / "models/model.skops")

    @bentoml.api
    def predict(self, rows: list[schemas.row_type(RULES)]) -> dict:
        typed, _ = columns.cast(pd.DataFrame(rows), RULES, RULES.features)
        found = self.model.predict_proba(typed)[:, 1]
        return {"predictions": [{"probability": float(value)} for value in found]}
