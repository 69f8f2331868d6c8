"""The report's part on serving: how fast the blessed image answers, what it is made of, and the
limits within which it was blessed and runs.
"""

from typing import Any

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.html import page
from pipeline.html.figures import bars
from pipeline.release import engine
from pipeline.report import plots as report_plots

MB = 1e6
MOST_LAYERS = 10


def build(figures: dict[str, Any], image: dict[str, Any]) -> page.Part:
    """Return the part; `figures` is what `smoke` measured, `image` the record of `containerize`."""
    smoke, package = params.section("smoke"), params.section("package")
    items = [*_latency(figures, smoke), *_layers(image), *_measured(figures, smoke)]
    items.append(_limits(smoke, package, params.section("deploy")))
    if not figures:
        lead = "The image has not been started yet: `smoke` does it."
    else:
        what = "image" if image.get("sandbox") == "container" else "Bento, as a process,"
        lead = f"The {what} {image.get('bento', '')} was started, asked, put under load, stopped."
    return page.Part("serving", "Serving", lead, items)


def _latency(figures: dict[str, Any], smoke: dict[str, Any]) -> list:
    found = {
        name.replace("_", " "): one
        for name, one in figures.get("histograms_ms", {}).items()
        if one["counts"]
    }
    if not found:
        return []
    limits = {"p95 alone": smoke["max_p95_ms"], "p99 under load": smoke["max_loaded_p99_ms"]}
    reading = (
        "How long a request of one row takes, on a scale on which each step is ten times the one "
        "before: alone, and while others ask. Nearly all has to be left of the dashed limits "
        "(smoke.max_p95_ms, smoke.max_loaded_p99_ms)."
    )
    return [page.Figure("Latency", reading, report_plots.latencies(found, limits))]


def _measured(figures: dict[str, Any], smoke: dict[str, Any]) -> list:
    if not figures:
        return []
    alone, loaded = figures.get("latency_ms", {}), figures.get("under_load", {})
    rows = [
        ["ready after", _unit(figures.get("ready_seconds"), "s"), _most(smoke, "ready_seconds")],
        ["half of the requests, alone, within", _unit(alone.get("p50"), "ms"), ""],
        ["95 % of them within", _unit(alone.get("p95"), "ms"), _most(smoke, "max_p95_ms")],
        ["99 % of them under load within", _unit(loaded.get("p99_ms"), "ms"),
         _most(smoke, "max_loaded_p99_ms")],
        ["requests a second under load", _unit(loaded.get("requests_per_second"), ""),
         f"at least {smoke['min_requests_per_second']:g} (smoke.min_requests_per_second)"],
        ["errors under load", _unit(loaded.get("errors"), ""), "none"],
        ["memory at the peak", _share(figures.get("peak_memory_share")),
         f"{smoke['max_memory_share']:.0%} of {smoke['memory']} (smoke.max_memory_share)"],
        ["exit code when asked to stop", _unit(figures.get("exit_code"), ""), "0"],
    ]  # fmt: skip
    reading = "As measured once, on the machine where it was blessed; another machine has others."
    return [page.Table("As measured", reading, ["what", "measured", "limit"], rows)]


def _most(smoke: dict[str, Any], key: str) -> str:
    return f"at most {smoke[key]:g} (smoke.{key})"


def _unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{value:,.4g} {unit}".strip()


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.0%}"


def _layers(image: dict[str, Any]) -> list:
    """Return what the image is made of, by the engine's word; a sentence where it gives none."""
    heading = "Image layers"
    if image.get("sandbox") != "container":
        return [page.Text(heading, "No image has been built.")]
    try:
        machine = engine.find()
        found = machine.layers(image["image"]) if machine else None
    except Refusal as refusal:
        return [page.Text(heading, f"The engine does not tell: {refusal}.")]
    if found is None:
        return [page.Text(heading, "No container engine answers here, so they are not shown.")]
    total = sum(size for size, _ in found) / MB
    large = sorted((one for one in found if one[0]), key=lambda one: -one[0])[:MOST_LAYERS]
    reading = (
        f"{total:,.0f} MB in all, the largest layer on top. What is large is what takes long to "
        "pull, and what has to be patched."
    )
    names = [_made_by(made) for _, made in large]
    return [page.Figure(heading, reading, bars(
        names, [size / MB for size, _ in large], [False] * len(large), 0, "MB"))]  # fmt: skip


def _made_by(made: str) -> str:
    """Return what made a layer, in few words.

    >>> _made_by("/bin/sh -c #(nop) COPY dir:c62 in /predictions ")
    'COPY to /predictions'
    """
    words = made.removeprefix("/bin/sh -c").replace("#(nop)", "").split("#")[0].split()
    if not words:
        return "(base)"
    if words[0] in ("COPY", "ADD"):
        return f"{words[0]} to {words[-1]}"
    return " ".join(words)


def _limits(smoke: dict[str, Any], package: dict[str, Any], deploy: dict[str, Any]) -> page.Table:
    log = package["log"]
    rows = [
        ["memory, CPUs", f"{smoke['memory']}, {smoke['cpus']:g}", "the container is ended"],
        ["rows in a request", package["max_rows"], "answered 400"],
        ["size of a request", f"{package['max_body_mb']:g} MiB", "answered 413"],
        ["requests at once", package["max_concurrency"], "answered 429"],
        ["time of a request", f"{package['request_seconds']:g} s", "answered 408 or 504"],
        ["replicas in production", deploy["replicas"], "the others answer where one dies"],
        ["logged", f"{log['share']:.0%} of the rows", f"{log['keep_mb']:g} MiB are kept"],
    ]
    reading = "What the server is given, and what becomes of a request that wants more."
    return page.Table("Limits", reading, ["what", "limit", "beyond it"], rows)
