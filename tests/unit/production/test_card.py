"""What a person has to write about the model."""

import pytest
from pydantic import ValidationError

from pipeline.core import params
from pipeline.production import card

pytestmark = pytest.mark.slow

WRITTEN = dict.fromkeys(card.ASKED, "a text")


def test_every_text_that_the_section_holds_is_asked_for():
    assert list(card.Card.model_fields) == list(card.ASKED)


@pytest.mark.parametrize("key", card.ASKED)
@pytest.mark.parametrize(("text", "said"), [("", "is empty"), (" \n", "is empty"),
                                            ("TODO: ask Ada", "still says TODO")])  # fmt: skip
def test_a_text_that_is_missing_is_named_with_what_to_write(key, text, said):
    (sentence,) = card.missing(card.Card(**{**WRITTEN, key: text}))
    assert sentence.startswith(f"params.yaml: `report.card.{key}` {said}; write there ")


def test_a_card_that_is_written_misses_nothing():
    assert card.missing(card.Card(**WRITTEN)) == []


@pytest.mark.parametrize("wrong", [{"owner": None}, {"owner": 3}, {"own": "x"}])
def test_a_text_is_a_text(wrong):
    with pytest.raises(ValidationError):
        card.Card(**{**WRITTEN, **wrong})


def test_the_mock_project_has_a_card(project):
    assert card.missing(params.load("report", card.Params).card) == []


@pytest.mark.parametrize("wrong", [{"false_alarm": -1, "miss": 1}, {"miss": 1}])
def test_costs_are_numbers_from_0_on(wrong):
    with pytest.raises(ValidationError):
        card.Costs(**wrong)
