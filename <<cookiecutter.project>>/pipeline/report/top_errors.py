"""The rows that a model got most wrong: where it was surest, and is not right."""

from itertools import zip_longest
from typing import Any

import numpy as np

from pipeline.core.metric import decide
from pipeline.evaluation.sample import Sample
from pipeline.html import page
from pipeline.report.data import left_out, public

COLUMNS = 7  # shown of a row
LONGEST = 140  # characters of a cell


def table(judged, by_importance: list[str], most: int) -> page.Table | page.Text:
    """Return the rows that the model got most wrong, with the columns that count most."""
    rules, sample = judged.scorer.rules, judged.sample
    heading, hidden = "The hardest wrong rows", left_out(rules)
    if rules.target in rules.private:
        return page.Text(heading, f"The target is private in schema.yaml.{hidden}")
    places = worst(sample, most)
    named = public(rules, rules.with_role("id"))
    order = list(dict.fromkeys([*by_importance, *rules.features]))
    features = public(rules, order)[:COLUMNS]
    features += [name for name in public(rules, rules.features_of("text")) if name not in features][
        :1
    ]
    rows = []
    for place in places:
        row = judged.rows.iloc[place]
        shown = [_cell(row[name]) for name in [*named, *features]]
        rows.append([*shown[: len(named)], *_said(sample, place), *shown[len(named) :]])
    surest = "The rows where the model was surest and wrong, of each class in turn."
    which = "The rows where the model is off most." if sample.task == "regression" else surest
    reading = (
        f"{which} Read them before its numbers: a wrong label, a missing value or a word that "
        f"misleads is seen here first. The columns that count most are shown.{hidden}"
    )
    sure = "off by" if sample.task == "regression" else "how sure"
    columns = [*named, "it is", "the model says", sure, *features]
    return page.Table(heading, reading, columns, rows)


def worst(sample: Sample, count: int) -> list[int]:
    """Return the places of the rows that are wrong, the worst first: by the probability that
    their class got, each class in its turn, or of a number by how far off it is.
    """
    if sample.task == "regression":
        away = np.abs(sample.scores - sample.truth)
        wrong = away > 0
    else:
        of_class = (
            sample.scores[np.arange(len(sample.truth)), sample.truth]
            if sample.scores.ndim == 2
            else np.where(sample.truth, sample.scores, 1 - sample.scores)
        )
        away = 1 - of_class
        wrong = decide(sample.scores, sample.threshold) != sample.truth
    order = [int(place) for place in np.argsort(-away, kind="stable") if wrong[place]]
    if sample.task == "regression":
        return order[:count]
    by_class = [
        [place for place in order if sample.truth[place] == one] for one in _classes(sample)
    ]
    taken = [place for turn in zip_longest(*by_class) for place in turn if place is not None]
    return taken[:count]


def _classes(sample: Sample) -> range:
    return range(len(sample.labels))


def _said(sample: Sample, place: int) -> list[str]:
    """Return what a row is and what the model says of it."""
    truth, score = sample.truth[place], sample.scores[place]
    if sample.task == "regression":
        return [f"{truth:g}", f"{score:.4g}", f"{score - truth:+.4g}"]
    said = int(decide(sample.scores[[place]], sample.threshold)[0])
    sure = score[said] if np.ndim(score) else score if said else 1 - score
    return [sample.labels[int(truth)], sample.labels[said], f"{sure:.1%}"]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "–" if np.isnan(value) else f"{value:g}"
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
