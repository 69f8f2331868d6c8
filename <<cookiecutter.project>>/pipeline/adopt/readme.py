"""The README's parts on the table: a request with a row of it, and what it holds."""

import json
from collections import Counter
from pathlib import Path

from pipeline.adopt.describe import Described
from pipeline.adopt.proposal import Proposal
from pipeline.core.files import write_text
from pipeline.data import columns
from pipeline.mocks import mock_rows

EXAMPLE = ("<!-- example -->", "<!-- end of example -->")
TABLE = ("<!-- table -->", "<!-- end of table -->")


def write(readme: Path, described: Described, plan: Proposal) -> None:
    """Replace the text between the README's marks; a mark that is missing is left out."""
    text = readme.read_text(encoding="utf-8")
    parts = {EXAMPLE: _request(described, plan), TABLE: _about(described, plan)}
    for (begin, end), content in parts.items():
        if begin in text and end in text:
            head, rest = text.split(begin, 1)
            text = f"{head}{begin}\n{content}\n{end}{rest.split(end, 1)[1]}"
    write_text(readme, text)


def _request(described: Described, plan: Proposal) -> str:
    """Return a command that asks for a prediction, with a mock: a real row may name a person."""
    rules = described.rules
    typical = mock_rows.of_kind(mock_rows.typed(plan.mocks, rules), "typical")
    dated = {*plan.values.get("featurize.dates", ({}, ""))[0]}
    names = [name for name in rules.columns if name in {*rules.features} | dated]
    row = columns.json_rows(typical.head(1), names)[0]
    body = json.dumps({"rows": [row]}, ensure_ascii=False).replace("'", "'\\''")
    head = "curl -s localhost:3000/predict -H 'Content-Type: application/json' -d"
    return f"```\n{head} '{body}'\n```"


def _about(described: Described, plan: Proposal) -> str:
    """Return a paragraph on the table, and one that asks a person for the rest."""
    rules = described.rules
    types = Counter(rules.columns[name].type for name in rules.features)
    counts = ", ".join(f"{count} of type {kind}" for kind, count in sorted(types.items()))
    return (
        f"`{plan.values['ingest.raw'][0]}`: {described.survey.rows:,} rows. The model predicts "
        f"`{rules.target}` ({rules.task}) from {len(rules.features)} columns: {counts}. "
        "`schema.yaml` says what each column is, and why; `reports/adopt.json` holds all that was "
        "decided.\n\n"
        "Write here where the rows come from, who may use them, and what their users must know."
    )
