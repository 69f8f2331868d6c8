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
    items = built(read("reports/smoke.json"), read("release/image.json"))
    assert list(items) == ["lead", "Latency", "Image layers", "Measured", "Limits"]
    assert "92 MB in all" in items["Image layers"].reading
    measured = {row[0]: row[1] for row in items["Measured"].rows}
    assert measured["exit code when stopped"] == "0"
    assert measured["latency alone, 95th percentile"].endswith(" ms")
    assert "was started, queried" in items["lead"]


@pytest.mark.slow
def test_before_smoke_there_are_limits_only(made):
    items = built({}, {})
    assert "has not been started yet" in items["lead"]
    assert items["Image layers"].reading == "No image has been built."
    assert list(items) == ["lead", "Image layers", "Limits"]


@pytest.mark.slow
def test_figures_of_an_early_failure_have_gaps(made):
    items = built({"ready_seconds": 2.0, "histograms_ms": {"alone": {"counts": []}}}, {})
    measured = {row[0]: row[1] for row in items["Measured"].rows}
    assert measured["ready after"] == "2 s"
    assert measured["peak memory"] is None
    assert "Latency" not in items


def test_no_engine_is_no_error(blessed, nothing_on_path):
    items = built({}, read("release/image.json"))
    assert "no container engine answers" in items["Image layers"].reading


def test_an_engine_that_has_no_such_image_is_no_error(blessed, fake):
    items = built({}, {**read("release/image.json"), "image": "sha256:gone"})
    assert "The container engine failed: docker history failed" in items["Image layers"].reading


@pytest.mark.parametrize(
    ("history", "command"),
    [
        ("/bin/sh -c #(nop) ADD file:1 in / ", "ADD to /"),
        ("COPY /opt /opt # buildkit", "COPY to /opt"),
        ("/bin/sh -c make it", "make it"),
        ("", "(base)"),
    ],
)
def test_a_layer_is_named_by_its_command(history, command):
    assert serving_section._command(history) == command
