"""`make adopt` on tables that nobody would wish for: it says what it made of them, or why it will not.

Hypothesis makes the tables, and a smaller one of each that fails.
"""

import csv
import gzip
import io
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import NOISE, clean_environment

TABLES = 80  # and no seed: each run looks at others, the failed ones of the last run first
NAMES = (
    "age", "row", "(kind)", "(why)", "$x", "a.b", "", " ", "naïve", "年", "it's", 'a "b"', "x: y",
    "{z}", "[0]", "#no", "- dash", "a=b", "yes", "null", "1", "1e3", "email", "name", "id", "ID",
    "x\ny", "tab\there", "w\x07", "🎂", "*", "&a", "!t", "%", "a b", "x (missing)", "count", "index",
    "level_0", "shop_id", "fnlwgt", "x" * 300, "date", "type", "(rare)", "columns", "y" * 1100, "\\",
    "<!-- table -->", "a|b", "a;b",
)  # fmt: skip
POOLS = {
    "numbers": st.floats(-100, 100).map(lambda value: f"{value:.2f}"),
    "whole": st.integers(0, 9).map(str),
    "huge": st.sampled_from(["1e400", "-1e308", "1e308", "9" * 30, "-0", "1e-320", "0", "5"]),
    "inf": st.sampled_from(["inf", "-inf", "nan", "1", "2.5", "3"]),
    "comma": st.sampled_from(["1,5", "2,25", "1.000,5", "-3,0"]),
    "money": st.sampled_from(["$1,000", "$2.50", "€ 3", "4%", "$1,234,567.80"]),
    "codes": st.sampled_from(["007", "0012", "01234", "00", "0999"]),
    "yes": st.sampled_from(["yes", "Yes", "NO", "no", "y", "N", "true", "FALSE", "1", "0"]),
    "levels": st.sampled_from(["red", "green", "blue", "Red ", " red"]),
    "missing": st.sampled_from(["", "NA", "?", "None", "null", "-", "nan", "NaN", "<NA>", "  "]),
    "dates": st.sampled_from(["2024-01-31", "2023-12-01", "31.12.2023", "01/02/2024", "2024-13-01",
                              "Feb 30 2024", "2024-01-01T00:00:00+02:00", "9999-12-31", "0001-01-01",
                              "20240131"]),
    "iso": st.dates().map(str),
    "mixed": st.sampled_from(["1", "two", "3.0", "", "2024-01-01", "True", "🎂", "x" * 50]),
    "words": st.lists(st.sampled_from("a cake with cherries and cream soon urgent !!! ??? 你好".split()),
                      min_size=0, max_size=8).map(" ".join),
    "long": st.sampled_from(["x" * 5000, "y " * 2000, "z"]),
    "odd": st.sampled_from(["a\nb", 'say "hi"', "a,b", "a;b", "a\tb", "\x07", "\x1b[31m", "\u202e",
                            "=1+1", "'", "{", "a: b", "# no", "\ufeffx", "\x85", "\u2028", "🦅" * 9]),
    "any": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12),
    "same": st.just("same"),
    "blank": st.just(""),
    "mail": st.integers(0, 99).map(lambda number: f"ann{number}@mail.test"),
    "mostly": st.sampled_from(["0"] * 15 + ["1"]),
}  # fmt: skip
PERIOD = 40  # cells of a column that are drawn; further rows repeat them in another order


@dataclass(frozen=True)
class Hostile:
    """A table's bytes under a file's name, and the options that are given with it."""

    file: str
    content: bytes
    words: tuple[str, ...]


@st.composite
def cells(draw, rows: int) -> list[str]:
    """A column: from one pool, or from two."""
    names = draw(st.lists(st.sampled_from(sorted(POOLS)), min_size=1, max_size=2))
    pool = st.one_of([POOLS[name] for name in names])
    some = draw(st.lists(pool, min_size=1, max_size=PERIOD))
    turn = draw(st.integers(0, 7))
    return [some[(number * (2 * turn + 1) + number // len(some)) % len(some)] for number in range(rows)]


@st.composite
def tables(draw) -> Hostile:
    rows = draw(st.sampled_from([150, 60, 90, 100, 120, 150, 3, 0]))
    width = draw(st.sampled_from([*range(2, 13), 1]))
    distinct = draw(st.integers(0, 5)) < 5
    names = draw(st.lists(st.sampled_from(NAMES), min_size=width, max_size=width, unique=distinct))
    columns = [draw(cells(rows)) for _ in names]
    where = draw(st.integers(0, width - 1))
    if draw(st.integers(0, 7)) < 7:  # else the target is whatever stands there
        labels = draw(st.sampled_from([("no", "yes"), ("0", "1"), ("Yes", "no", "YES "),
                                       ("a", "b", "c\nd"), None]))  # fmt: skip
        columns[where] = _told_by(columns[where - 1], labels)
    file = io.StringIO(newline="")
    mark = draw(st.sampled_from([",", ",", ",", ";", "\t", "|"]))
    writer = csv.writer(file, delimiter=mark, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerows([names, *zip(*columns, strict=True)])
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"]))
    content = file.getvalue().encode(encoding, "replace")
    packed = draw(st.integers(0, 4)) == 4
    named = {"--target": _called(names, where)}
    others = [one for one in range(width) if names[one] != names[where]] or [where]
    for key in ("time", "group", "id", "slices", "keep"):
        if draw(st.integers(0, 9)) == 9:
            named[f"--{key}"] = _called(names, draw(st.sampled_from(others)))
    words = tuple(word for pair in named.items() for word in pair)
    return Hostile("a table.csv", gzip.compress(content) if packed else content, words)


def _told_by(other: list[str], labels: tuple[str, ...] | None) -> list[str]:
    """A target that another column tells more or less; a number where there are no labels."""
    ranks = {cell: number for number, cell in enumerate(sorted({*other}))}
    noisy = [ranks[cell] + (number * 7919) % 5 for number, cell in enumerate(other)]
    if labels is None:
        return [f"{value / 3:.3f}" for value in noisy]
    most = max(noisy, default=0) + 1
    return [labels[value * len(labels) // most] for value in noisy]


def _called(names: list[str], number: int) -> str:
    """Return what a column is called once its blanks are gone and no two are alike."""
    plain = [name.strip() for name in names]
    return plain[number] or "unnamed"


class Adopter:
    """A process that adopts tables in a project's folder: tests/adopter.py."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.process = subprocess.Popen(
            [".venv/bin/python", str(Path(__file__).with_name("adopter.py"))],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=clean_environment() | {"PYTHONUTF8": "1"},
        )

    def adopt(self, table: Hostile) -> dict:
        path = self.folder / table.file
        path.write_bytes(table.content)
        asked = {"table": table.file, "words": table.words}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def adopter(journey, tmp_path_factory):
    made = Adopter(journey.copy(tmp_path_factory.mktemp("hostile") / "copy").folder)
    yield made
    made.process.stdin.close()
    made.process.wait(60)


def judge(ended: dict) -> None:
    """A table is adopted, and its files hold; or it is refused by one sentence, and nothing changes."""
    assert ended["error"] == ""
    assert ended["faults"] == []
    assert not any(word in ended["out"] + ended["err"] for word in NOISE), ended["err"]
    if ended["code"]:
        assert ended["code"] == 1
        assert ended["err"].startswith("adopt: ")
        assert ended["err"].count("\n") == 1, "a refusal is one sentence"


@given(table=tables())
@settings(max_examples=TABLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hostile_table_is_adopted_or_refused(adopter, table):
    judge(adopter.adopt(table))
