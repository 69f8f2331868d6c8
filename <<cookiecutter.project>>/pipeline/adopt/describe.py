"""What the columns of a new table are, and whether a model can be learned from its rows."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.adopt import column_types, decisions, roles, survey, suspects
from pipeline.adopt.guess import Guess
from pipeline.adopt.numbers import number_range
from pipeline.adopt.settings import Params
from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.data import schema as schemas
from pipeline.data.rows import check, learnable
from pipeline.data.schema import Schema
from pipeline.data.tables import Table
from pipeline.mocks import mock_rows

LEAST_ROWS = 50  # rows with a target that are needed to train and to test
MOST_BAD = 0.5  # share of the rows that may break a rule


@dataclass
class Described:
    """A table and what its columns are.

    schema: schema.yaml as it is to be written. why: a comment for each column. rules: the schema,
    checked. rows: the typed good rows of the sample. survey: what all rows hold. leaks: columns
    that predict the target nearly by themselves and are left out, with a sentence each; strong:
    those that are kept. bad: share of rows that break a rule. own: a person's decisions that stay.
    """

    source: Table
    schema: dict[str, Any]
    why: dict[str, str]
    rules: Schema
    rows: pd.DataFrame
    survey: survey.Survey
    strong: dict[str, str] = field(default_factory=dict)
    leaks: dict[str, str] = field(default_factory=dict)
    bad: float = 0.0
    own: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


def describe(table: pd.DataFrame, source: Table, settings: Params, schema: Path) -> Described:
    """Return what the columns of `table`, a sample of the table `source`, are.

    `schema` is the path of schema.yaml. Raises Refusal for a table that cannot be learned from.
    """
    warnings = list(source.format.notes)
    missing = column_types.missing_cells(table)
    if not table.columns.is_unique:
        raise Refusal(f"{source.path}: two columns have the same name")
    roles.require_columns(table, settings)
    guesses = _guesses(table, settings, missing)
    warnings += [warning for guess in guesses.values() for warning in guess.warnings]
    keys = {name: _in_order(guess.keys) for name, guess in guesses.items()}
    proposed = {"missing": missing, "rows": {"min": 1}, "columns": keys}
    proposed, own = _with_own(proposed, settings, schema)
    rules = _checked(proposed)
    whole = table if len(table) < survey.SAMPLE_ROWS else None
    surveyed = survey.of_all(source, rules, whole)
    widened, rules = _widened(proposed, rules, surveyed, own)
    described = Described(
        source=source,
        schema=widened,
        why={name: guess.why for name, guess in guesses.items()},
        rules=rules,
        rows=pd.DataFrame(),
        survey=surveyed,
        own=own,
        warnings=warnings,
        questions=[question for guess in guesses.values() for question in guess.questions],
    )
    _require_learnable(described)
    described.rows = good_rows(table, rules)
    _require_good(described, table)
    _leave_leaks_out(described, settings)
    return described


def _guesses(table: pd.DataFrame, settings: Params, missing: list[str]) -> dict[str, Guess]:
    """Return the guess of each column with its role, in the order of the table."""
    guesses = {
        name: roles.target(table[name], settings, missing)
        if name == settings.target
        else column_types.guess(name, table[name], missing)
        for name in table.columns
    }
    roles.assign(guesses, table, settings)
    return guesses


def _in_order(keys: dict[str, Any]) -> dict[str, Any]:
    """Return a column's keys in the order of `Column`'s fields."""
    return {key: keys[key] for key in schemas.Column.model_fields if key in keys}


def _with_own(proposed: dict, settings: Params, schema: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the proposed schema with a person's decisions in it, and which columns those are.

    Decisions are changes of the file since it was written, and SET.
    """
    former, own = decisions.former(), []
    if former.get("schema") and former.get("data") == settings.data:
        now = params.read_yaml(schema)
        merged = decisions.merged(former["schema"], now, decisions.plain_or_absent(proposed))
        if not isinstance(merged.get("columns"), dict):
            raise Refusal(f"{schema} has no `columns`; `git checkout {schema}` brings them back")
        for name, keys in merged["columns"].items():
            if keys != proposed["columns"].get(name):
                own.append(f"columns.{name}")
        proposed = merged
    for key, value in settings.set.items():
        if not key.startswith("columns."):
            continue
        name, _, last = key.removeprefix("columns.").rpartition(".")
        if name not in proposed["columns"] or last not in schemas.Column.model_fields:
            hint = params.nearest(name, proposed["columns"])
            raise Refusal(f"SET: there is no column {name!r}, or no key {last!r} of one{hint}")
        keys = _fitting(proposed["columns"][name], last, value)
        proposed["columns"][name] = _in_order({**keys, last: value})
        own.append(f"columns.{name}")
    return proposed, own


def _fitting(keys: dict[str, Any], last: str, value: Any) -> dict[str, Any]:
    """Return a column's keys without those of a type that SET changes (`last` is "type")."""
    if last != "type" or value == keys.get("type"):
        return keys
    stays = ("role", "private", "max_missing", "missing")
    kept = {key: keys[key] for key in stays if key in keys}
    if value in ("number", "category", "text") and kept.get("role") in ("ignored", "id", "group"):
        del kept["role"]
    return kept


def _checked(schema: dict[str, Any]) -> Schema:
    """Return the schema, checked; a Refusal names the column whose keys do not fit each other."""
    try:
        return schemas.Schema.model_validate(schema)
    except schemas.ValidationError as error:
        raise Refusal("; ".join(params.sentences(error, Path("schema.yaml"), (), Schema))) from None


def _widened(schema: dict, rules: Schema, surveyed: survey.Survey, own: list[str]):
    """Return the schema with ranges, levels and missing shares that all rows fit, and its rules."""
    kept = max(1, surveyed.rows - surveyed.without_target)
    for name, keys in schema["columns"].items():
        column = rules.columns[name]
        if column.role == "ignored" or f"columns.{name}" in own:
            continue
        if column.type == "number" and name in surveyed.low and column.role == "feature":
            keys |= number_range(surveyed.low[name], surveyed.high[name], column.integer)
        if column.levels is not None and column.role == "feature" and name in surveyed.levels:
            keys["levels"] = sorted({*column.levels, *surveyed.levels[name]})
        if column.max_length is not None and name in surveyed.longest:
            keys["max_length"] = max(column.max_length, 2 * surveyed.longest[name])
        share = surveyed.missing.get(name, 0) / max(1, surveyed.rows)
        schema["columns"][name] = _in_order(column_types.with_missing_share(keys, share))
        if column.role == "target" and share:
            most = column_types.with_missing_share({}, share)["max_missing"]
            schema["columns"][name]["max_missing"] = most
    schema["rows"] = {"min": max(LEAST_ROWS, kept // 2)}
    return schema, _checked(schema)


def _require_learnable(described: Described) -> None:
    """Refuse a table that no model can be trained on; warn of the rows that are left out."""
    surveyed, rules = described.survey, described.rules
    left = surveyed.rows - surveyed.without_target
    if surveyed.without_target:
        described.warnings.append(
            f"{surveyed.without_target:,} of {surveyed.rows:,} rows are left out: their "
            f"`{rules.target}` is missing, or of a class with too few rows"
        )
    if left < LEAST_ROWS:
        raise Refusal(
            f"{left} rows with a `{rules.target}` are too few to train and to test a model; at "
            f"least {LEAST_ROWS} are needed"
        )
    if rules.id != "row" and surveyed.repeated:
        raise Refusal(
            f"`{rules.id}` cannot be the id of the rows: {surveyed.repeated:,} of its values "
            "repeat; name another column by ID=, or what rows have in common by GROUP="
        )
    if rules.id == rules.target == "row":
        raise Refusal("rows without an id are numbered in a column `row`; rename the target")
    mock_rows.require_free_names(rules)


def _require_good(described: Described, table: pd.DataFrame) -> None:
    """Note the share of rows that break a rule, and refuse a table where most rows do."""
    surveyed, known = described.survey, len(learnable(table, described.rules))
    kept = max(1, surveyed.rows - surveyed.without_target)
    described.bad = max(surveyed.bad / kept, 1 - len(described.rows) / max(1, known))
    if described.bad > MOST_BAD:
        _, broken = check(learnable(table, described.rules), described.rules)
        column, rule = broken.value_counts(["column", "rule"]).index[0]
        raise Refusal(
            f"{described.bad:.0%} of the rows break a rule, most often: `{column}` {rule}; name "
            "another column, or change the rule by SET"
        )


def good_rows(table: pd.DataFrame, rules: Schema) -> pd.DataFrame:
    """Return the typed rows of `table` that break no rule and can be learned from."""
    typed, broken = check(learnable(table, rules), rules)
    return typed[~typed.index.isin(broken["row"])].reset_index(drop=True)


def _leave_leaks_out(described: Described, settings: Params) -> None:
    """Make no leak a feature, unless a person keeps it; those that are kept become `strong`."""
    say("adopt: looking for columns that give the target away")
    columns, rules = described.schema["columns"], described.rules
    for name, leak in suspects.leaking(described.rows, rules).items():
        sentence = f"{leak.source} predicts `{rules.target}` ({leak.strength:.3f})"
        decided = name in settings.keep or f"columns.{name}" in described.own
        if decided or not leak.all_classes:
            described.strong[name] = sentence
            if not leak.all_classes:
                described.questions.append(
                    f"{sentence}, for one class. It is kept: is its value known before the target?"
                )
            continue
        described.leaks[name] = sentence
        described.why[name] = f"left out: {sentence}"
        columns[name] = {"type": columns[name]["type"], "role": "ignored"}
    if described.leaks:
        described.rules = _rules_without_leaks(described)
        kept = [*described.rules.used, "row"]
        described.rows = described.rows[[name for name in described.rows if name in kept]]


def _rules_without_leaks(described: Described) -> Schema:
    columns = described.schema["columns"]
    if all(columns[name].get("role") == "ignored" for name in described.rules.features):
        names = ", ".join(f"`{name}`" for name in described.leaks)
        raise Refusal(
            f"every feature looks like a leak of `{described.rules.target}`: {names}; if the value "
            f"of one is known before the target, keep it: KEEP={next(iter(described.leaks))}"
        )
    return _checked(described.schema)
