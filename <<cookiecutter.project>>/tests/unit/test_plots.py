"""Pictures and tables of scores."""

import csv
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from pipeline import plots

TRUTH = np.array([False, False, True, True])
SCORES = np.array([0.1, 0.6, 0.35, 0.8])
LABELS = ["no", "yes"]


@pytest.fixture
def tables(tmp_path):
    plots.write_tables(tmp_path / "plots", TRUTH, SCORES, 0.5, LABELS)
    found = {}
    for path in (tmp_path / "plots").iterdir():
        with path.open(newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def test_the_tables_hold_the_curves(tables):
    assert set(tables) == {"roc", "precision_recall", "calibration", "confusion"}
    roc = [tuple(map(float, row.values())) for row in tables["roc"]]
    assert roc == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]
    recall = [float(row["recall"]) for row in tables["precision_recall"]]
    assert recall == sorted(recall)
    assert [row["rows"] for row in tables["calibration"]] == ["1"] * 4
    assert [tuple(row.values()) for row in tables["confusion"]] == [
        ("no", "no"),
        ("no", "yes"),
        ("yes", "no"),
        ("yes", "yes"),
    ]


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    x = np.arange(10_000)
    thin, _ = plots.thin(x, x)
    assert len(thin) == plots.POINTS
    assert (thin[0], thin[-1]) == (0, 9999)
    assert plots.thin(x[:5], x[:5])[0].tolist() == [0, 1, 2, 3, 4]


@pytest.fixture
def chart():
    return plots.Chart(TRUTH, SCORES, 0.5, LABELS)


@pytest.mark.parametrize("name", ["roc", "precision_recall", "calibration", "confusion"])
def test_a_picture_is_svg_and_the_same_each_time(chart, name):
    picture = getattr(chart, name)()
    assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"
    assert picture == getattr(chart, name)()
    assert "<dc:date>" not in picture


def test_the_confusion_names_labels_counts_and_shares(chart):
    picture = chart.confusion()
    for word in (*LABELS, "50%", "the model says"):
        assert word in picture


def test_bars_beyond_the_limit_are_red():
    picture = plots.bars(["size", "town"], [0.3, 0.05], [True, False], 0.1, "PSI")
    assert picture.count(plots.RED) == 1
    assert "town" in picture


def test_pairs_name_both_sides():
    picture = plots.pairs(["size", "town"], {"train": [0.1, 0.2], "live": [0.3, 0.2]}, "share")
    for word in ("size", "town", "train", "live", "share"):
        assert word in picture
