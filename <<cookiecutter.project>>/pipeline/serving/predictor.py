"""From the bytes of a request to those of its answer: typed, scored, counted and logged."""

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

AT_ONCE = 100  # so many rows are scored faster than a thread could take them over
SAME = 1e-9
ONE_ROW = re.compile(rb'\s*\{\s*"rows"\s*:\s*\{')

logger = logging.getLogger("bentoml.service")


class Predictor:
    """The model in `root` (a Bento's source), its schema and its settings, ready to answer.

    Raises when it cannot be loaded, or does not say of a row what scikit-learn says of it here.
    """

    def __init__(self, root: Path, settings: dict[str, Any], rules: schemas.Schema, log: Path):
        self.settings, self.rules = settings, rules
        self.scorer = Scorer(model_file.load(root / "models" / "model.skops"), rules)
        if self.scorer.fallback:
            logger.warning("rows are scored by scikit-learn: %s", self.scorer.fallback)
        row = schemas.row_type(rules)
        self._many = TypeAdapter(schemas.request_type(row, settings["max_rows"]))
        self._one = TypeAdapter(schemas.request_type(row))
        self._seen = telemetry.RowsSeen(rules, compiled.levels_of(self.scorer.model[0]))
        self._pool = ThreadPoolExecutor(1)
        self._test_itself()
        log.mkdir(parents=True, exist_ok=True)
        kept = settings["log"]
        self.log = PredictionLog(
            log, kept["share"], rules.private, kept["max_mb"] * 2**20, kept["keep_mb"] * 2**20
        )
        self._told = 0

    def _test_itself(self) -> None:
        """Score a row of missing values, which warms up what the first request would wait for."""
        row = dict.fromkeys(self.rules.features)
        here = self.scorer.scores_of([row])
        apart = np.abs(here - self.scorer.scores(pd.DataFrame([row]))).max()
        if not apart <= SAME:
            raise RuntimeError(f"the self-test failed: a row scores {apart:.3g} apart")

    async def answer(self, body: bytes) -> bytes:
        """Return the answer to a request's body, as JSON; raises ValidationError for a bad one."""
        rows = self.rows_in(body)
        if len(rows) <= AT_ONCE and not self.scorer.fallback:
            return self.answer_to(rows)
        # The loop goes on to answer other requests, health among them.
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.answer_to, rows)

    def rows_in(self, body: bytes) -> list[dict[str, Any]]:
        """Return the typed rows of a request; raises ValidationError."""
        if ONE_ROW.match(body):
            return [self._one.validate_json(body)["rows"]]
        return self._many.validate_json(body)["rows"]

    def answer_to(self, rows: list[dict[str, Any]]) -> bytes:
        """Return the answer to typed rows, as JSON."""
        made = self.predict(rows)
        return to_json({"model": self.settings["model"], "predictions": made})

    def predict(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the predictions of typed rows; each is counted and logged."""
        scores = self.scorer.scores_of(rows)
        made = predictions(scores, self.settings["decision_threshold"], self.rules)
        self._seen(rows, made)
        self.log.write(rows, made, self.settings["model"])
        if self.log.lost > self._told:
            telemetry.LOST.inc(self.log.lost - self._told)
            self._told = self.log.lost
            logger.warning("%d predictions could not be logged so far", self._told)
        return made

    def close(self) -> None:
        """Write what the log still holds back."""
        self._pool.shutdown()
        self.log.close()
