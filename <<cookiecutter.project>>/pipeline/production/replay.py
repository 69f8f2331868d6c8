"""replay: the rows in data/live, sent to production as if they were live traffic."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pandas as pd
from pydantic import Field
from tqdm import tqdm

from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.core.stage import Input, run
from pipeline.data import columns, tables
from pipeline.data import schema as schemas
from pipeline.production import swarm_target


class Params(params.Section):
    """Section `replay` of params.yaml."""

    rows: str
    batch_rows: int = Field(ge=1)


def main(schema: Input) -> None:
    """Send the rows without their target; print how many were answered and how many refused."""
    settings = params.load("replay", Params)
    rules, source = schemas.load(schema), Path(settings.rows)
    if not source.exists():
        raise Refusal(f"{source} is missing (replay.rows in params.yaml); `dvc pull` brings it")
    rows = json_rows(tables.read(source), rules)
    target = swarm_target.current()
    if reason := target.down_because():
        raise CouldNotTell(f"production does not answer: {reason}; `make deploy` starts it")
    door, refused = target.door(), []
    with (
        httpx.Client(
            base_url=door.address, headers=door.headers, timeout=60, trust_env=False
        ) as client,
        tqdm(total=len(rows), unit="row", desc="replay", disable=None) as bar,
    ):
        for batch in batches(rows, settings.batch_rows):
            refused += send(client, batch)
            bar.update(len(batch))
    say(f"replay: {len(rows) - len(refused):,} rows answered, {len(refused):,} refused")
    if refused:
        say(f"replay: the first refusal: {refused[0]}")
    say("replay: next: make monitor")


def json_rows(table: pd.DataFrame, rules: schemas.Schema) -> list[dict]:
    """Return the rows of `table` as a client would send them: without the target."""
    names = [
        name for name in rules.with_role("feature", "id", "time", "group") if name in table.columns
    ]
    typed, _ = columns.cast(table, rules, names)
    return columns.json_rows(typed, names)


def batches(rows: list[dict], size: int) -> Iterator[list[dict]]:
    """Yield `rows` in lists of at most `size`."""
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def send(client: httpx.Client, batch: list[dict]) -> list[str]:
    """Send a batch; return the reasons of the refused rows. A refused batch is sent row by row."""
    try:
        answer = client.post("/predict", json={"rows": batch})
    except httpx.HTTPError as error:
        raise Refusal(f"production stopped answering: {error!r}") from None
    if answer.is_success:
        return []
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Refusal(f"production answered {answer.status_code}: {answer.text[:200]}")
    if len(batch) == 1:
        return [answer.text[:300]]
    return [reason for row in batch for reason in send(client, [row])]


if __name__ == "__main__":
    run(main)
