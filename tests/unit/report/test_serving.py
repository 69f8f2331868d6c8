"""The report's part on serving."""

import json
from pathlib import Path

import pytest

from pipeline.report import serving as serving_section


def read(path: str) -> dict:
    return json.loads(Path(path).read_text())


def built(figures: dict, image: dict) -> dict:
    part = serving_section.build(figures, image)
    return {"lead": part.lead, **{item.heading: item for item in part.items}}


def test_a_blessed_image_has_latencies_layers_and_limits(blessed):
    found = built(read("reports/smoke.json"), read("release/image.json"))
    assert list(found) == ["lead", "Latency", "Image layers", "As measured", "Limits"]
    assert "92 MB in all" in found["Image layers"].reading
    measured = {row[0]: row[1] for row in found["As measured"].rows}
    assert measured["exit code when asked to stop"] == "0"
    assert measured["95 % of them within"].endswith(" ms")
    assert "was started, asked" in found["lead"]


@pytest.mark.slow
def test_before_smoke_it_says_so(made):
    found = built({}, {})
    assert "has not been started yet" in found["lead"]
    assert found["Image layers"].reading == "No image has been built."
    assert list(found) == ["lead", "Image layers", "Limits"]


@pytest.mark.slow
def test_figures_of_a_try_that_failed_early_have_gaps(made):
    found = built({"ready_seconds": 2.0, "histograms_ms": {"alone": {"counts": []}}}, {})
    measured = {row[0]: row[1] for row in found["As measured"].rows}
    assert measured["ready after"] == "2 s"
    assert measured["memory at the peak"] is None
    assert "Latency" not in found


def test_no_engine_is_no_error(blessed, nothing_on_path):
    found = built({}, read("release/image.json"))
    assert "No container engine answers here" in found["Image layers"].reading


def test_an_engine_that_has_no_such_image_is_no_error(blessed, fake):
    found = built({}, {**read("release/image.json"), "image": "sha256:gone"})
    assert "The engine does not tell: docker history failed" in found["Image layers"].reading


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("/bin/sh -c #(nop) ADD file:1 in / ", "ADD to /"),
        ("COPY /opt /opt # buildkit", "COPY to /opt"),
        ("/bin/sh -c make it", "make it"),
        ("", "(base)"),
    ],
)
def test_a_layer_is_named_by_what_made_it(made, said):
    assert serving_section._made_by(made) == said
