"""Raw rows become typed ones, and each violation of the schema is named."""

import pytest

from pipeline.core.errors import Refusal
from pipeline.data import rows


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda table: table.drop(columns="late"), r"no column `late`, which schema.yaml"),
        (lambda table: table.rename(columns={"late": "lat"}), r"`late`.* \(did you mean `lat`"),
        (lambda table: table.assign(price=1), "schema.yaml does not describe the column `price`"),
    ],
)
def test_columns_other_than_the_schemas_are_refused(table, rules, change, sentence):
    with pytest.raises(Refusal, match=sentence):
        rows.check(change(table), rules)


def test_a_value_that_does_not_fit_its_type_is_one_violation(table, rules):
    table.loc[3, "weight"] = "heavy"
    table.loc[1, "size"] = "giant"
    typed, violations = rows.check(table, rules)
    assert violations.to_dict("records") == [
        {"row": 1, "column": "size", "value": "giant", "rule": "is none of the levels"},
        {"row": 3, "column": "weight", "value": "heavy", "rule": "is not a finite number"},
    ]
    assert typed["weight"].isna()[3]


def test_ids_that_occur_twice_are_violations_of_a_whole_table_only(table, rules):
    table.loc[1, "order"] = table.loc[0, "order"]
    assert rows.check(table, rules)[1]["rule"].tolist() == ["stands more than once"] * 2
    assert rows.check(table, rules, unique=False)[1].empty


def test_rows_without_a_target_to_learn_are_left_out(table, rules):
    target = rules.columns["late"].model_copy(update={"max_missing": 0.1, "left_out": ("perhaps",)})
    lenient = rules.model_copy(update={"columns": {**rules.columns, "late": target}})
    table.loc[0, "late"], table.loc[1, "late"] = "", "perhaps"
    assert rows.learnable(table, lenient).index.tolist() == table.index[2:].tolist()
    assert len(rows.learnable(table, rules)) == len(table), "where the schema says nothing of it"
