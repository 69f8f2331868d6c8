"""update: merges a newer version of the template into this project.

Nothing is imported after the merge, which replaces the files of this code.
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
        since: the template's commit that this project was made from, if that is not recorded.
        source: the template's URL or a local clone, if it is not the recorded one.

    Raises:
        Refusal: nothing was changed, or conflicts are left as git leaves them.
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
    outcome = settings.resolve(project, merge.apply(project, new))
    if changelog:
        say(changelog)
    _report(project, base, new, outcome)


def _report(project: Git, base: str, new: str, outcome: Outcome) -> None:
    """Print what to look at, what was merged, and how to undo it."""
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
        raise Refusal(f"files in conflict: {len(outcome.conflicts)}; {advice.RESOLVE}")
    files = project.listed("diff", "--name-only", "-z", outcome.before, "HEAD")
    say(f"update: {len(files)} files in one commit; undo: git reset --hard {outcome.before[:10]}")
    say(f"update: {machinery.state(project.folder).sentence()}; next: make validate")


if __name__ == "__main__":
    run(main)
