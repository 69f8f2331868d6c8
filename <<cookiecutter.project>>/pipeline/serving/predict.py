"""predict: rows -> predictions. The blessed model over a table of any size, in constant memory.

The table is read, scored and written in chunks; the output appears only when it is whole.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from pipeline.core import custody, params
from pipeline.core.console import progress, say
from pipeline.core.errors import Refusal
from pipeline.core.files import read_json
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
    half, tell = output.with_name(f".{output.name}"), progress("predict")
    try:
        with _writer(output.name, half) as write:
            for chunk in tables.chunks(input, settings.chunk_rows):
                write(score(chunk, scorer, threshold))
                tell(chunk.index[-1])
        half.replace(output)
    finally:
        half.unlink(missing_ok=True)
    say(f"predict: {chunk.index[-1]:,} rows scored, in {output}")


def require_blessed(bento: Path, blessing: Path) -> None:
    """Refuse a Bento that is not, byte for byte, the one that was blessed."""
    blessed = read_json(blessing)
    if blessed.get("verdict") != "passed":
        raise Refusal(f"{blessing}: the model was not blessed; run `make validate`")
    if blessed["chain"]["files"].get(bento.as_posix()) != custody.digest(bento):
        raise Refusal(f"{bento} changed after it was blessed; run `make validate`")


def score(chunk: pd.DataFrame, scorer: Scorer, threshold: float | None) -> pd.DataFrame:
    """Return id and prediction of each row of `chunk`; its index is the row number.

    Raises Refusal naming the first value that breaks the schema, as the service would.
    """
    rules = scorer.rules
    typed, unfit = columns.cast(chunk, rules, rules.features)
    found = pd.concat([unfit, columns.violations(typed, rules)], ignore_index=True)
    if len(found):
        first = found.sort_values("row").iloc[0]
        raise Refusal(
            f"row {first['row']}, column `{first['column']}`: {first['value']!r} {first['rule']}; "
            "no output was written"
        )
    names = chunk[rules.id] if rules.id in chunk.columns else chunk.index
    made = pd.DataFrame([_flat(one) for one in predictions(scorer.scores(typed), threshold, rules)])
    made.insert(0, rules.id, np.asarray(names, dtype="str"))
    return made


def _flat(made: dict) -> dict:
    """Return a prediction with a column for each class's probability.

    >>> _flat({"label": "a", "probabilities": {"a": 0.9, "b": 0.1}})
    {'label': 'a', 'probabilities: a': 0.9, 'probabilities: b': 0.1}
    """
    flat = {}
    for key, value in made.items():
        inner = value if isinstance(value, dict) else {}
        flat |= {f"{key}: {label}": one for label, one in inner.items()} or {key: value}
    return flat


class _Csv:
    """Appends frames to a CSV file, the header once."""

    def __init__(self, path: Path, packed: bool):
        self.path, self.packed = path, packed

    def __enter__(self):
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *error):
        pass

    def __call__(self, frame: pd.DataFrame) -> None:
        first = not self.path.exists()
        packed = "gzip" if self.packed else None
        frame.to_csv(self.path, mode="a", header=first, index=False, compression=packed)


class _Parquet:
    """Appends frames to a Parquet file, a row group each."""

    def __init__(self, path: Path):
        self.path, self.file = path, None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.file:
            self.file.close()

    def __call__(self, frame: pd.DataFrame) -> None:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if self.file is None:
            self.file = pq.ParquetWriter(self.path, table.schema)
        self.file.write_table(table)


def _writer(name: str, path: Path):
    return _Parquet(path) if name.endswith(".parquet") else _Csv(path, name.endswith(".gz"))


if __name__ == "__main__":
    run(main)
