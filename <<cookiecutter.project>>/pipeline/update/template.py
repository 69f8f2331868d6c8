"""A clone of the template, in which commits are looked up and checked out."""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from cookiecutter.config import BUILTIN_ABBREVIATIONS
from cookiecutter.repository import expand_abbreviations

from pipeline.core import machinery
from pipeline.core.errors import Refusal
from pipeline.update.git import Git, complaint

FOLDER = "<" + "<cookiecutter.project>" + ">"  # in the template; no file here holds its syntax

_RELEASE = re.compile(r"v?\d+(\.\d+)*")


@dataclass(frozen=True)
class Template:
    """The template at `address`, cloned."""

    address: str
    git: Git

    def commit(self, name: str) -> str:
        """Return the commit that a tag, a branch or (the beginning of) a commit's name stands for.

        Raises:
            Refusal: the template has no such thing; names the nearest tag or branch.
        """
        for reference in (f"refs/tags/{name}", f"refs/remotes/origin/{name}", name):
            # The name may be anything that was typed: no option of git's, and no expression.
            words = (
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                f"{reference}^{{commit}}",
            )
            done = self.git.run(*words)
            if not done.returncode:
                return done.stdout.strip()
        raise Refusal(f"the template has no tag, branch or commit {name!r}{self._nearest(name)}")

    def _nearest(self, name: str) -> str:
        names = self.git(
            "for-each-ref", "--format=%(refname:strip=-1)", "refs/tags", "refs/remotes"
        )
        close = difflib.get_close_matches(name, set(names.split("\n")) - {"HEAD", ""}, n=1)
        return f" (did you mean {close[0]}?)" if close else ""

    def newest(self) -> str:
        """Return the commit of the newest release's tag; without any, the default branch's.

        Raises:
            Refusal: the template holds no commit.
        """
        tags = self.git("tag", "--list", "--sort=-version:refname").split("\n")
        if release := next((tag for tag in tags if _RELEASE.fullmatch(tag)), None):
            return self.commit(release)
        done = self.git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if done.returncode:
            raise Refusal(f"the template at {self.address} holds no commit")
        return done.stdout.strip()

    def has(self, commit: str) -> bool:
        """Tell whether the commit is here; one that no branch holds any more may still be had."""
        here = ("cat-file", "-e", f"{commit}^{{commit}}")
        return self.git.succeeds(*here) or (
            self.git.succeeds("fetch", "--quiet", "origin", commit) and self.git.succeeds(*here)
        )

    def is_older(self, commit: str, than: str) -> bool:
        """Tell whether `commit` comes before `than`, which may lie on a history of its own."""
        return commit != than and self.git.succeeds("merge-base", "--is-ancestor", commit, than)

    def changelog(self, commit: str) -> str:
        """Return CHANGELOG.md as it was in a commit; empty where there was none."""
        return self.git.run("show", f"{commit}:CHANGELOG.md").stdout

    def version(self, commit: str) -> str:
        """Return the version of a commit, as its CHANGELOG.md has it."""
        return machinery.version(self.changelog(commit), commit)

    def checkout(self, commit: str, folder: Path) -> Path:
        """Check a commit out into a new folder."""
        self.git("worktree", "add", "--quiet", "--detach", str(folder), commit)
        return folder


def clone(address: str, folder: Path) -> Template:
    """Clone the template: cookiecutter would not check a commit out of a local one.

    Raises:
        Refusal: it cannot be had (no network, no such repository, no permission).
    """
    expanded = expand_abbreviations(address, BUILTIN_ABBREVIATIONS)
    done = Git(folder.parent).run(
        "clone", "--quiet", "--no-checkout", "--end-of-options", expanded, str(folder)
    )
    if done.returncode:
        raise Refusal(
            f"the template cannot be had from {address} ({complaint(done.stderr)}); when it moved, "
            "or there is no network, name a URL or a clone: make update TEMPLATE=..."
        )
    return Template(address, Git(folder))
