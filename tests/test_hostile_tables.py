"""`make adopt` adopts a hostile table, or refuses it in one sentence.

Hypothesis draws the seeds of the tables, and names the one that fails.
"""

import csv
import gzip
import io
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baked import NOISE, clean_environment

pytestmark = pytest.mark.slow

TABLES = 80
NAMES = (
    "age", "row", "$x", "a.b", "", " ", "naïve", "年", "it's", 'a "b"', "x: y",
    "{z}", "[0]", "#no", "- dash", "a=b", "yes", "null", "1", "1e3", "email", "name", "id", "ID",
    "x\ny", "tab\there", "w\x07", "🎂", "*", "&a", "!t", "%", "a b", "x (missing)", "count",
    "index", "level_0", "shop_id", "fnlwgt", "x" * 90, "date", "type", "(rare)", "columns", "\\",
    "<!-- table -->", "a|b", "a;b",
)  # fmt: skip
ODD = ["a\nb", 'say "hi"', "a,b", "a;b", "a\tb", "\x07", "\x1b[31m", "\u202e", "=1+1", "'", "{",
       "a: b", "# no", "\ufeffx", "\x85", "\u2028", "🦅" * 9]  # fmt: skip
WORDS = ["a", "cake", "with", "cherries", "and", "cream", "soon", "urgent", "!!!", "???", "你好"]
POOLS: dict[str, Callable[[Random], str]] = {  # functions that draw a cell of a column
    "number": lambda draw: f"{draw.gauss(0, 50):.2f}",
    "whole": lambda draw: str(draw.randint(0, 9)),
    "huge": lambda draw: draw.choice(
        ["1e400", "-1e308", "1e308", "9" * 30, "-0", "1e-320", "0", "5"]
    ),
    "infinite": lambda draw: draw.choice(["inf", "-inf", "nan", "1", "2.5", "3"]),
    "comma": lambda draw: draw.choice(["1,5", "2,25", "1.000,5", "-3,0"]),
    "money": lambda draw: draw.choice(["$1,000", "$2.50", "€ 3", "4%", "$1,234,567.80"]),
    "code": lambda draw: draw.choice(["007", "0012", "01234", "00", "0999"]),
    "state": lambda draw: draw.choice(
        ["NA", "AL", "TX", "CA", "NY", "WA", "OH", "UT", "IA", "ID", "OR"]
    ),
    "truth": lambda draw: draw.choice(["yes", "Yes", "NO", "no", "N", "true", "FALSE", "1", "0"]),
    "level": lambda draw: draw.choice(["red", "green", "blue", "Red ", " red"]),
    "missing": lambda draw: draw.choice(
        ["", "NA", "?", "None", "null", "-", "nan", "NaN", "<NA>", "  "]
    ),
    "date": lambda draw: draw.choice(
        ["2024-01-31", "2023-12-01", "31.12.2023", "01/02/2024", "2024-13-01", "Feb 30 2024",
         "2024-01-01T00:00:00+02:00", "9999-12-31", "0001-01-01", "20240131", "Feb 3 2024"]
    ),
    "day": lambda draw: f"{draw.randint(1990, 2030)}-0{draw.randint(1, 9)}-{draw.randint(1, 28)}",
    "ISO day": lambda draw: f"20{draw.randint(10, 30)}-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}",
    "American day": lambda draw: f"{draw.randint(1, 12)}/{draw.randint(1, 28)}/2024",
    "mixed": lambda draw: draw.choice(
        ["1", "two", "3.0", "", "2024-01-01", "True", "🎂", "x" * 50]
    ),
    "text": lambda draw: " ".join(draw.choices(WORDS, k=draw.randint(0, 8))),
    "long": lambda draw: draw.choice(["x" * 5000, "y " * 2000, "z"]),
    "odd": lambda draw: draw.choice(ODD),
    "any": lambda draw: "".join(chr(draw.randint(1, 0xD7FF)) for _ in range(draw.randint(0, 6))),
    "same": lambda draw: "same",
    "blank": lambda draw: "",
    "mail": lambda draw: f"ann{draw.randint(0, 99)}@mail.test",
    "phone": lambda draw: f"+49 30 {draw.randint(10**6, 10**7)}",
    "rare": lambda draw: str(int(draw.random() < 0.05)),
    "name of a row": lambda draw: f"{draw.getrandbits(64):x}",
}  # fmt: skip
LABELS = (("no", "yes"), ("0", "1"), ("Yes", "no", "YES "), ("a", "b", "c\nd"), ("False", "True"))


@dataclass(frozen=True)
class Hostile:
    """A table's bytes, and the options that are given with it."""

    content: bytes
    words: tuple[str, ...]


def hostile_table(draw: Random) -> Hostile:
    """Return a table of 1 to 12 columns and 0 to 150 rows; most have enough rows to be adopted."""
    rows, width = draw.choice([*[150] * 5, *[120] * 5, 100, 90, 60, 49, 3, 0]), draw.randint(1, 12)
    distinct = draw.random() < 0.8
    names = draw.sample(NAMES, width) if distinct else draw.choices(NAMES, k=width)
    if draw.random() < 0.05:
        names[0] = draw.choice(["(kind)", "(why)", "y" * 1100])  # names that are not allowed
    columns = [cells(draw, rows) for _ in names]
    where = draw.randrange(width)
    if draw.random() < 0.85:  # else the target is a column like the others
        usual = POOLS[draw.choice(["number", "number", "whole", "comma", "money", "level", "text"])]
        columns[where - 1] = [usual(draw) for _ in range(rows)]
        columns[where] = predicted_by(columns[where - 1], draw)
    words = ["--target", column_name(names, where)]
    for key in ("time", "group", "id", "slices", "keep"):
        if width > 1 and draw.random() < 0.1:
            words += [
                f"--{key}",
                column_name(names, draw.choice([n for n in range(width) if n != where])),
            ]
    file = io.StringIO(newline="")
    marks = {"delimiter": draw.choice(",,,;\t|"), "lineterminator": draw.choice(["\n", "\r\n"])}
    csv.writer(file, **marks).writerows([names, *zip(*columns, strict=True)])
    encoding = draw.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
    content = file.getvalue().encode(encoding, "replace")
    return Hostile(gzip.compress(content) if draw.random() < 0.2 else content, tuple(words))


def cells(draw: Random, rows: int) -> list[str]:
    """Return a column: from one pool, or some of it from another."""
    usual, other = (POOLS[draw.choice(sorted(POOLS))] for _ in range(2))
    share = draw.choice([0, 0, 0.01, 0.1, 0.5])
    return [(other if draw.random() < share else usual)(draw) for _ in range(rows)]


def predicted_by(other: list[str], draw: Random) -> list[str]:
    """Return a target that another column predicts more or less: labels, or a number."""
    levels = sorted({*other}, key=lambda cell: (_number(cell), cell))
    ranks = {cell: number / len(levels) for number, cell in enumerate(levels)}
    noisy = [ranks[cell] + draw.gauss(0, 0.15) for cell in other]
    if draw.random() < 0.25 or not noisy:
        return [f"{value:.3f}" for value in noisy]
    labels, rising = draw.choice(LABELS), sorted(noisy)
    edges = [rising[len(noisy) * number // len(labels)] for number in range(len(labels))]
    classes = [labels[sum(value >= edge for edge in edges) - 1] for value in noisy]
    return ["" if draw.random() < 0.01 else label for label in classes]


def _number(cell: str) -> float:
    digits = re.sub(r"[^\d.-]", "", cell)
    return float(digits) if re.fullmatch(r"-?\d+(\.\d+)?", digits) else 0.0


def column_name(names: list[str], number: int) -> str:
    """Return the name of a column as it is read, without blanks around it."""
    plain = [name.strip() for name in names]
    return plain[number] or "unnamed"


class Adopter:
    """A process that adopts tables in a project's folder: tests/support/adopter.py."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.process = subprocess.Popen(
            [".venv/bin/python", str(Path(__file__).parent / "support/adopter.py")],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=clean_environment() | {"PYTHONUTF8": "1"},
        )

    def adopt(self, table: Hostile) -> dict:
        (self.folder / "a table.csv").write_bytes(table.content)
        order = {"table": "a table.csv", "words": table.words}
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def adopter(journey, tmp_path_factory):
    process = Adopter(journey.copy(tmp_path_factory.mktemp("hostile") / "copy").folder)
    yield process
    process.process.stdin.close()
    process.process.wait(60)
    process.process.stdout.close()


def judge(ended: dict) -> None:
    """A table is adopted, and its files hold; or one sentence refuses it, and nothing changes."""
    assert ended["error"] == ""
    assert ended["faults"] == []
    assert not any(word in ended["out"] + ended["err"] for word in NOISE), ended["err"]
    if ended["code"]:
        assert ended["code"] == 1
        assert ended["err"].startswith("adopt: ")
        assert ended["err"].count("\n") == 1, "a refusal is one sentence"


@given(seed=st.integers(0, 2**32 - 1))
@settings(
    max_examples=TABLES,
    deadline=None,
    derandomize=True,  # a gate must draw the same tables each time
    suppress_health_check=list(HealthCheck),
)
def test_a_hostile_table_is_adopted_or_refused(adopter, seed):
    judge(adopter.adopt(hostile_table(Random(seed))))
