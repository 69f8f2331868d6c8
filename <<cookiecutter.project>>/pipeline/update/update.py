"""update: merges what the template has learned since this project was made from it.

What follows the merge imports nothing more: the machinery's files are other ones by then.
"""

import tempfile
from pathlib import Path

from pipeline.core import machinery
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.stage import Word, run
from pipeline.update import advice, changes, checks, merge, moves, origin, plan, settings, template
from pipeline.update.git import Git
from pipeline.update.merge import Outcome


def main(to: Word, since: Word, source: Word) -> None:
    """Merge the template's newest release, or the commit `to`, into this project.

    Args:
        to: a tag, a branch or a commit of the template.
        since: the commit that this project has, where it does not say so itself.
        source: the template's URL or a clone of it, for one that moved or without a network.

    Raises:
        Refusal: nothing was changed; or conflicts were left, as git leaves them.
    """
    project = Git(Path.cwd())
    checks.ready(project)
    known = origin.read(project)
    with tempfile.TemporaryDirectory(prefix="ml-template-") as scratch:
        clone = template.clone(origin.address(known, source), Path(scratch, "clone"))
        old = origin.base(project, clone, known, since)
        step = plan.choose(clone, old, to)
        if step is None:
            say(
                f"update: already at ml-template {clone.version(old)} ({old[:7]}); nothing is newer"
            )
            return
        say(f"update: ml-template {step}, from {clone.address}")
        base, new = plan.commits(project, clone, step, known, Path(scratch))
        changelog = changes.between(clone.changelog(old), clone.changelog(step.new))
    checks.nothing_in_the_way(project, base, new)
    outcome = settings.settle(project, merge.apply(project, new))
    if changelog:
        say(changelog)
    _report(project, base, new, outcome)


def _report(project: Git, base: str, new: str, outcome: Outcome) -> None:
    """Say what was merged, what to look at, and the way back."""
    places = moves.places(project, base, new)
    edited = moves.edited(project, base, outcome.before)
    change = f"{base[:10]} {outcome.before[:10]}"
    look = [
        advice.conflict(path, stages, places, change) for path, stages in outcome.conflicts.items()
    ]
    look += advice.moved(edited, places, outcome.conflicts)
    look += moves.stale_imports(project, base, new, places, outcome.conflicts)
    for sentence in look:
        say(f"  - {sentence}")
    if outcome.conflicts:
        raise Refusal(f"files in conflict: {len(outcome.conflicts)}; {advice.SETTLE}")
    files = project.listed("diff", "--name-only", "-z", outcome.before, "HEAD")
    say(f"update: {len(files)} files in one commit; undo: git reset --hard {outcome.before[:10]}")
    say(f"update: {machinery.state(project.folder).sentence()}; next: make validate")


if __name__ == "__main__":
    run(main)
