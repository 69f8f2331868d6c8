"""What a fault is, and the few ways in which a project is broken."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from baked import Project

RAW = "data/raw/strikes_1990_1996.csv"
TEST_FROM = "1996-01-01"  # the first day of the test part

Break = Callable[[Project], None]
Row = dict[str, str]


@dataclass(frozen=True)
class Fault:
    """One thing that is broken, and how it must end.

    Attributes:
        name: what is broken, in words.
        break_it: breaks it, in a copy of the blessed project.
        stage: the stage that must stop it: of `dvc.yaml`, or `deploy`.
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


def edited(path: str, old: str, new: str) -> Break:
    """Return a fault that replaces a text that stands in a file exactly once."""
    return lambda project: project.edit(path, old, new)


def rewritten(path: str, change: Callable[[str], str]) -> Break:
    """Return a fault that rewrites a text file."""

    def break_it(project: Project) -> None:
        file = project.folder / path
        text = file.read_text()
        assert change(text) != text, f"the fault changes nothing in {path}"
        file.write_text(change(text))

    return break_it


def both(*breaks: Break) -> Break:
    """Return a fault that breaks more than one thing."""

    def break_it(project: Project) -> None:
        for one in breaks:
            one(project)

    return break_it


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


def in_test_part(row: Row) -> bool:
    return row["date"] >= TEST_FROM
