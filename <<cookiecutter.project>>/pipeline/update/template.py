"""A clone of the template: looks up commits and checks them out."""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from cookiecutter.config import BUILTIN_ABBREVIATIONS
from cookiecutter.repository import expand_abbreviations

from pipeline.core import machinery
from pipeline.core.errors import Refusal
from pipeline.update.git import Git, complaint

FOLDER = (
    "<" + "<cookiecutter.project>" + ">"
)  # written so because no Python file may contain template syntax

_RELEASE = re.compile(r"v?\d+(\.\d+)*")


@dataclass(frozen=True)
class Template:
    """The template at `address`, cloned."""

    address: str
    git: Git

    def commit(self, name: str) -> str:
        """Return the commit of a tag, a branch, or an (abbreviated) commit hash.

        Raises:
            Refusal: there is no such commit; names the nearest tag or branch.
        """
        for reference in (f"refs/tags/{name}", f"refs/remotes/origin/{name}", name):
            # The name is what a user typed: it must not be taken for an option.
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
        """Return the commit of the highest version tag, or else of the default branch.

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
        """Tell whether the commit exists; fetch it if no branch has it any more."""
        here = ("cat-file", "-e", f"{commit}^{{commit}}")
        return self.git.succeeds(*here) or (
            self.git.succeeds("fetch", "--quiet", "origin", commit) and self.git.succeeds(*here)
        )

    def is_older(self, commit: str, than: str) -> bool:
        """Tell whether `commit` is an ancestor of `than`."""
        return commit != than and self.git.succeeds("merge-base", "--is-ancestor", commit, than)

    def changelog(self, commit: str) -> str:
        """Return CHANGELOG.md of a commit; empty if there is none."""
        return self.git.run("show", f"{commit}:CHANGELOG.md").stdout

    def version(self, commit: str) -> str:
        """Return the version of a commit, according to its CHANGELOG.md."""
        return machinery.version(self.changelog(commit), commit)

    def checkout(self, commit: str, folder: Path) -> Path:
        """Check a commit out into a new folder."""
        self.git("worktree", "add", "--quiet", "--detach", str(folder), commit)
        return folder


def clone(address: str, folder: Path) -> Template:
    """Clone the template. (Cookiecutter itself ignores `--checkout` for a local folder.)

    Raises:
        Refusal: cloning failed (no network, no such repository, no permission).
    """
    expanded = expand_abbreviations(address, BUILTIN_ABBREVIATIONS)
    done = Git(folder.parent).run(
        "clone", "--quiet", "--no-checkout", "--end-of-options", expanded, str(folder)
    )
    if done.returncode:
        raise Refusal(
            f"the template cannot be cloned from {address} ({complaint(done.stderr)}); if it has "
            "moved or there is no network, name a URL or a local clone: make update TEMPLATE=..."
        )
    return Template(address, Git(folder))
