"""Pictures of the report alone: score histograms, the cost of mistakes, latencies."""

import numpy as np

from pipeline.evaluation.sample import Sample
from pipeline.html import figures

BINS = 25
COLOURS = (figures.GREY, figures.BLUE)


def by_class(sample: Sample) -> str:
    """Return the share of rows by score, for each class of a binary sample."""
    figure, axes = figures.axes_of(4.6, 3.4)
    edges = np.linspace(0, 1, BINS + 1)
    for number, label in enumerate(sample.labels):
        scores = sample.scores[sample.truth == bool(number)]
        share = np.histogram(scores, edges)[0] / max(len(scores), 1)
        axes.stairs(share, edges, color=COLOURS[number], fill=True, alpha=0.5,
                    label=figures.words(label))  # fmt: skip
    axes.axvline(sample.threshold, color=figures.RED, linestyle="--", linewidth=1)
    axes.set(xlabel="probability", ylabel="share of the class's rows")
    axes.legend(frameon=False)
    return figures.svg(figure)


def histogram(values: np.ndarray, label: str) -> str:
    """Return a histogram of `values` (n,), with a line at 0; the end bars hold the outliers."""
    figure, axes = figures.axes_of(4.6, 3.4)
    low, high = np.quantile(values, [0.005, 0.995])
    axes.hist(values.clip(low, high), BINS, color=figures.BLUE, alpha=0.6)
    axes.axvline(0, color=figures.GREY, linestyle="--", linewidth=1)
    axes.set(xlabel=figures.words(label), ylabel="rows")
    return figures.svg(figure)


def cost(grid: np.ndarray, costs: np.ndarray, chosen: float, best: float, without: float, label):
    """Return the cost by threshold, with lines at the decision threshold and at the cheapest."""
    figure, axes = figures.axes_of(4.6, 3.4)
    axes.plot(grid, costs, color=figures.BLUE)
    axes.axhline(without, color=figures.GREY, linestyle="--", linewidth=1, label="without a model")
    axes.axvline(
        chosen, color=figures.RED, linestyle="--", linewidth=1, label=f"chosen: {chosen:g}"
    )
    axes.axvline(best, color=figures.AMBER, linewidth=1, label=f"cheapest: {best:g}")
    axes.set(xlabel="decision threshold", ylabel=figures.words(label), ylim=(0, None))
    axes.legend(frameon=False, fontsize=9)
    return figures.svg(figure)


def latencies(histograms: dict[str, dict[str, list[float]]], limits: dict[str, float]) -> str:
    """Return the share of requests by their time in ms, with a line at each limit."""
    figure, axes = figures.axes_of(4.8, 3.4)
    colours = dict(zip(histograms, (figures.BLUE, figures.AMBER), strict=False))
    for name, histogram in histograms.items():
        share = np.array(histogram["counts"]) / max(sum(histogram["counts"]), 1)
        axes.stairs(share, histogram["edges"], color=colours[name], fill=True, alpha=0.5,
                    label=name)  # fmt: skip
    for name, limit in limits.items():
        axes.axvline(limit, color=figures.RED, linestyle="--", linewidth=1)
        axes.annotate(figures.words(name), (limit, 1), xycoords=("data", "axes fraction"),
                      rotation=90, va="top", ha="right", fontsize=8)  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    axes.set(xlabel="ms", ylabel="share of requests")
    axes.legend(frameon=False, loc="upper center")
    return figures.svg(figure)
