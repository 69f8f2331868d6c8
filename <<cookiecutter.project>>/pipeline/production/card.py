"""Section `card` of params.yaml: what a person has to write about the model.

`deploy` asks for it: a model that has no owner does not go into production.
"""

from pipeline.core import params

TODO = "TODO"


class Card(params.Section):
    """The texts of the model card, which no program can write; each is empty until somebody has."""

    intended_use: str
    not_for: str
    data: str
    limits: str
    ethics: str
    owner: str


# For each text, its heading in the model card and what has to be written.
TEXTS = {
    "intended_use": ("Intended use", "who uses the predictions, and what they decide by them"),
    "not_for": ("Not for", "what the model must not be used for, though somebody might"),
    "data": ("Data", "where the rows come from, and what is unusual about them"),
    "limits": ("Limits", "where the model is known to be wrong, and when it is out of date"),
    "ethics": (
        "Ethical considerations",
        "who is harmed by a wrong prediction, and what protects them",
    ),
    "owner": ("Owner", "a name and how to reach it"),
}


def missing(card: Card) -> list[str]:
    """Return a sentence for each text that nobody has written yet: where it goes, and what it says.

    >>> missing(Card(**dict.fromkeys(TEXTS, "x") | {"owner": " "}))
    ['params.yaml: `card.owner` is empty; write there a name and how to reach it']
    """
    reasons = []
    for key, (_, what) in TEXTS.items():
        text = getattr(card, key)
        if not text.strip():
            reasons.append(f"params.yaml: `card.{key}` is empty; write there {what}")
        elif TODO in text:
            reasons.append(f"params.yaml: `card.{key}` still says {TODO}; write there {what}")
    return reasons
