"""From the bytes of a request to those of its answer: typed, scored, counted and logged rows."""

import asyncio
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter
from pydantic_core import to_json

from pipeline.data import schema as schemas
from pipeline.model import compiled, model_file
from pipeline.model.scorer import Scorer, predictions
from pipeline.serving import telemetry
from pipeline.serving.prediction_log import PredictionLog

FEW_ROWS = 100  # up to this many are scored sooner than a thread could be handed them
TOLERANCE = 1e-9  # of the self-test
ONE_ROW = re.compile(rb'\s*\{\s*"rows"\s*:\s*\{')

logger = logging.getLogger("bentoml.service")


class Predictor:
    """The model in `root` (a Bento's source), its schema and its settings, ready to answer.

    Raises when it cannot be loaded, or when a row scores here other than by scikit-learn.
    """

    def __init__(self, root: Path, settings: dict[str, Any], rules: schemas.Schema, log: Path):
        self.settings, self.rules = settings, rules
        self.scorer = Scorer(model_file.load(root / "models" / "model.skops"), rules)
        if self.scorer.fallback:
            logger.warning("rows are scored by scikit-learn: %s", self.scorer.fallback)
        row = schemas.row_type(rules, self.scorer.inputs.reads)
        self._many = TypeAdapter(schemas.request_type(row, settings["max_rows"]))
        self._one = TypeAdapter(schemas.request_type(row))
        self._count = telemetry.RowsSeen(rules, compiled.levels_of(self.scorer.model[0]))
        self._pool = ThreadPoolExecutor(1)
        self._test_itself()
        log.mkdir(parents=True, exist_ok=True)
        limits = settings["log"]
        self.log = PredictionLog(
            log, limits["share"], rules.private, limits["max_mb"] * 2**20, limits["keep_mb"] * 2**20
        )
        self._reported = 0  # of the rows that the log has lost

    def _test_itself(self) -> None:
        """Score a row of missing values: a check, and a warm-up for the first request."""
        row = dict.fromkeys(self.scorer.inputs.reads)
        served, offline = self.scorer.scores_of([row]), self.scorer.scores(pd.DataFrame([row]))
        difference = np.abs(served - offline).max()
        if not difference <= TOLERANCE:
            raise RuntimeError(
                f"the self-test failed: a row scores {difference:.3g} off scikit-learn"
            )

    async def answer(self, body: bytes) -> bytes:
        """Return the answer to a request's body, as JSON; raises ValidationError for a bad one."""
        rows = self.rows_in(body)
        if len(rows) <= FEW_ROWS and not self.scorer.fallback:
            return self.answer_to(rows)
        # In a thread, so that the event loop can answer other requests, health checks among them.
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.answer_to, rows)

    def rows_in(self, body: bytes) -> list[dict[str, Any]]:
        """Return the typed rows of a request; raises ValidationError."""
        if ONE_ROW.match(body):
            return [self._one.validate_json(body)["rows"]]
        return self._many.validate_json(body)["rows"]

    def answer_to(self, rows: list[dict[str, Any]]) -> bytes:
        """Return the answer to typed rows, as JSON."""
        return to_json({"model": self.settings["model"], "predictions": self.predict(rows)})

    def predict(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the predictions of typed rows; each is counted and logged."""
        scores = self.scorer.scores_of(rows)
        answers = predictions(scores, self.settings["decision_threshold"], self.rules)
        self._count(rows, answers)
        self.log.write(rows, answers, self.settings["model"])
        if self.log.lost > self._reported:
            telemetry.LOST.inc(self.log.lost - self._reported)
            self._reported = self.log.lost
            logger.warning("%d predictions could not be logged so far", self._reported)
        return answers

    def close(self) -> None:
        """Write the lines that the log still holds back."""
        self._pool.shutdown()
        self.log.close()
