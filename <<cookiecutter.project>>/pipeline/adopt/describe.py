"""The decisions of `adopt`: what the table's columns are, and how the journey is to treat them."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.adopt import (
    column_types as inference,
)
from pipeline.adopt import (
    cross_validation as trial,
)
from pipeline.adopt import (
    decisions,
    proposal,
    roles,
    survey,
    suspects,
)
from pipeline.adopt.proposal import Proposal
from pipeline.core import params
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.data import schema as schemas
from pipeline.data import split, tables
from pipeline.data.rows import check, learnable
from pipeline.data.schema import Schema
from pipeline.evaluation.slices import Cuts, cut
from pipeline.mocks import likeness as likenesses
from pipeline.mocks import make, mock_rows
from pipeline.mocks.likeness import Likeness, Real
from pipeline.mocks.settings import Params as MockParams
from pipeline.model import featurizer as featurizers
from pipeline.model import training
from recipe import features as recipe_features

LEAST_ROWS = 50  # that something can be learned and tested on
MOST_BAD = 0.5  # of the rows, that may break a rule
MOCK_ROWS = (20, 40, 80, 120)  # mocks of a small table: the first number that stands for its rows
MOCK_SHARE = 0.1  # of a small table's rows, at most
# What the gate on the mocks asks for, where they reach it.
USUAL_OF_MOCKS = {"min_coverage": 0.9, "min_column_coverage": 0.98, "min_in_region": 0.95}
SAMPLED_IN_REGION = 0.85  # of mocks that were made from a sample


@dataclass
class Described:
    """A table and what its columns are.

    `schema` is schema.yaml as it is to be written, `why` a comment for each column; `rows` are the
    typed good rows of the sample, `all` what every row of the table holds, `bad` the share of rows
    that break a rule.
    """

    source: Path
    schema: dict[str, Any]
    why: dict[str, str]
    rules: Schema
    rows: pd.DataFrame
    all: survey.Survey
    strong: dict[str, str] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    bad: float = 0.0
    own: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


def asked(said: dict[str, str], section):
    """Return section `adopt` with what the command line says in it."""
    own = {key: value for key, value in said.items() if value}
    for key in ("slices", "keep"):
        if key in own:
            own[key] = [name.strip() for name in own[key].split(",") if name.strip()]
    if own.get("data") and own["data"] != section.data:
        section = type(section)()  # what was said of another table says nothing of this one
    if "set" in own:
        own["set"] = {**section.set, **_settings(own["set"])}
    found = section.model_copy(update=own)
    if not found.data:
        raise Refusal("say which table to adopt: make adopt DATA=rows.csv TARGET=column")
    return found


def _settings(text: str) -> dict[str, Any]:
    """Return SET: `key=value; key=value`, the values in YAML; keys are of params.yaml, or
    columns.NAME.KEY of schema.yaml.
    """
    found = {}
    for part in filter(None, (one.strip() for one in text.split(";"))):
        key, sign, value = part.partition("=")
        known = key.startswith("columns.") or key.split(".")[0] in params.SECTIONS
        if not sign or not known or "." not in key:
            raise Refusal(
                f"SET: {part!r} is no decision; they look like columns.age.type=category or "
                "evaluate.reads=point, and ; stands between two"
            )
        try:
            found[key.strip()] = YAML(typ="safe", pure=True).load(value)
        except YAMLError:
            raise Refusal(f"SET: {value!r} is no YAML value") from None
    return found


def describe(table: pd.DataFrame, source: Path, asked, schema: Path) -> Described:
    """Return what the columns of `table`, a sample of the table at `source`, are."""
    notes = list(tables.sniff(source).format.notes)
    missing = inference.missing_cells(table)
    if not table.columns.is_unique:
        raise Refusal(f"{source}: two columns have the same name")
    roles.require_columns(table, asked)
    guesses = {
        name: inference.guess(name, table[name], missing)
        for name in table.columns
        if name != asked.target
    }
    guesses[asked.target] = roles.target(table[asked.target], asked, missing)
    guesses = {name: guesses[name] for name in table.columns}
    roles.assign(guesses, table, asked)
    for guess in guesses.values():
        notes += guess.notes
    keys = {name: _in_order(guess.keys) for name, guess in guesses.items()}
    why = {name: guess.why for name, guess in guesses.items()}
    proposed = {"missing": missing, "rows": {"min": 1}, "columns": keys}
    proposed, own = _with_own(proposed, asked, schema)
    rules = _rules(proposed)
    every = survey.of_all(source, rules, table if len(table) < survey.SAMPLE_ROWS else None)
    widened, rules = _widened(proposed, rules, every, own)
    found = Described(source, widened, why, rules, pd.DataFrame(), every, own=own, notes=notes)
    found.questions += [one for guess in guesses.values() for one in guess.questions]
    _require_learnable(found)
    found.rows = good_rows(table, rules)
    _require_good(found, table)
    _set_leaks_aside(found, asked)
    return found


def _in_order(keys: dict[str, Any]) -> dict[str, Any]:
    """Return a column's keys in the order of `Column`'s fields."""
    return {key: keys[key] for key in schemas.Column.model_fields if key in keys}


def _with_own(proposed: dict, asked, schema: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the proposed schema with a person's decisions in it: those in the file, and SET's."""
    recorded = decisions.former().get("schema")
    own = []
    if recorded and decisions.former().get("data") == asked.data:
        now = params.read_yaml(schema)
        merged = decisions.merged(recorded, now, decisions.plain_or_absent(proposed))
        if not isinstance(merged.get("columns"), dict):
            raise Refusal(f"{schema} has no `columns`; `git checkout {schema}` brings them back")
        for name, keys in merged["columns"].items():
            if keys != proposed["columns"].get(name):
                own.append(f"columns.{name}")
        proposed = merged
    for key, value in asked.set.items():
        if not key.startswith("columns."):
            continue
        name, _, last = key.removeprefix("columns.").rpartition(".")
        if name not in proposed["columns"] or last not in schemas.Column.model_fields:
            hint = params.nearest(name, proposed["columns"])
            raise Refusal(f"SET: there is no column {name!r}, or no key {last!r} of one{hint}")
        proposed["columns"][name] = _in_order({**_fitting(proposed["columns"][name], last, value),
                                               last: value})  # fmt: skip
        own.append(f"columns.{name}")
    return proposed, own


def _fitting(keys: dict[str, Any], last: str, value: Any) -> dict[str, Any]:
    """Return a column's keys without those that belong to a type which it no longer has."""
    if last != "type" or value == keys.get("type"):
        return keys
    stays = ("role", "private", "max_missing", "missing")
    kept = {key: keys[key] for key in stays if key in keys}
    if value in ("number", "category", "text") and kept.get("role") in ("ignored", "id", "group"):
        del kept["role"]
    return kept


def _rules(schema: dict[str, Any]) -> Schema:
    """Return the schema, checked; a Refusal says which column cannot be what it is to be."""
    try:
        return schemas.Schema.model_validate(schema)
    except schemas.ValidationError as error:
        raise Refusal("; ".join(params.sentences(error, Path("schema.yaml"), (), Schema))) from None


def _widened(schema, rules: Schema, every: survey.Survey, own: list[str]):
    """Return the schema with ranges, levels and missing shares that all rows fit, and its rules."""
    kept = max(1, every.rows - every.without_target)
    for name, keys in schema["columns"].items():
        column = rules.columns[name]
        if column.role == "ignored" or f"columns.{name}" in own:
            continue
        if column.type == "number" and name in every.low and column.role == "feature":
            keys |= inference.number_range(every.low[name], every.high[name], column.integer)
        if column.levels is not None and column.role == "feature" and name in every.levels:
            keys["levels"] = sorted({*column.levels, *every.levels[name]})
        if column.max_length is not None and name in every.longest:
            keys["max_length"] = max(column.max_length, 2 * every.longest[name])
        share = every.missing.get(name, 0) / max(1, every.rows)
        schema["columns"][name] = _in_order(inference.with_missing_share(keys, share))
        if column.role == "target" and share:
            schema["columns"][name]["max_missing"] = inference.with_missing_share({}, share)[
                "max_missing"
            ]
    schema["rows"] = {"min": max(LEAST_ROWS, kept // 2)}
    return schema, _rules(schema)


def _require_learnable(found: Described) -> None:
    """Refuse a table that nothing can be learned from; say what is left out of it."""
    every, rules = found.all, found.rules
    left = every.rows - every.without_target
    if every.without_target:
        found.notes.append(
            f"{every.without_target:,} of {every.rows:,} rows are left out: their `{rules.target}` "
            "is missing, or of a class with too few rows"
        )
    if left < LEAST_ROWS:
        raise Refusal(
            f"{left} rows with a `{rules.target}` are too few to learn from and to test on; "
            f"{LEAST_ROWS} are the least"
        )
    if rules.id != "row" and every.repeated:
        raise Refusal(
            f"`{rules.id}` cannot name the rows: {every.repeated:,} of its values stand more than "
            "once; name by ID= another column, or by GROUP= what rows have in common"
        )
    if rules.id == rules.target == "row":
        raise Refusal("`row` is what rows without an id are numbered by; rename the target")
    mock_rows.require_free_names(rules)


def _require_good(found: Described, table: pd.DataFrame) -> None:
    """Say how many rows break a rule, and refuse a table of which most do."""
    every, known = found.all, len(learnable(table, found.rules))
    kept = max(1, every.rows - every.without_target)
    found.bad = max(every.bad / kept, 1 - len(found.rows) / max(1, known))
    if found.bad > MOST_BAD:
        _, broken = check(learnable(table, found.rules), found.rules)
        column, rule = broken.value_counts(["column", "rule"]).index[0]
        raise Refusal(
            f"{found.bad:.0%} of the rows break a rule, most often: `{column}` {rule}; name "
            "another column, or mend it by SET"
        )


def good_rows(table: pd.DataFrame, rules: Schema) -> pd.DataFrame:
    """Return the typed rows of `table` that break no rule and can be learned from."""
    typed, found = check(learnable(table, rules), rules)
    return typed[~typed.index.isin(found["row"])].reset_index(drop=True)


def _set_leaks_aside(found: Described, asked) -> None:
    """Give no leak to the model, unless a person keeps it; `strong` are those that are kept."""
    say("adopt: looking for columns that know the target")
    what_of = suspects.leaking(found.rows, found.rules)
    for name, (what, strength, every) in what_of.items():
        told = f"{what} tells `{found.rules.target}`: {strength:.3f}"
        if name in asked.keep or f"columns.{name}" in found.own or not every:
            found.strong[name] = told
            if not every:
                found.questions.append(f"{told} for one class; it is kept. Is it known beforehand?")
            continue
        found.aside[name] = told
    for name in found.aside:
        found.schema["columns"][name] = {"type": found.schema["columns"][name]["type"],
                                         "role": "ignored"}  # fmt: skip
        found.why[name] = f"set aside: {found.aside[name]}"
    if found.aside:
        found.rules = _rules_left(found)
        kept = found.rules.used
        found.rows = found.rows[[name for name in found.rows if name in kept or name == "row"]]


def _rules_left(found: Described) -> Schema:
    if all(found.schema["columns"][name].get("role") == "ignored" for name in found.rules.features):
        names = ", ".join(f"`{name}`" for name in found.aside)
        raise Refusal(
            f"every column left looks like a leak of `{found.rules.target}`: {names}; if one is "
            f"known before the target is, keep it: KEEP={next(iter(found.aside))}"
        )
    return _rules(found.schema)


def propose(found: Described, asked) -> Proposal:
    """Return the parameters for a described table, and its mocks; a Refusal when nothing helps."""
    rules, plan = found.rules, Proposal(questions=found.questions, notes=found.notes)
    how = proposal.split(found.rows, rules)
    settings = params.load("ingest", split.Params).model_copy(update={"split": how})
    train, test = split.training_and_test(found.rows, rules, settings)
    if reasons := split.faults(train, test, rules):
        raise Refusal("; ".join([*reasons, *_advice(rules, test)]))
    parts = {"train": train.reset_index(drop=True), "test": test.reset_index(drop=True)}
    kept = max(1, found.all.rows - found.all.without_target)
    proposal.put_split(plan, how, found.bad)
    made_by = proposal.features(parts["train"], rules)
    proposal.put_features(plan, made_by)
    say("adopt: trying two estimators by cross-validation")
    tried = trial.run(parts["train"], rules, made_by, how.by)
    _require_gain(tried, rules)
    tried = trial.decided(tried, proposal.decision_threshold(tried))
    drawn = min(kept, settings.max_rows)
    tested = max(1, round(len(test) * drawn / max(1, len(found.rows))))
    proposal.put_thresholds(plan, tried, tested, rules)
    cuts = proposal.slices(parts["train"], parts["test"], rules, asked.slices)
    pieces = cut(tried.rows, Cuts(**cuts), "SLICES")
    proposal.put_slices(plan, cuts, pieces, tried, tested)
    fitted = featurizers.fit(parts["train"], rules, made_by)
    made = {part: featurizers.transform(fitted, rows, rules) for part, rows in parts.items()}
    _put_most_rows(plan, made["train"].shape[1], kept, settings)
    proposal.put_data_gates(plan, parts, made, rules, found.strong)
    say("adopt: fitting the model, and what its gates ask of it")
    model = training.whole(fitted, made["train"], parts["train"][rules.target], tried.how)
    proposal.put_model_gates(plan, parts, made, tried, model, rules)
    proposal.warn_of_test(plan, model, parts["test"], tried, rules)
    say("adopt: making mocks")
    rows, likeness = _put_mocks(plan, parts, made, fitted, rules)
    _put_mock_figures(plan, likeness, drawn if drawn > len(found.rows) else None)
    typical = mock_rows.of_kind(rows, "typical")
    proposal.put_mock_gate(plan, model, parts, typical, rules)
    return plan


def _advice(rules: Schema, test: pd.DataFrame) -> list[str]:
    """Return what helps where a class has no row in the test part."""
    lost = [label for label in rules.labels if not (test[rules.target] == label).any()]
    if not lost or len(rules.labels) == 2:
        return []
    left = json.dumps(lost, ensure_ascii=False)
    return [
        f"SET='columns.{rules.target}.left_out={left}' leaves such rows out, or split otherwise"
    ]


def _put_most_rows(plan: Proposal, width: int, kept: int, settings: split.Params) -> None:
    """Propose fewer rows of a large table, where their features would be too many to hold."""
    cells = params.load("featurize", recipe_features.Params).max_cells
    most = int(cells / width / (1 - proposal.TEST_SHARE))
    if min(kept, settings.max_rows) > most:
        most = int(float(f"{0.95 * most:.2g}"))
        plan.put("ingest.max_rows", most)
        plan.notes.append(
            f"{kept:,} rows of {width:,} features would not fit into memory: {most:,} are drawn at "
            "random (ingest.max_rows), and every row is checked"
        )
    elif kept > settings.max_rows:
        plan.notes.append(
            f"of {kept:,} rows {settings.max_rows:,} are drawn at random to learn from and to test "
            "on (ingest.max_rows); every row is checked"
        )


def _require_gain(tried: trial.Trial, rules: Schema) -> None:
    gain, chance = proposal.gain(tried.sample), proposal.gain_by_chance(tried.sample)
    if gain > 2 * chance:
        return
    what = "R²" if rules.task == "regression" else "ROC AUC above 0.5"
    raise Refusal(
        f"the columns tell nothing of `{rules.target}` that a guess does not: in cross-validation "
        f"a model reaches {gain:.3f} ({what}), and chance alone {chance:.3f}; other columns, or "
        "more rows, are needed"
    )


def _put_mocks(plan: Proposal, parts, made, fitted, rules: Schema) -> tuple[pd.DataFrame, Likeness]:
    """Make the mocks, as few as stand for the rows.

    Returns them typed, with their (kind) and (why), and their figures.
    """
    real = Real(
        rows=parts["train"],
        others=parts["test"],
        features=made["train"].to_numpy(),
        manifest=featurizers.manifest(fitted, rules),
    )
    for count in MOCK_ROWS:
        section = {**params.section("mocks"), **USUAL_OF_MOCKS, "small_table_rows": count}
        settings = MockParams.model_validate(section)
        table, _ = make.make(real, fitted, rules, settings)
        rows = mock_rows.typed(table, rules)
        mocks = likenesses.featurized(rows, fitted, rules)
        likeness = likenesses.measure(real, mocks, rules, settings)
        small = likeness.most_rows == count  # a large table has as many, whatever `count` is
        more = small and count * 2 <= MOCK_SHARE * len(parts["train"])
        if not likenesses.judge(likeness, settings) or not more:
            break
    plan.mocks = table
    plan.put("mocks.small_table_rows", count)
    return rows, likeness


def _put_mock_figures(plan: Proposal, likeness: Likeness, wider: int | None) -> None:
    """Propose what the gate on the mocks asks for: the usual, or what they reach.

    `wider`: of so many rows, when they were made from a sample.
    """
    reached = {"min_coverage": likeness.coverage, "min_in_region": likeness.in_region,
               "min_column_coverage": min(likeness.columns.values(), default=0)}  # fmt: skip
    for key, usual in USUAL_OF_MOCKS.items():
        least, why = usual, ""
        if reached[key] < usual:
            least = max(0.01, int(reached[key] * 95) / 100)
            why = f"{likeness.rows} mocks reach {reached[key]:.2f}"
        if wider and key == "min_in_region" and least > SAMPLED_IN_REGION:
            least = SAMPLED_IN_REGION
            why = (
                f"the mocks are made from a sample, and of {wider:,} rows each has nearer "
                "neighbours; `make mocks` makes them from all"
            )
        plan.put(f"mocks.{key}", least)
        if why:
            plan.notes.append(f"mocks.{key} is {least:g}: {why}")
