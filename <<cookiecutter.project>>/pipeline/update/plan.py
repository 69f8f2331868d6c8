"""Chooses the versions, renders both, and commits both trees, so that git can merge them."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core import machinery
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.update import merge, origin, render
from pipeline.update.git import Git
from pipeline.update.origin import Origin
from pipeline.update.render import Rendered
from pipeline.update.template import Template


@dataclass(frozen=True)
class Step:
    """Two commits of the template, and their versions."""

    old: str
    new: str
    old_version: str
    new_version: str

    def __str__(self) -> str:
        """Name the versions, with the commits if the versions are equal.

        >>> str(Step("c0ffee77", "decade77", "1.0.0", "1.1.0"))
        '1.0.0 -> 1.1.0'
        """
        if self.old_version != self.new_version:
            return f"{self.old_version} -> {self.new_version}"
        return f"{self.old_version} ({self.old[:7]}) -> {self.new_version} ({self.new[:7]})"


def choose(template: Template, old: str, to: str) -> Step | None:
    """Return the step from the project's commit to `to` or the newest release; None if up to date.

    Raises:
        Refusal: `to` is not in the template, or is older than what the project has.
    """
    new = template.commit(to) if to else template.newest()
    step = Step(old, new, template.version(old), template.version(new))
    # In a rewritten history neither commit is an ancestor of the other: compare the versions.
    is_older = template.is_older(new, than=old) or _numbers(step.new_version) < _numbers(
        step.old_version
    )
    if new == old or (is_older and not to):
        return None
    if is_older:
        raise Refusal(
            f"{to} is older than this project's version {step.old_version} ({old[:7]}), and "
            "updates only go forward"
        )
    return step


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.partition("+")[0].split(".")]


def commits(
    project: Git, template: Template, step: Step, known: Origin, scratch: Path
) -> tuple[str, str]:
    """Render both commits of the template, and commit each tree to the project's git.

    Args:
        scratch: a folder for the checkouts and the rendered files.

    Returns:
        The commit of the old tree and, as its child, the commit of the new tree.
    """
    answers = origin.answers(project) if known.answers is None else known.answers
    old = _rendered(template, step.old, answers, scratch, may_ask=False)
    new = _rendered(template, step.new, answers, scratch, may_ask=True)
    _keep_record(project, old.folder)
    record = machinery.record(
        origin.kept_address(known, template.address),
        step.new,
        step.new_version,
        new.answers,
        new.folder,
    )
    (new.folder / machinery.FILE).write_text(record, encoding="utf-8")
    trees = [
        merge.write_tree(project, rendered.folder, scratch / f"{name}.git")
        for name, rendered in (("old", old), ("new", new))
    ]
    return merge.write_commits(project, *trees, message=f"Update ml-template {step}")


def _rendered(
    template: Template, commit: str, answers: Mapping[str, Any], scratch: Path, may_ask: bool
) -> Rendered:
    checkout = template.checkout(commit, scratch / "template" / commit[:7])
    questions = render.new_questions(checkout, answers) if may_ask else []
    ask = bool(questions) and sys.stdin.isatty()
    rendered = render.render(checkout, answers, scratch / "output" / commit[:7], ask)
    for question in questions if not ask else []:
        answer = rendered.answers.get(question)
        say(f"update: the new question `{question}` got its default answer, {answer!r}")
    return rendered


def _keep_record(project: Git, folder: Path) -> None:
    """Copy the project's own record into the old tree, so that the new record replaces it."""
    committed = project.run("show", f"HEAD:{machinery.FILE}")
    if committed.returncode:
        (folder / machinery.FILE).unlink(missing_ok=True)
    else:
        (folder / machinery.FILE).write_text(committed.stdout, encoding="utf-8")
