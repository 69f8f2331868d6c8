"""Section `report` of params.yaml: what a person has to write about the model, and what its
mistakes cost. `deploy` asks for the texts too: a model that nobody answers for does not go out.
"""

from pydantic import Field

from pipeline.core import params

TODO = "TODO"


class Card(params.Section):
    """What no program can know; each is asked for, and empty until somebody has written it."""

    intended_use: str
    not_for: str
    data: str
    limits: str
    ethics: str
    owner: str


# What is asked for, and what stands above it in the model card.
ASKED = {
    "intended_use": ("Intended use", "who uses the predictions, and what they decide by them"),
    "not_for": ("Not for", "what the model must not be used for, though somebody might"),
    "data": ("What to know of the data", "where the rows come from, and what is odd in them"),
    "limits": ("Limits", "where the model is known to be wrong, and when it is out of date"),
    "ethics": ("Whom it touches", "who is harmed by a wrong prediction, and what protects them"),
    "owner": ("Who answers for it", "a name and how to reach it"),
}


class Costs(params.Section):
    """What a wrong label costs, in any unit; a right one costs nothing."""

    false_alarm: float = Field(ge=0)
    miss: float = Field(ge=0)
    unit: str = ""


class Importance(params.Section):
    """How permutation importance is measured: rows of the test part, repeats, seed."""

    rows: int = Field(ge=10)
    repeats: int = Field(ge=1, le=100)
    seed: int


class Params(params.Section):
    """Section `report` of params.yaml."""

    card: Card
    costs: Costs | None
    importance: Importance
    columns: int = Field(ge=1)
    wrong_rows: int = Field(ge=1)


def missing(card: Card) -> list[str]:
    """Return a sentence for each text that nobody has written yet: what to write, and where.

    >>> missing(Card(**dict.fromkeys(ASKED, "x") | {"owner": " "}))
    ['params.yaml: `report.card.owner` is empty; write there a name and how to reach it']
    """
    found = []
    for key, (_, what) in ASKED.items():
        text = getattr(card, key)
        if not text.strip():
            found.append(f"params.yaml: `report.card.{key}` is empty; write there {what}")
        elif TODO in text:
            found.append(f"params.yaml: `report.card.{key}` still says {TODO}; write there {what}")
    return found
