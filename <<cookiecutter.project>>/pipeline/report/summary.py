"""summary: the stages' verdicts, and metrics and parameters compared with another revision.

It closes no gate. CI shows reports/summary.md beside each change: GitHub reads it from
GITHUB_STEP_SUMMARY; GitLab compares reports/metrics.txt (Prometheus' text format) by itself.
"""

import os
from pathlib import Path
from typing import Any

from pipeline.core import shell
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.files import read_json
from pipeline.core.stage import Figures, IfThere, Input, run
from pipeline.html import page
from pipeline.report import stages as progress

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
HEAD = 2  # lines of a table without rows
BASE = "BASE"  # the environment variable that names the revision to compare with


def main(stages: Input, metrics: IfThere, markdown: Figures, exposition: Figures) -> None:
    """Write the comparison as Markdown, and the metrics in the format that CI compares."""
    base = base_of(os.environ.get(BASE, ""))
    text = written(progress.read(stages), base)
    markdown.write_text(text, encoding="utf-8")
    values = read_json(metrics) if metrics.exists() else {}
    exposition.write_text(exposed(values), encoding="utf-8")
    if target := os.environ.get(STEP_SUMMARY):
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(text)
    say(f"summary: compared with {base[:12]}; read {markdown}")


def base_of(revision: str) -> str:
    """Return the commit to compare with.

    It is `revision`; the commit before HEAD where that is HEAD itself; and HEAD where no revision
    is named, which shows what is not committed yet. Raises Refusal for an unknown revision.
    """
    if not revision:
        return shell.git("rev-parse", "--verify", "--quiet", "HEAD") or _refuse("HEAD")
    commit = shell.git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") or _refuse(
        revision
    )
    if commit != shell.git("rev-parse", "HEAD"):
        return commit
    return shell.git("rev-parse", "--verify", "--quiet", "HEAD^") or commit


def _refuse(revision: str) -> str:
    raise Refusal(f"{BASE}: git does not know the revision {revision}; fetch it first")


def written(steps: list[progress.Step], base: str) -> str:
    """Return the summary as Markdown."""
    rows = [
        f"| `{step.name}` | {step.verdict} | {progress.seconds(step.seconds)} |" for step in steps
    ]
    blocks = ["## Journey", "\n".join(["| stage | verdict | time |", "|---|---|---|", *rows])]
    closed = progress.stopped(steps)
    if closed:
        blocks.append("\n".join(f"- {page.plain(reason)}" for reason in closed.reasons))
    for name, what in (("metrics", "Metrics"), ("params", "Parameters")):
        blocks += [f"## {what} against `{base[:12]}`", difference(name, base)]
    return "\n\n".join(blocks) + "\n"


def difference(what: str, base: str) -> str:
    """Return DVC's table of what changed in `metrics` or `params` since the revision `base`."""
    command = shell.module("dvc", what, "diff", "--md", base)
    table = shell.output(*command, failure=f"dvc {what} diff failed").replace(base, base[:12])
    return table if len(table.splitlines()) > HEAD else "Nothing changed."


def exposed(values: dict[str, Any]) -> str:
    """Return metrics in Prometheus' text format; one that could not be measured is left out.

    >>> exposed({"recall of a": 0.5, "f1": None})
    'metric{name="recall of a"} 0.5\\n'
    """
    lines = []
    for name, value in values.items():
        label = name.replace("\\", "\\\\").replace('"', '\\"')
        if value is not None:
            lines.append(f'metric{{name="{label}"}} {value}\n')
    return "".join(lines)


if __name__ == "__main__":
    run(main)
