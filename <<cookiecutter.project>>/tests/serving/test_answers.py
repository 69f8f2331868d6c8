"""What the server answers is what the model says offline."""

import numpy as np
import pytest


def _probabilities(answer):
    return np.array([made["probability"] for made in answer["predictions"]])


@pytest.fixture(scope="module")
def answer(ask, rows):
    return ask(rows)


def test_every_row_gets_an_answer(answer, rows):
    assert len(answer["predictions"]) == len(rows), "the server lost rows"


def test_it_serves_the_model_that_was_packaged(answer, artefacts):
    assert answer["model"] == artefacts["model"], f"the server holds the model {answer['model']}"


def test_probabilities_equal_the_offline_ones(answer, artefacts, settings):
    apart = np.abs(_probabilities(answer) - artefacts["expected"])
    worst = int(apart.argmax())
    assert apart[worst] <= settings.tolerance, (
        f"row {worst} is served {apart[worst]:.3g} apart from offline: {artefacts['rows'][worst]}"
    )


def test_one_row_alone_is_answered_as_in_a_batch(ask, rows, artefacts, settings):
    for row, expected in list(zip(rows, artefacts["expected"], strict=True))[:20]:
        apart = abs(_probabilities(ask([row]))[0] - expected)
        assert apart <= settings.tolerance, f"alone, a row is served {apart:.3g} apart: {row}"


def test_one_row_without_a_list_is_taken(post, rows, artefacts, settings):
    answer = post(rows[0])
    assert abs(_probabilities(answer)[0] - artefacts["expected"][0]) <= settings.tolerance


def test_labels_are_the_targets_levels(answer, rules):
    labels = {made["label"] for made in answer["predictions"]}
    assert labels <= set(rules.labels), f"the server answers {labels}"
