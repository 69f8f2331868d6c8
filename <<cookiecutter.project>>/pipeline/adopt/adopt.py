"""adopt: a table of your own -> schema.yaml, params.yaml, tests: everything the journey needs.

It reads the table, decides what each column is and how the journey is to treat it, and says what it
decided, why, and what it could not decide. What a person changed in the files, or said on the
command line before, stays when the table is adopted again.
"""

from pathlib import Path
from typing import Any

from pydantic import Field

from pipeline.adopt import (
    describe as adoption,
)
from pipeline.adopt import (
    files as adopted_files,
)
from pipeline.adopt import (
    summary as adopted_summary,
)
from pipeline.adopt import (
    survey,
)
from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.stage import Figures, Report, Word, run


class Params(params.Section):
    """Section `adopt` of params.yaml: what was said on the command line."""

    data: str = ""
    target: str = ""
    positive: str = ""
    time: str = ""
    group: str = ""
    id: str = ""
    slices: list[str] = Field(default_factory=list)
    keep: list[str] = Field(default_factory=list)
    set: dict[str, Any] = Field(default_factory=dict)


def main(
    data: Word,
    target: Word,
    positive: Word,
    time: Word,
    group: Word,
    id: Word,
    slices: Word,
    keep: Word,
    set: Word,
    schema: Figures,
    mocks: Figures,
    floor: Figures,
    readme: Figures,
    report: Report,
) -> dict:
    """Decide everything first, then write it: a refusal leaves the project as it is."""
    said = {"data": data, "target": target, "positive": positive, "time": time, "group": group,
            "id": id, "slices": slices, "keep": keep, "set": set}  # fmt: skip
    asked = adoption.asked(said, params.load("adopt", Params))
    source = Path(asked.data)
    if not source.exists():
        raise Refusal(f"{source} is missing; say which table to adopt by DATA=")
    say(f"adopt: reading {source}")
    table = survey.sample(source)
    described = adoption.describe(table, source, asked, schema)
    plan = adoption.propose(described, asked)
    adopted_files.write(described, plan, asked, schema, mocks, floor, readme)
    summary = adopted_summary.summary(described, plan)
    for line in summary:
        say(line)
    return {"summary": summary, "questions": plan.questions, "notes": plan.notes}


if __name__ == "__main__":
    run(main)
