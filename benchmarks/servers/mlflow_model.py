"""Saves the model as MLflow wants it, for `mlflow models serve`: model_path.py ROOT TARGET."""

import sys
from pathlib import Path

import mlflow.pyfunc

from pipeline.data import columns
from pipeline.data import schema as schemas
from pipeline.model import model_file


class Model(mlflow.pyfunc.PythonModel):
    """The fitted pipeline, with the same cast of raw rows as the others."""

    def load_context(self, context):
        root = Path(context.artifacts["root"])
        self.rules = schemas.load(root / "schema.yaml")
        self.model = model_file.load(root / "models/model.skops")

    def predict(self, context, model_input, params=None):
        typed, _ = columns.cast(model_input, self.rules, self.rules.features)
        return self.model.predict_proba(typed)[:, 1]


if __name__ == "__main__":
    root, target = sys.argv[1:]
    mlflow.pyfunc.save_model(target, python_model=Model(), artifacts={"root": root})
