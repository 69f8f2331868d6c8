"""The floor: an ASGI app with the same scorer, and nothing else that a service needs."""

import json
import os
from pathlib import Path

from pipeline.data import schema as schemas
from pipeline.model import model_file
from pipeline.model.scorer import Scorer, predictions

ROOT = Path(os.environ["MODEL_ROOT"])
RULES = schemas.load(ROOT / "schema.yaml")
SCORER = Scorer(model_file.load(ROOT / "models/model.skops"), RULES)
JSON = (b"content-type", b"application/json")


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    rows = json.loads(body)["rows"] if body else []
    made = predictions(SCORER.scores_of(rows), 0.5, RULES)
    answer = json.dumps({"predictions": made}).encode()
    headers = [JSON, (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
