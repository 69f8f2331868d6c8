"""The top errors: rows that the model predicted wrongly, and with the most confidence."""

from itertools import zip_longest
from typing import Any

import numpy as np

from pipeline.core.metric import decide
from pipeline.evaluation.sample import Sample
from pipeline.html import page
from pipeline.report.data import left_out, public
from pipeline.report.judged import Judged

COLUMNS = 7  # columns that are shown of a row
LONGEST = 140  # characters of a cell


def table(judged: Judged, by_importance: list[str], most: int) -> page.Table | page.Text:
    """Return at most `most` top errors, with the columns that count most in the model.

    `by_importance` names the columns, the most important first.
    """
    rules, sample = judged.scorer.rules, judged.sample
    heading, hidden = "Top errors", left_out(rules)
    if rules.target in rules.private:
        return page.Text(heading, f"Not shown: the target is private in schema.yaml.{hidden}")
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
        rows.append([*shown[: len(named)], *_outcome(sample, place), *shown[len(named) :]])
    number = sample.task == "regression"
    classes = "The wrong predictions of which the model is most confident, of each class in turn."
    which = "The rows with the largest errors." if number else classes
    reading = (
        f"{which} Read these rows: wrong labels, missing values and misleading words are seen here "
        f"first. Only the most important columns are shown.{hidden}"
    )
    columns = [*named, "actual", "predicted", "error" if number else "confidence", *features]
    return page.Table(heading, reading, columns, rows)


def worst(sample: Sample, count: int) -> list[int]:
    """Return the places of at most `count` wrong rows, the worst first.

    They are in order of the probability of the actual class, each class in its turn; of a number,
    in order of the error.
    """
    if sample.task == "regression":
        error = np.abs(sample.scores - sample.truth)
        wrong = error > 0
    else:
        of_class = (
            sample.scores[np.arange(len(sample.truth)), sample.truth]
            if sample.scores.ndim == 2
            else np.where(sample.truth, sample.scores, 1 - sample.scores)
        )
        error = 1 - of_class
        wrong = decide(sample.scores, sample.threshold) != sample.truth
    order = [int(place) for place in np.argsort(-error, kind="stable") if wrong[place]]
    if sample.task == "regression":
        return order[:count]
    by_class = [
        [place for place in order if sample.truth[place] == label]
        for label in range(len(sample.labels))
    ]
    taken = [place for turn in zip_longest(*by_class) for place in turn if place is not None]
    return taken[:count]


def _outcome(sample: Sample, place: int) -> list[str]:
    """Return the actual and the predicted value of a row, and the confidence or the error."""
    truth, score = sample.truth[place], sample.scores[place]
    if sample.task == "regression":
        return [f"{truth:g}", f"{score:.4g}", f"{score - truth:+.4g}"]
    predicted = int(decide(sample.scores[[place]], sample.threshold)[0])
    confidence = score[predicted] if np.ndim(score) else score if predicted else 1 - score
    return [sample.labels[int(truth)], sample.labels[predicted], f"{confidence:.1%}"]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "–" if np.isnan(value) else f"{value:g}"
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
