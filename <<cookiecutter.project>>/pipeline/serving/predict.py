"""predict: rows -> predictions. The blessed model over a table of any size, in constant memory.

The table is read, scored and written in chunks; the output appears only when it is complete.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv
from pydantic import Field

from pipeline.core import custody, params
from pipeline.core.console import progress, say
from pipeline.core.errors import Refusal
from pipeline.core.files import read_json, whole
from pipeline.core.stage import Input, Output, run
from pipeline.data import columns, tables
from pipeline.data import schema as schemas
from pipeline.model import model_file
from pipeline.model.scorer import Scorer, predictions

SUFFIXES = (".csv", ".csv.gz", ".parquet")


class Params(params.Section):
    """Section `predict` of params.yaml."""

    chunk_rows: int = Field(ge=1)


def main(input: Input, output: Output, bento: Input, blessing: Input) -> None:
    """Score the rows of `input` by the blessed model in `bento`; write `output`."""
    settings = params.load("predict", Params)
    if not output.name.endswith(SUFFIXES):
        raise Refusal(f"{output} must end in one of {', '.join(SUFFIXES)}")
    require_blessed(bento, blessing)
    rules = schemas.load(bento / "src" / "schema.yaml")
    scorer = Scorer(model_file.load(bento / "src" / "models" / "model.skops"), rules)
    threshold = read_json(bento / "src" / "service.json")["decision_threshold"]
    rows, tell = 0, progress("predict")
    with whole(output) as part, contextlib.ExitStack() as stack:
        writer = None
        for chunk in tables.chunks(input, settings.chunk_rows):
            table = pa.Table.from_pandas(score(chunk, scorer, threshold), preserve_index=False)
            writer = writer or stack.enter_context(open_table(part, output.name, table.schema))
            writer.write_table(table)
            rows += len(chunk)
            tell(rows)
    say(f"predict: {rows:,} rows scored, in {output}")


def require_blessed(bento: Path, blessing: Path) -> None:
    """Refuse a Bento that is not, byte for byte, the one that was blessed."""
    blessed = read_json(blessing)
    if blessed.get("verdict") != "passed":
        raise Refusal(f"{blessing}: the model was not blessed; run `make validate`")
    if blessed["chain"]["files"].get(bento.as_posix()) != custody.digest(bento):
        raise Refusal(f"{bento} changed after it was blessed; run `make validate`")


def score(chunk: pd.DataFrame, scorer: Scorer, threshold: float | None) -> pd.DataFrame:
    """Return the id and the prediction of each row of `chunk`; its index is the row number.

    Raises Refusal naming the first value that breaks the schema, as the service would.
    """
    rules = scorer.rules
    typed, unfit = columns.cast(chunk, rules, scorer.inputs.reads)
    broken = pd.concat([unfit, columns.violations(typed, rules)], ignore_index=True)
    if len(broken):
        first = broken.sort_values("row").iloc[0]
        raise Refusal(
            f"row {first['row']}, column `{first['column']}`: {first['value']!r} {first['rule']}; "
            "no output was written"
        )
    ids = chunk[rules.id] if rules.id in chunk.columns else chunk.index
    predicted = predictions(scorer.scores(typed), threshold, rules)
    scored = pd.DataFrame([_flat(prediction) for prediction in predicted])
    scored.insert(0, rules.id, np.asarray(ids, dtype="str"))
    return scored


def _flat(prediction: dict[str, Any]) -> dict[str, Any]:
    """Return a prediction with a column for the probability of each class.

    >>> _flat({"label": "a", "probabilities": {"a": 0.9, "b": 0.1}})
    {'label': 'a', 'probabilities: a': 0.9, 'probabilities: b': 0.1}
    """
    flat: dict[str, Any] = {}
    for key, value in prediction.items():
        if isinstance(value, dict):
            flat |= {f"{key}: {label}": number for label, number in value.items()}
        else:
            flat[key] = value
    return flat


@contextlib.contextmanager
def open_table(
    path: Path, name: str, schema: pa.Schema
) -> Iterator[csv.CSVWriter | pq.ParquetWriter]:
    """Open `path` to write tables of `schema`, in the format that `name` ends in.

    In a CSV file every text is quoted and numbers are not; numbers keep all of their digits.
    """
    writer = pq.ParquetWriter if name.endswith(".parquet") else csv.CSVWriter
    compression = "gzip" if name.endswith(".gz") else None
    with pa.output_stream(path, compression=compression) as sink, writer(sink, schema) as table:
        yield table


if __name__ == "__main__":
    run(main)
