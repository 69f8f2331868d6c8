"""What a fault is, and the few ways in which a project is broken."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from baked import Project

RAW = "data/raw/strikes_1990_1996.csv"
TEST_FROM = "1996-01-01"  # the first day of the test set

Break = Callable[[Project], None]
Row = dict[str, str]


@dataclass(frozen=True)
class Fault:
    """One thing that is broken, and how it must end.

    Attributes:
        name: what is broken, in words.
        break_it: breaks it, in a copy of the blessed project.
        stage: what must stop it: a stage of `dvc.yaml`, `deploy`, the project's `make test`, or
            `unit`, a file of this repository's unit tests.
        message: words of the sentence in which that stage must say so.
        alone: whether it moves what other copies share (a tag of the engine's), so that no other
            fault may run meanwhile.
        alike: whether another fault tries the same gate in much the same way already: it is tried
            by `make faults ALL=yes` only.
    """

    name: str
    break_it: Break
    stage: str
    message: str
    alone: bool = False
    alike: bool = False


@dataclass(frozen=True)
class Edit:
    """A fault that replaces a text that stands in a file exactly once."""

    path: str
    old: str
    new: str

    def __call__(self, project: Project) -> None:
        project.edit(self.path, self.old, self.new)


def edited(path: str, old: str, new: str) -> Edit:
    """Return a fault that replaces a text that stands in a file exactly once."""
    return Edit(path, old, new)


def rewritten(path: str, change: Callable[[str], str]) -> Break:
    """Return a fault that rewrites a text file."""

    def break_it(project: Project) -> None:
        file = project.folder / path
        text = file.read_text()
        assert change(text) != text, f"the fault changes nothing in {path}"
        file.write_text(change(text))

    return break_it


@dataclass(frozen=True)
class Several:
    """A fault that breaks more than one thing, in this order."""

    breaks: tuple[Break, ...]

    def __call__(self, project: Project) -> None:
        for break_it in self.breaks:
            break_it(project)


def both(*breaks: Break) -> Several:
    """Return a fault that breaks more than one thing."""
    return Several(breaks)


def edits_of(break_it: Break) -> Iterator[Edit]:
    """Yield the edits that a fault is made of; faults of other forms have none."""
    if isinstance(break_it, Edit):
        yield break_it
    for part in break_it.breaks if isinstance(break_it, Several) else ():
        yield from edits_of(part)


def rows_changed(change: Callable[[list[Row]], list[Row] | None]) -> Break:
    """Return a fault that rewrites the raw table: `change` alters the rows, or returns others."""

    def break_it(project: Project) -> None:
        file = project.folder / RAW
        text = file.read_text()
        rows = list(csv.DictReader(io.StringIO(text)))
        changed = change(rows) or rows
        written = io.StringIO()
        writer = csv.DictWriter(written, list(changed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(changed)
        assert written.getvalue() != text, f"the fault changes nothing in {RAW}"
        file.write_text(written.getvalue())

    return break_it


def each_row(change: Callable[[Row], object], where: Callable[[Row], bool] = bool) -> Break:
    """Return a fault that alters each row of the raw table for which `where` is true."""

    def alter(rows: list[Row]) -> None:
        for row in filter(where, rows):
            change(row)

    return rows_changed(alter)


def in_test_set(row: Row) -> bool:
    return row["date"] >= TEST_FROM
