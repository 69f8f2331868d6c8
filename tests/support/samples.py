"""Small samples of each task, drawn from a seed."""

import numpy as np

from pipeline.evaluation.sample import Sample

COUNT = 60


def sample(task: str, labels=("no", "yes"), ties: bool = False) -> Sample:
    draw = np.random.default_rng(3)
    if task == "regression":
        truth = draw.normal(50, 5, COUNT)
        return Sample(task, [], truth, truth + draw.normal(0, 2, COUNT), None)
    if task == "multiclass":
        truth = draw.integers(0, len(labels), COUNT)
        scores = draw.random((COUNT, len(labels))) + 0.4 * np.eye(len(labels))[truth]
        return Sample(task, list(labels), truth, scores / scores.sum(axis=1, keepdims=True), None)
    truth = draw.random(COUNT) < 0.4
    scores = np.clip(draw.normal(0.35 + 0.25 * truth, 0.2), 0.01, 0.99)
    return Sample(task, list(labels), truth, scores.round(1) if ties else scores, 0.5)


SAMPLES = [
    sample("binary"),
    sample("binary", ties=True),
    sample("multiclass", labels=("a", "b", "c")),
    sample("regression"),
]
