"""The floor under the thresholds: what may not be loosened without a second look."""

from pathlib import Path

import pytest

from mock_project import ROOT
from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.evaluation import floor

SECTION = {
    "reads": "bound",
    "thresholds": {"recall of a b": {"min": 0.8, "max_worse": 0.1}, "brier": {"max": 0.2}},
    "slices": {
        "values": ["size"],
        "crossed": [["size", "town"]],
        "bins": {"guests": [5]},
        "queries": {"big ones": "size == 'large'"},
        "min_rows": 20,
        "thresholds": {"brier": {"max": 0.3}},
        "disparity": {"brier": {"max_ratio": 2}},
    },
}
LINES = (
    "evaluate.reads bound",
    "evaluate.thresholds.recall of a b.min 0.8",
    "evaluate.thresholds.recall of a b.max_worse 0.1",
    "evaluate.thresholds.brier.max 0.2",
    "evaluate.slices.values size",
    "evaluate.slices.crossed size x town",
    "evaluate.slices.bins guests",
    "evaluate.slices.queries big ones",
    "evaluate.slices.min_rows 20",
    "evaluate.slices.thresholds.brier.max 0.3",
    "evaluate.slices.disparity.brier.max_ratio 2",
)


@pytest.fixture
def weakened(tmp_path):
    """`weakened(section, line...)`: what a file of these lines finds loosened."""

    def weakened(section: dict, *lines: str) -> list[str]:
        file = tmp_path / "floor.txt"
        file.write_text("\n".join(["# a comment", "", *lines]))
        return floor.weakened(section, file)

    return weakened


def without(path: str) -> dict:
    """Return SECTION without the key at `path`."""
    *parents, last = path.split("/")
    changed = node = {**SECTION}
    for parent in parents:
        node[parent] = node = {**node[parent]}
    del node[last]
    return changed


@pytest.mark.slow
def test_what_is_as_strict_as_listed_passes(weakened):
    assert weakened(SECTION, *LINES) == []
    assert weakened({}, "") == [], "a file that lists nothing asks for nothing"


@pytest.mark.slow
def test_what_is_stricter_than_listed_passes(weakened):
    looser = [
        line.replace("0.8", "0.7").replace("0.1", "0.15").replace("0.2", "0.3").replace("20", "30")
        for line in LINES
    ]
    assert looser != list(LINES)
    assert weakened(SECTION, *looser) == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("evaluate.thresholds.recall of a b.min 0.9", "recall of a b.min` is 0.8, looser than 0.9"),
        ("evaluate.thresholds.brier.max 0.1", "thresholds.brier.max` is 0.2, looser than 0.1"),
        ("evaluate.thresholds.brier.gain 0.1", "thresholds.brier.gain` is missing, and was 0.1"),
        ("evaluate.thresholds.accuracy.min 0.9", "accuracy.min` is missing, and was 0.9"),
        ("evaluate.slices.thresholds.brier.max 0.2", "brier.max` is 0.3, looser than 0.2"),
        ("evaluate.slices.disparity.brier.max_ratio 1.5", "max_ratio` is 2, looser than 1.5"),
        ("evaluate.slices.min_rows 10", "`evaluate.slices.min_rows` is 20, looser than 10"),
        ("evaluate.slices.values town", "`evaluate.slices.values` lacks town"),
        ("evaluate.slices.crossed town x size", "`evaluate.slices.crossed` lacks town x size"),
        ("evaluate.slices.bins weight", "`evaluate.slices.bins` lacks weight"),
        ("evaluate.slices.queries small ones", "`evaluate.slices.queries` lacks small ones"),
    ],
)
def test_a_loosened_threshold_is_named_with_what_to_do(weakened, line, sentence):
    (found,) = weakened(SECTION, *LINES, line)
    assert found.startswith("params.yaml: `evaluate.")
    assert sentence in found
    assert found.endswith("/floor.txt too")


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", ["thresholds", "slices", "slices/values", "slices/thresholds", "slices/min_rows"]
)
def test_a_part_that_is_gone_takes_its_lines_with_it(weakened, path):
    lost = [line for line in LINES if line.startswith(f"evaluate.{path.replace('/', '.')}")]
    assert len(weakened(without(path), *LINES)) == len(lost) > 0


@pytest.mark.slow
def test_reading_the_point_is_looser_than_the_bound(weakened):
    (found,) = weakened({**SECTION, "reads": "point"}, "evaluate.reads bound")
    assert "`evaluate.reads` is no longer bound" in found
    assert weakened(SECTION, "evaluate.reads point") == []


@pytest.mark.parametrize(
    "line",
    ["evaluate.thresholds", "evaluate.slices.cuts size", "evaluate.thresholds.brier.least 1"],
)
def test_a_line_that_says_nothing_is_refused(weakened, line):
    with pytest.raises(Refusal, match="names no threshold and no slice"):
        weakened(SECTION, line)


@pytest.mark.slow
def test_our_own_thresholds_and_slices_are_all_listed():
    section = params.read_yaml(ROOT / "params.yaml")["evaluate"]
    listed = (ROOT / "tests/floor.txt").read_text(encoding="utf-8").splitlines()
    slices = section["slices"]
    groups = {
        "evaluate.thresholds": section["thresholds"],
        "evaluate.slices.thresholds": slices["thresholds"],
        "evaluate.slices.disparity": slices["disparity"],
    }
    expected = {
        f"{group}.{name}.{side} {limit:g}"
        for group, limits in groups.items()
        for name, sides in limits.items()
        for side, limit in sides.items()
    }
    for cut in floor.CUTS:
        expected |= {f"evaluate.slices.{cut} {name}" for name in floor._names(slices[cut])}
    expected |= {f"evaluate.slices.min_rows {slices['min_rows']}", "evaluate.reads bound"}
    assert {line for line in listed if line and not line.startswith("#")} == expected
    assert floor.weakened(section, ROOT / Path("tests/floor.txt")) == []
