"""The model behind FastAPI, as its documentation has it."""

import os
from pathlib import Path

import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

from pipeline.data import columns
from pipeline.data import schema as schemas
from pipeline.model import model_file

ROOT = Path(os.environ["MODEL_ROOT"])
RULES = schemas.load(ROOT / "schema.yaml")
MODEL = model_file.load(ROOT / "models/model.skops")

app = FastAPI()


class Body(BaseModel):
    rows: list[schemas.row_type(RULES)]


@app.get("/readyz")
def readyz() -> str:
    return "ok"


@app.post("/predict")
def predict(body: Body) -> dict:
    typed, _ = columns.cast(pd.DataFrame(body.rows), RULES, RULES.features)
    found = MODEL.predict_proba(typed)[:, 1]
    return {"predictions": [{"probability": float(value)} for value in found]}
