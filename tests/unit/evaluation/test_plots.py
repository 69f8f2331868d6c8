"""Pictures and tables of scores."""

import csv
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from pipeline.evaluation import plots
from pipeline.evaluation.sample import Sample

LABELS = ["no", "yes"]
TRUTH = np.array([False, False, True, True])
BINARY = Sample("binary", LABELS, TRUTH, np.array([0.1, 0.6, 0.35, 0.8]), 0.5)
CLASSES = Sample(
    "multiclass", ["a", "b", "c"], np.array([0, 1, 2, 2]), np.eye(3)[[0, 1, 1, 2]], None
)
NUMBERS = Sample("regression", [], np.array([3.0, 1.0, 2.0]), np.array([3.5, 1.5, 2.0]), None)

pytestmark = pytest.mark.usefixtures("drawn")


def tables(folder, sample) -> dict[str, list[dict]]:
    plots.write_tables(folder / "plots", sample)
    found = {}
    for path in (folder / "plots").iterdir():
        with path.open(newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


@pytest.mark.slow
def test_the_tables_hold_the_curves(tmp_path):
    found = tables(tmp_path, BINARY)
    assert set(found) == {"roc", "precision_recall", "calibration", "confusion"}
    roc = [tuple(map(float, row.values())) for row in found["roc"]]
    assert roc == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]
    recall = [float(row["recall"]) for row in found["precision_recall"]]
    assert recall == sorted(recall)
    assert [row["rows"] for row in found["calibration"]] == ["1"] * 4
    assert [tuple(row.values()) for row in found["confusion"]] == [
        ("no", "no"),
        ("no", "yes"),
        ("yes", "no"),
        ("yes", "yes"),
    ]


def test_the_tables_of_classes_and_of_numbers(tmp_path):
    found = tables(tmp_path / "classes", CLASSES)
    said = [(row["actual"], row["predicted"]) for row in found["confusion"]]
    assert said == [("a", "a"), ("b", "b"), ("c", "b"), ("c", "c")]
    found = tables(tmp_path / "numbers", NUMBERS)
    assert list(found) == ["predicted"]
    assert [row["actual"] for row in found["predicted"]] == ["1.0", "2.0", "3.0"]


@pytest.mark.slow
def test_a_long_curve_is_thinned_and_keeps_its_ends():
    x = np.arange(10_000)
    thin, _ = plots.thin(x, x)
    assert len(thin) == plots.POINTS
    assert (thin[0], thin[-1]) == (0, 9999)
    assert plots.thin(x[:5], x[:5])[0].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sample"),
    [
        *((name, BINARY) for name in ("roc", "precision_recall", "calibration", "confusion")),
        ("confusion", CLASSES),
        ("predicted", NUMBERS),
    ],
)
def test_a_picture_is_svg_and_the_same_each_time(name, sample):
    picture = getattr(plots, name)(sample)
    assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"
    assert picture == getattr(plots, name)(sample)
    assert "<dc:date>" not in picture


@pytest.mark.slow
def test_the_confusion_names_labels_counts_and_shares():
    picture = plots.confusion(BINARY)
    for word in (*LABELS, "50%", "predicted"):
        assert word in picture
    for word in ("a", "b", "c", "100%"):
        assert f">{word}<" in plots.confusion(CLASSES)


def test_confusion_counts_have_a_row_for_every_class():
    assert plots.confusion_counts(BINARY).tolist() == [[1, 1], [1, 1]]
    positives = Sample("binary", LABELS, TRUTH[2:], BINARY.scores[2:], 0.1)
    assert plots.confusion_counts(positives).tolist() == [[0, 0], [0, 2]]
    assert plots.confusion_counts(CLASSES).tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
