"""summary: what a change of the code, the data or the parameters changes: the verdicts, and DVC's
comparison of metrics and parameters with another revision. It is no gate.

CI shows reports/summary.md beside each change: GitHub reads it from GITHUB_STEP_SUMMARY, GitLab
compares reports/metrics.txt (Prometheus' text format) by itself.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.files import read_json
from pipeline.core.stage import Figures, IfThere, Input, run
from pipeline.html import page
from pipeline.report import stages as progress

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
HEAD = 2  # lines of a table that has no rows
BASE = "BASE"  # the environment's word for the revision to compare with


def main(stages: Input, metrics: IfThere, markdown: Figures, exposition: Figures) -> None:
    """Write what changed as Markdown, and the metrics as CI systems compare them."""
    base = base_of(os.environ.get(BASE, ""))
    text = written(progress.read(stages), base)
    markdown.write_text(text, encoding="utf-8")
    values = read_json(metrics) if metrics.exists() else {}
    exposition.write_text(exposed(values), encoding="utf-8")
    if target := os.environ.get(STEP_SUMMARY):
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(text)
    say(f"summary: compared with {base[:12]}; read {markdown}")


def base_of(asked: str) -> str:
    """Return the revision to compare with: the one asked for, the commit before where that is this
    very one, and HEAD, to which what is not committed yet is compared, where none is asked for.

    Raises Refusal for a revision that git does not know.
    """
    if not asked:
        return _git("rev-parse", "--verify", "--quiet", "HEAD") or _refuse("HEAD")
    commit = _git("rev-parse", "--verify", "--quiet", f"{asked}^{{commit}}") or _refuse(asked)
    if commit != _git("rev-parse", "HEAD"):
        return commit
    return _git("rev-parse", "--verify", "--quiet", "HEAD^") or commit


def _refuse(revision: str) -> str:
    raise Refusal(f"git knows no revision {revision} to compare with ({BASE}); fetch it first")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def written(steps: list[progress.Step], base: str) -> str:
    """Return the summary as Markdown."""
    rows = [
        f"| `{step.name}` | {step.verdict} | {progress.seconds(step.seconds)} |" for step in steps
    ]
    blocks = ["## The journey", "\n".join(["| stage | verdict | time |", "|---|---|---|", *rows])]
    closed = progress.stopped(steps)
    if closed:
        blocks.append("\n".join(f"- {page.plain(reason)}" for reason in closed.reasons))
    for name, what in (("metrics", "Metrics"), ("params", "Parameters")):
        blocks += [f"## {what} against `{base[:12]}`", difference(name, base)]
    return "\n\n".join(blocks) + "\n"


def difference(what: str, base: str) -> str:
    """Return DVC's table of what changed in `metrics` or `params` since the revision `base`."""
    command = [sys.executable, "-m", "dvc", what, "diff", "--md", base]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise Refusal(f"dvc {what} diff failed: {last}")
    table = done.stdout.strip().replace(base, base[:12])
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
