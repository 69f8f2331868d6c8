"""The model card."""

from types import SimpleNamespace

import pytest

from orders import private
from pipeline.data import schema as schemas
from pipeline.production import card
from pipeline.report import model_card

WRITTEN = dict.fromkeys(card.TEXTS, "a text")

SETTINGS = SimpleNamespace(
    thresholds={},
    reads="point",
    bootstrap=SimpleNamespace(confidence=0.9, resamples=100),
    slices=SimpleNamespace(judged=["error_rate"]),
)


def piece(by: str, rate: float | None) -> dict:
    figures = {"metrics": {"error_rate": rate}, "intervals": {"error_rate": [0.0, 0.5]}}
    return {"by": by, "value": "x|y", "rows": 30, "verdict": "passed", **figures}


EVALUATION = {
    "task": "binary",
    "classes": {"no": 3, "yes": 4},
    "metrics": {"error_rate": 0.1},
    "intervals": {"error_rate": [0.0, 0.2]},
    "baseline": {"error_rate": 0.4},
    "slices": [piece("size", 0.1), piece("town x size", 0.3), piece("guests", None)],
}


def built(rules, evaluation=EVALUATION, **texts):
    items = model_card.build(
        card.Card(**{**WRITTEN, **texts}), {"a": 1}, evaluation, SETTINGS, rules
    )
    return {item.heading: item for item in items}


@pytest.mark.slow
def test_it_holds_texts_and_measurements(rules):
    found = built(rules, limits="Few rows.\n\nOld rows.")
    assert list(found) == [
        "Model", "Intended use", "Not for", "Data", "Columns", "Metrics",
        "Slices", "Limits", "Ethical considerations", "Owner",
    ]  # fmt: skip
    assert found["Limits"].paragraphs == ["Few rows.", "Old rows."]
    assert [row[0] for row in found["Slices"].rows] == ["town x size", "size"]


def test_a_missing_text_is_asked_for_in_its_place(rules):
    found = built(rules, owner="")
    assert found["Owner"].bad
    assert "card.owner" in found["Owner"].paragraphs[0]
    assert not found["Limits"].bad


@pytest.mark.slow
def test_slices_of_private_columns_are_left_out(rules):
    found = built(private(rules, "town"))
    assert [row[0] for row in found["Slices"].rows] == ["size"]
    assert dict((row[0], row[-1]) for row in found["Columns"].rows)["town"] is True  # noqa: C402


def test_without_an_evaluation_metrics_are_missing():
    found = built(None, None)
    assert found["Metrics"].bad
    assert "Columns" not in found
    assert "Slices" not in built(None, {**EVALUATION, "slices": []})


@pytest.mark.slow
def test_facts_are_those_of_the_records(rules):
    trained = {"params": {"estimator": "Ridge", "arguments": {"alpha": 1}}, "outputs": {"m": "s:1"}}
    ingested = {
        "params": {"split": {"by": "time", "test_from": None}},
        "parts": {"train": {"rows": 9}, "test": {"rows": 3}},
    }
    facts = model_card.facts_of("bakery", {"verdict": "passed"}, trained, ingested, rules)
    assert facts["target"] == "late: no, yes"
    assert facts["arguments"] == "alpha: 1"
    assert facts["split"] == "by: time"
    assert (facts["digest of the model"], facts["rows of the test set"]) == ("s:1", 3)


@pytest.mark.parametrize("task", ["regression", "none"])
def test_facts_without_records_or_classes(task):
    columns = {"x": {"type": "number"}, "t": {"type": "number", "role": "target"}}
    rules = schemas.Schema.model_validate({"columns": columns}) if task == "regression" else None
    facts = model_card.facts_of("bakery", {}, {}, {}, rules)
    assert facts["target"] == ("t, a number" if rules else None)
    assert facts["estimator"] is facts["split"] is facts["digest of the model"] is None


@pytest.mark.slow
def test_markdown_holds_the_same(rules):
    items = list(built(rules, owner="Ada <ada@x.org> | *Bo*").values())
    text = model_card.markdown("Model card of bakery", "A lead.", items)
    assert text.startswith("# Model card of bakery\n\nA lead.\n\n## Model\n")
    assert "Ada &lt;ada@x.org&gt; \\| \\*Bo\\*" in text
    assert "| town x size | x\\|y | 30 | 0.3000 | 0.0000 – 0.5000 | passed |" in text
