"""adopt: a table of your own -> schema.yaml, params.yaml, tests: everything the journey needs.

It reads the table, decides what each column is and how the stages treat it, and prints what it
decided, why, and what it could not decide. What a person changed in the files, or set on the
command line before, stays when the table is adopted again.
"""

from pathlib import Path

from pipeline.adopt import describe as descriptions
from pipeline.adopt import files, survey
from pipeline.adopt import propose as proposals
from pipeline.adopt import settings as adopt_settings
from pipeline.adopt import summary as summaries
from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.stage import Figures, Report, Word, run
from pipeline.data import tables


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
    options = {"data": data, "target": target, "positive": positive, "time": time, "group": group,
               "id": id, "slices": slices, "keep": keep, "set": set}  # fmt: skip
    section = params.load("adopt", adopt_settings.Params)
    settings = adopt_settings.with_options(section, options)
    source = Path(settings.data)
    if not source.exists():
        raise Refusal(f"{source} is missing; name the table to adopt by DATA=")
    say(f"adopt: reading {source}")
    table = tables.sniff(source)
    described = descriptions.describe(survey.sample(table), table, settings, schema)
    plan = proposals.propose(described, settings)
    written = files.Written(schema, Path("params.yaml"), mocks, floor, readme)
    files.write(described, plan, settings, written)
    summary = summaries.summary(described, plan)
    for line in summary:
        say(line)
    return {"summary": summary, "questions": plan.questions, "warnings": plan.warnings}


if __name__ == "__main__":
    run(main)
