"""The server's predictions are those of the same model offline."""

import numpy as np
import pytest

from pipeline.model.scorer import scores_in


@pytest.fixture(scope="module")
def answer(ask, rows):
    return ask(rows)


def test_every_row_gets_an_answer(answer, rows):
    assert len(answer["predictions"]) == len(rows), "the server lost rows"


def test_it_serves_the_model_that_was_packaged(answer, expected):
    assert answer["model"] == expected.model, f"the server holds the model {answer['model']}"


def test_scores_equal_the_offline_ones(answer, expected, rules, settings):
    difference = _difference(scores_in(answer["predictions"], rules), expected.scores)
    worst = int(difference.argmax())
    assert difference[worst] <= settings.tolerance, (
        f"row {worst}: its served score differs by {difference[worst]:.3g} from the offline one"
    )


def test_one_row_alone_is_answered_as_in_a_batch(ask, rows, rules, expected, settings):
    count = len(rows)  # the first are rows of the test set, the last are edge cases
    for number in sorted({*range(min(20, count)), *range(max(0, count - 20), count)}):
        alone = scores_in(ask([rows[number]])["predictions"], rules)
        difference = _difference(alone, expected.scores[[number]])[0]
        assert difference <= settings.tolerance, (
            f"alone, a row's score differs by {difference:.3g}: {rows[number]}"
        )


def test_one_row_without_a_list_is_taken(post, rows, rules, expected, settings):
    alone = scores_in(post(rows[0])["predictions"], rules)
    assert _difference(alone, expected.scores[[0]])[0] <= settings.tolerance


def test_labels_are_those_of_the_offline_scores(answer, expected):
    pairs = zip(answer["predictions"], expected.predictions, strict=True)
    wrong = [pair for pair in pairs if pair[0].get("label") != pair[1].get("label")]
    assert not wrong, f"{len(wrong)} rows are labelled wrongly; {wrong[0][0]} is {wrong[0][1]}"


def _difference(served, offline):
    """Return each row's largest difference between two arrays of scores: (n,)."""
    return np.abs(served - offline).reshape(len(offline), -1).max(axis=1)
