"""Figures: SVG in the page's colours."""

import numpy as np
import pytest

from pipeline.html import figures

pytestmark = pytest.mark.usefixtures("drawn")


@pytest.mark.slow
def test_marked_intervals_are_red():
    names, ends = ["size: large", "size: small"], [[0.1, 0.5], None]
    picture = figures.intervals(names, [0.3, 0.2], ends, [True, False], [0.25], "error_rate")
    for word in (*names, "error_rate"):
        assert word in picture
    one = figures.intervals(names, [0.3, 0.2], ends, [False, False], [], "error_rate")
    assert figures.RED in picture
    assert figures.RED not in one


def test_bars_beyond_the_limit_are_red():
    picture = figures.bars(["size", "town"], [0.3, 0.05], [True, False], 0.1, "PSI")
    assert picture.count(figures.RED) == 1
    assert "town" in picture


@pytest.mark.slow
def test_pairs_name_both_sides():
    picture = figures.pairs(["size", "town"], {"train": [0.1, 0.2], "live": [0.3, 0.2]}, "share")
    for word in ("size", "town", "train", "live", "share"):
        assert word in picture


@pytest.mark.slow
def test_layers_keep_far_points_in_the_frame():
    real = np.random.default_rng(0).normal(size=(200, 2))
    points = {"real": real, "typical": real[:9], "edge": np.array([[1e6, -1e6]]),
              "invalid": np.empty((0, 2))}  # fmt: skip
    picture = figures.layers(points)
    assert all(f">{name}<" in picture for name in points)
    near = figures.layers({**points, "edge": np.array([[1e3, -1e3]])})
    assert picture == near, "both are drawn at the border"


@pytest.mark.slow
def test_a_picture_takes_the_colours_of_its_page():
    picture = figures.bars(["size"], [0.3], [True], 0.1, "PSI")
    assert f"fill: var(--red, {figures.RED})" in picture
    assert f"var(--ink, {figures.INK})" in picture
    assert "<metadata>" not in picture
    assert 'id="figure_1"' not in picture


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shown"),
    [("$x$ in %", "$x$ in %"), ("a\nb", "a b"), ("x" * 99, "x" * 31 + "…"), ("町の名", "町の名")],
)
def test_any_name_is_written_as_it_is_on_one_line(name, shown, recwarn):
    assert f">{shown}<" in figures.bars([name, name], [0.3, 0.1], [True, False], 0.1, name)
    assert not recwarn.list


@pytest.mark.slow
def test_of_three_sides_each_has_its_colour():
    picture = figures.pairs(["size"], {"train": [0.1], "test": [0.3], "live": [0.2]}, "share")
    for colour in (figures.GREY, figures.BLUE, figures.AMBER):
        assert colour in picture
