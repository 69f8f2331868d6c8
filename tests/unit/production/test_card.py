"""The texts of the model card."""

import pytest
from pydantic import ValidationError

from pipeline.core import params
from pipeline.production.card import TEXTS, Card, missing

pytestmark = pytest.mark.slow

WRITTEN = dict.fromkeys(TEXTS, "a text")


def test_each_text_has_a_heading():
    assert list(Card.model_fields) == list(TEXTS)


@pytest.mark.parametrize("key", TEXTS)
@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "is empty"), (" \n", "is empty"), ("TODO: ask Ada", "still says TODO")],
)
def test_a_missing_text_is_named_with_what_to_write(key, text, reason):
    (sentence,) = missing(Card(**{**WRITTEN, key: text}))
    assert sentence == f"params.yaml: `card.{key}` {reason}; write there {TEXTS[key][1]}"


def test_a_written_card_misses_nothing():
    assert missing(Card(**WRITTEN)) == []


@pytest.mark.parametrize("wrong", [{"owner": None}, {"owner": 3}, {"own": "x"}])
def test_a_text_is_a_string(wrong):
    with pytest.raises(ValidationError):
        Card(**{**WRITTEN, **wrong})


def test_the_mock_project_has_a_card(project):
    assert missing(params.load("card", Card)) == []
