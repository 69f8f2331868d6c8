"""The model behind FastAPI, as its documentation has it."""

import os
from pathlib import Path

import pandas as pd
from fastapi import FastAPI
from pipeline import columns, model_file
from pipeline import schema as schemas
from pydantic import BaseModel

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
