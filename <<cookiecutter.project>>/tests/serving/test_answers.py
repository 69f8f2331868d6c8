"""What the server answers is what the model says offline."""

import numpy as np
import pytest

from pipeline.model.scorer import scores_in


@pytest.fixture(scope="module")
def answer(ask, rows):
    return ask(rows)


def test_every_row_gets_an_answer(answer, rows):
    assert len(answer["predictions"]) == len(rows), "the server lost rows"


def test_it_serves_the_model_that_was_packaged(answer, artefacts):
    assert answer["model"] == artefacts["model"], f"the server holds the model {answer['model']}"


def test_scores_equal_the_offline_ones(answer, artefacts, rules, settings):
    apart = _apart(scores_in(answer["predictions"], rules), artefacts["expected"])
    worst = int(apart.argmax())
    assert apart[worst] <= settings.tolerance, (
        f"row {worst} is served {apart[worst]:.3g} apart from offline: {artefacts['rows'][worst]}"
    )


def test_one_row_alone_is_answered_as_in_a_batch(ask, rows, rules, artefacts, settings):
    count = len(rows)  # the first are of the test part, the last are the odd ones of the mocks
    for number in sorted({*range(min(20, count)), *range(max(0, count - 20), count)}):
        alone = scores_in(ask([rows[number]])["predictions"], rules)
        apart = _apart(alone, artefacts["expected"][[number]])[0]
        assert apart <= settings.tolerance, (
            f"alone, a row is served {apart:.3g} apart: {rows[number]}"
        )


def test_one_row_without_a_list_is_taken(post, rows, rules, artefacts, settings):
    alone = scores_in(post(rows[0])["predictions"], rules)
    assert _apart(alone, artefacts["expected"][[0]])[0] <= settings.tolerance


def test_labels_are_those_of_the_offline_scores(answer, artefacts):
    pairs = zip(answer["predictions"], artefacts["answers"], strict=True)
    wrong = [pair for pair in pairs if pair[0].get("label") != pair[1].get("label")]
    assert not wrong, f"{len(wrong)} rows are labelled wrongly; {wrong[0][0]} is {wrong[0][1]}"


def _apart(one, other):
    """Return the largest distance of each row's scores: (n,)."""
    return np.abs(one - other).reshape(len(other), -1).max(axis=1)
