"""Parameters of a new table's data: split, number of rows, features, and the gate on the data."""

import math
from collections.abc import Collection

import pandas as pd

from pipeline.adopt.decisions import ABSENT
from pipeline.adopt.proposal import Proposal, Subset, with_slack
from pipeline.core import params
from pipeline.data import split
from pipeline.data.schema import Schema
from pipeline.gates import drift, leaks
from recipe import features as recipe_features

TEST_SHARE = 0.2
MAX_PSI = {"number": 0.15, "category": 0.5, "text": 0.5}  # the usual limits of check_data
MAX_MISSING_GAP = 0.2


def split_of(rows: pd.DataFrame, rules: Schema) -> split.Split:
    """Return how typed `rows` are split: by time where they have one, by group, else at random."""
    if times := rules.with_role("time"):
        first = rows[times[0]].quantile(1 - TEST_SHARE, interpolation="nearest").normalize()
        if first <= rows[times[0]].min():
            first = rows[times[0]].max().normalize()
        return split.Split(by="time", test_from=first.date(), test_share=TEST_SHARE)
    by = "group" if rules.with_role("group") else "random"
    return split.Split(by=by, test_share=TEST_SHARE)


def put_split(plan: Proposal, how: split.Split, bad: float) -> None:
    """Propose the split, and a limit on rows that break the schema; `bad` is their share now."""
    plan.put("ingest.split.by", how.by)
    first = how.test_from.isoformat() if how.by == "time" else ABSENT
    plan.put("ingest.split.test_from", first,
             "by time: the first day of the test set; DVC needs it in quotes")  # fmt: skip
    plan.put("ingest.split.test_share", how.test_share)
    most = max(0.01, math.ceil(bad * 1500) / 1000)
    why = "share of rows that may break schema.yaml; the stage stops at more of them"
    plan.put("ingest.max_bad_rows", most, f"{why} ({bad:.1%} do now)" if bad else why)


def put_most_rows(plan: Proposal, width: int, kept: int, settings: split.Params) -> None:
    """Propose to draw fewer rows of a large table where their features would not fit into memory.

    `width` is the number of features, `kept` that of the rows that have a target.
    """
    cells = params.load("featurize", recipe_features.Params).max_cells
    most = int(cells / width / (1 - TEST_SHARE))
    if min(kept, settings.max_rows) > most:
        most = int(float(f"{0.95 * most:.2g}"))
        plan.put("ingest.max_rows", most)
        plan.warnings.append(
            f"{kept:,} rows of {width:,} features do not fit into memory: {most:,} rows are drawn "
            "at random (ingest.max_rows); every row is checked"
        )
    elif kept > settings.max_rows:
        plan.warnings.append(
            f"{settings.max_rows:,} of {kept:,} rows are drawn at random to train and to test on "
            "(ingest.max_rows); every row is checked"
        )


def features(train: pd.DataFrame, rules: Schema) -> recipe_features.Params:
    """Return how features are made of the training set: the fewer rows, the fewer rare levels."""
    least = max(2, min(20, round(len(train) * 0.01)))
    frequent = 3 if len(train) >= 1000 else 2
    words = [leaks.frequent_words(train[name], frequent) for name in rules.features_of("text")]
    size = min([64, *(max(1, count // 8) for count in words)])
    texts = {"dimensions": size, "min_rows": frequent, "max_words": 20000}
    now = params.load("featurize", recipe_features.Params)
    changed = {"categories": {"min_rows": least}, "texts": texts}
    return recipe_features.Params.model_validate({**now.model_dump(), **changed})


def put_features(plan: Proposal, settings: recipe_features.Params) -> None:
    """Propose how features are made."""
    plan.put("featurize.categories.min_rows", settings.categories.min_rows)
    plan.put("featurize.texts.dimensions", settings.texts.dimensions)
    plan.put("featurize.texts.min_rows", settings.texts.min_rows)


def put_data_gate(
    plan: Proposal, train: Subset, test: Subset, rules: Schema, strong: Collection[str]
) -> None:
    """Propose the limits of `check_data`: the usual ones, or wider where the table needs it.

    `strong` are the columns that predict the target well and are kept.
    """
    constant = train.features.columns[(train.features.nunique() == 1).to_numpy()]
    plan.put("check_data.constant", sorted(constant))
    plan.put("check_data.strong", sorted(strong))
    _put_drift(plan, train.rows, test.rows, rules)
    names = [*rules.features, rules.target]
    test_hashes, train_hashes = (
        pd.util.hash_pandas_object(part.rows[names], index=False) for part in (test, train)
    )
    shared = float(test_hashes.isin(train_hashes).mean())
    plan.put("check_data.max_shared_rows", min(1.0, max(0.05, with_slack(shared))))
    if shared > 0.05:
        plan.questions.append(
            f"{shared:.0%} of the rows of the test set equal a row of the training set: are they "
            "copies? Drop them, or name what they have in common by GROUP="
        )
    _put_texts(plan, (train, test), rules)


def _put_drift(plan: Proposal, train: pd.DataFrame, test: pd.DataFrame, rules: Schema) -> None:
    """Propose how far the test set may differ from the training set; ask about large differences.

    `train` and `test` are typed rows.
    """
    limits, gap = dict(MAX_PSI), MAX_MISSING_GAP
    for name in rules.features:
        kind = rules.columns[name].type
        compared = drift.compare(train[name], test[name], kind)
        chance = drift.psi_by_chance(train[name], test[name], kind)
        if compared["psi"] > limits[kind] and compared["psi"] > chance:
            limits[kind] = with_slack(compared["psi"])
            plan.questions.append(
                f"`{name}` differs between the training set and the test set "
                f"(PSI {compared['psi']:.2f}): what happened there? check_data.max_psi allows it"
            )
        change = abs(compared["missing_live"] - compared["missing_train"])
        if change > gap:
            gap = min(1.0, with_slack(change))
            plan.questions.append(
                f"`{name}` is missing in {change:.0%} more or fewer of the rows of the test set: "
                "why? check_data.max_missing_gap allows it"
            )
    plan.put("check_data.max_psi", limits)
    plan.put("check_data.max_missing_gap", gap)


def _put_texts(plan: Proposal, parts: tuple[Subset, Subset], rules: Schema) -> None:
    """Propose how many texts may have no feature: none of their words is known."""
    silent = 0.0
    for name in rules.features_of("text"):
        for part in parts:
            present = (part.rows[name].map(leaks.words).str.len() > 0).to_numpy()
            columns = [one for one in part.features.columns if one.startswith(f"{name}[")]
            zero = (part.features[columns].abs().sum(axis=1) < 1e-9).to_numpy()
            silent = max(silent, float((zero & present).sum() / max(1, present.sum())))
    plan.put("check_data.max_silent_texts", min(1.0, max(0.05, with_slack(silent))))
    plan.put("check_data.min_neighbour_gain", 2 if silent < 0.2 else 1)
