"""The report's part on serving: how fast the blessed image answers, its layers, and its limits."""

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
        lead = "The image has not been started yet; `smoke` does it."
    else:
        what = "image" if image.get("sandbox") == "container" else "Bento, as a process,"
        lead = f"The {what} {image.get('bento', '')} was started, queried, load-tested and stopped."
    return page.Part("serving", "Serving", lead, items)


def _latency(figures: dict[str, Any], smoke: dict[str, Any]) -> list:
    histograms = {
        name.replace("_", " "): histogram
        for name, histogram in figures.get("histograms_ms", {}).items()
        if histogram["counts"]
    }
    if not histograms:
        return []
    limits = {"p95 alone": smoke["max_p95_ms"], "p99 under load": smoke["max_loaded_p99_ms"]}
    reading = (
        "The time of a request for one row, alone and under load, on a logarithmic scale. 95 % and "
        "99 % of the requests must be left of the dashed limits (smoke.max_p95_ms, "
        "smoke.max_loaded_p99_ms)."
    )
    return [page.Figure("Latency", reading, report_plots.latencies(histograms, limits))]


def _measured(figures: dict[str, Any], smoke: dict[str, Any]) -> list:
    if not figures:
        return []
    alone, loaded = figures.get("latency_ms", {}), figures.get("under_load", {})
    rows = [
        ["ready after", _unit(figures.get("ready_seconds"), "s"), _most(smoke, "ready_seconds")],
        ["latency alone, median", _unit(alone.get("p50"), "ms"), ""],
        ["latency alone, 95th percentile", _unit(alone.get("p95"), "ms"),
         _most(smoke, "max_p95_ms")],
        ["latency under load, 99th percentile", _unit(loaded.get("p99_ms"), "ms"),
         _most(smoke, "max_loaded_p99_ms")],
        ["requests a second under load", _unit(loaded.get("requests_per_second"), ""),
         f"at least {smoke['min_requests_per_second']:g} (smoke.min_requests_per_second)"],
        ["errors under load", _unit(loaded.get("errors"), ""), "none"],
        ["peak memory", _share(figures.get("peak_memory_share")),
         f"{smoke['max_memory_share']:.0%} of {smoke['memory']} (smoke.max_memory_share)"],
        ["exit code when stopped", _unit(figures.get("exit_code"), ""), "0"],
    ]  # fmt: skip
    reading = "Measured once, where the image was blessed; another machine gives other values."
    return [page.Table("Measured", reading, ["figure", "measured", "limit"], rows)]


def _most(smoke: dict[str, Any], key: str) -> str:
    return f"at most {smoke[key]:g} (smoke.{key})"


def _unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{value:,.4g} {unit}".strip()


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.0%}"


def _layers(image: dict[str, Any]) -> list:
    """Return the layers of the image; a sentence where no container engine answers."""
    heading = "Image layers"
    if image.get("sandbox") != "container":
        return [page.Text(heading, "No image has been built.")]
    try:
        machine = engine.find()
        layers = machine.layers(image["image"]) if machine else None
    except Refusal as refusal:
        return [page.Text(heading, f"The container engine failed: {refusal}.")]
    if layers is None:
        return [page.Text(heading, "Not shown: no container engine answers on this machine.")]
    total = sum(size for size, _ in layers) / MB
    large = sorted((layer for layer in layers if layer[0]), key=lambda layer: -layer[0])
    large = large[:MOST_LAYERS]
    reading = (
        f"{total:,.0f} MB in all, the largest layer on top. Large layers take long to pull, and "
        "hold most of what has to be patched."
    )
    names = [_command(history) for _, history in large]
    return [page.Figure(heading, reading, bars(
        names, [size / MB for size, _ in large], [False] * len(large), 0, "MB"))]  # fmt: skip


def _command(history: str) -> str:
    """Return the command that made a layer, shortened.

    >>> _command("/bin/sh -c #(nop) COPY dir:c62 in /predictions ")
    'COPY to /predictions'
    """
    words = history.removeprefix("/bin/sh -c").replace("#(nop)", "").split("#")[0].split()
    if not words:
        return "(base)"
    if words[0] in ("COPY", "ADD"):
        return f"{words[0]} to {words[-1]}"
    return " ".join(words)


def _limits(smoke: dict[str, Any], package: dict[str, Any], deploy: dict[str, Any]) -> page.Table:
    log = package["log"]
    rows = [
        ["memory, CPUs", f"{smoke['memory']}, {smoke['cpus']:g}", "the container is killed"],
        ["rows of a request", package["max_rows"], "answered 400"],
        ["size of a request", f"{package['max_body_mb']:g} MiB", "answered 413"],
        ["concurrent requests", package["max_concurrency"], "answered 429"],
        ["time of a request", f"{package['request_seconds']:g} s", "answered 408 or 504"],
        ["replicas in production", deploy["replicas"], "if one dies, the others answer"],
        ["logged rows", f"{log['share']:.0%}, {log['keep_mb']:g} MiB", "the oldest are dropped"],
    ]
    reading = "The limits of the server, and what happens beyond them."
    return page.Table("Limits", reading, ["resource", "limit", "beyond it"], rows)
