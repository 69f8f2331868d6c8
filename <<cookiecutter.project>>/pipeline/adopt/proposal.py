"""Parameters for a table that nobody has looked at yet: each a number, and why it is that one.

Split, features, gates and thresholds are taken from the rows themselves, and from a quick trial
(see `trial`), with a margin for what chance does in a test part of few rows.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

from pipeline.adopt import cross_validation as trial
from pipeline.adopt.decisions import ABSENT
from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.data.schema import Schema
from pipeline.data.split import Split
from pipeline.evaluation import bootstrap
from pipeline.evaluation.bootstrap import Part
from pipeline.gates import drift, leaks
from pipeline.model.scorer import Scorer
from recipe import features as recipe_features
from recipe import metrics as metric

TEST_SHARE = 0.2
SLICED = 3  # columns that are cut by value, at most
SLICE_LEVELS = (2, 12)
OVERFIT = (50, 100, 200, 20, 10)  # rows that a model is to learn by heart: the first that it can
JUDGED = {  # metrics with a threshold, of the whole
    "binary": ("roc_auc", "average_precision", "log_loss", "error_rate"),
    "multiclass": ("accuracy", "log_loss"),
    "regression": ("r2", "mae"),
}
SLICE_METRIC = {"binary": "error_rate", "multiclass": "error_rate", "regression": "mae"}


@dataclass
class Proposal:
    """Values by their key in params.yaml, each with why; and what is to be asked or said."""

    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    mocks: pd.DataFrame | None = None
    questions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def put(self, key: str, value: Any, why: str | dict[str, str] = "") -> None:
        """Propose `value` for the key, whose comment says `why`; "" keeps the comment there is.

        Of a mapping, `why` may hold a comment for each of its keys.
        """
        self.values[key] = (value, why)


def split(rows: pd.DataFrame, rules: Schema) -> Split:
    """Return how typed `rows` are split: by time where there is one, by group, else at random."""
    if times := rules.with_role("time"):
        first = rows[times[0]].quantile(1 - TEST_SHARE, interpolation="nearest").normalize()
        if first <= rows[times[0]].min():
            first = rows[times[0]].max().normalize()
        return Split(by="time", test_from=first.date(), test_share=TEST_SHARE)
    by = "group" if rules.with_role("group") else "random"
    return Split(by=by, test_share=TEST_SHARE)


def put_split(plan: Proposal, how: Split, bad: float) -> None:
    plan.put("ingest.split.by", how.by)
    first = how.test_from.isoformat() if how.by == "time" else ABSENT
    plan.put("ingest.split.test_from", first,
             "by time: the first day of the test part; DVC wants it in quotes")  # fmt: skip
    plan.put("ingest.split.test_share", how.test_share)
    most = max(0.01, math.ceil(bad * 1500) / 1000)
    why = "share of rows that may break schema.yaml; more of them stop the stage"
    plan.put("ingest.max_bad_rows", most, f"{why} ({bad:.1%} do now)" if bad else why)


def features(train: pd.DataFrame, rules: Schema) -> recipe_features.Params:
    """Return how the features of the train part are made: few rows allow few rare levels."""
    least = max(2, min(20, round(len(train) * 0.01)))
    frequent = 3 if len(train) >= 1000 else 2
    words = [leaks.frequent_words(train[name], frequent) for name in rules.features_of("text")]
    size = min([64, *(max(1, count // 8) for count in words)])
    texts = {"dimensions": size, "min_rows": frequent, "max_words": 20000}
    now = params.load("featurize", recipe_features.Params)
    how = {"categories": {"min_rows": least}, "texts": texts}
    return recipe_features.Params.model_validate({**now.model_dump(), **how})


def put_features(plan: Proposal, how: recipe_features.Params) -> None:
    plan.put("featurize.categories.min_rows", how.categories.min_rows)
    plan.put("featurize.texts.dimensions", how.texts.dimensions)
    plan.put("featurize.texts.min_rows", how.texts.min_rows)


def put_data_gates(plan, parts, made, rules: Schema, strong: dict) -> None:
    """Propose the limits of `check_data`: the usual ones, or wider where the table asks for it.

    `parts` and `made` hold the typed rows and the features of both parts, `strong` the columns that
    predict the target well and are kept.
    """
    train, test = parts["train"], parts["test"]
    constant = made["train"].columns[(made["train"].nunique() == 1).to_numpy()]
    plan.put("check_data.constant", sorted(constant))
    plan.put("check_data.strong", sorted(strong))
    limits, gap = {"number": 0.15, "category": 0.5, "text": 0.5}, 0.2
    for name in rules.features:
        kind = rules.columns[name].type
        found = drift.compare(train[name], test[name], kind)
        chance = drift.psi_by_chance(train[name], test[name], kind)
        if found["psi"] > limits[kind] and found["psi"] > chance:
            limits[kind] = math.ceil(found["psi"] * 125) / 100
            plan.questions.append(
                f"`{name}` differs between the train and the test part (PSI {found['psi']:.2f}); "
                f"check_data.max_psi lets that pass. What happened there?"
            )
        moved = abs(found["missing_live"] - found["missing_train"])
        if moved > gap:
            gap = min(1.0, math.ceil(moved * 125) / 100)
            plan.questions.append(
                f"`{name}` is missing {moved:.0%} more or less often in the test part; "
                "check_data.max_missing_gap lets that pass. Why?"
            )
    plan.put("check_data.max_psi", limits)
    plan.put("check_data.max_missing_gap", gap)
    names = [*rules.features, rules.target]
    hashes = [pd.util.hash_pandas_object(part[names], index=False) for part in (test, train)]
    shared = float(hashes[0].isin(hashes[1]).mean())
    plan.put("check_data.max_shared_rows", min(1.0, max(0.05, math.ceil(shared * 125) / 100)))
    if shared > 0.05:
        plan.questions.append(
            f"{shared:.0%} of the test part's rows equal a row of the train part: are they copies? "
            "Drop them, or name by GROUP= what they have in common"
        )
    _put_text_gates(plan, parts, made, rules)


def _put_text_gates(plan: Proposal, parts, made, rules: Schema) -> None:
    silent = 0.0
    for name in rules.features_of("text"):
        for part, rows in parts.items():
            there = (rows[name].map(leaks.words).str.len() > 0).to_numpy()
            columns = [one for one in made[part].columns if one.startswith(f"{name}[")]
            dumb = (made[part][columns].abs().sum(axis=1) < 1e-9).to_numpy()
            silent = max(silent, float((dumb & there).sum() / max(1, there.sum())))
    plan.put("check_data.max_silent_texts", min(1.0, max(0.05, math.ceil(silent * 125) / 100)))
    plan.put("check_data.min_neighbour_gain", 2 if silent < 0.2 else 1)


def put_model_gates(plan: Proposal, parts, made, tried, model, rules: Schema) -> None:
    """Propose the limits of `check_model`, and what the `model` (featurizer, estimator) leaves."""
    plan.put("train.estimator", tried.estimator,
             "recipe/estimators.py lists the trusted ones; tried: "
             + ", ".join(f"{name.rsplit('.', 1)[-1]} {value:.3f}"
                         for name, value in tried.reached.items()))  # fmt: skip
    plan.put("train.arguments", dict(tried.arguments))
    rows, learned = _overfit(parts["train"], made["train"], tried.how, rules)
    plan.put("check_model.overfit_rows", rows)
    plan.put("check_model.min_overfit", min(0.95, math.floor(learned * 20 - 0.5) / 20))
    few = len(parts["test"])
    plan.put("check_model.max_shuffled_skill", 0.05 if few >= 500 else 0.1 if few >= 100 else 0.2)
    gained = min(gain(tried.sample), _skill(tried))
    plan.put("check_model.min_gain", max(0.0, min(0.1, math.floor(gained * 400) / 1000)))
    plan.put("check_model.unused", _idle(model, parts["test"], rules))
    asked = [{"name": "the row's name means nothing", "set": {rules.id: "0"}, "expect": "same"}]
    for name in rules.with_role("time"):
        last = f"{parts['test'][name].max():%Y-%m-%d}"
        asked.append({"name": "the time means nothing", "set": {name: last}, "expect": "same"})
    plan.put("check_model.expectations", asked)


def warn_of_test(plan: Proposal, model, test: pd.DataFrame, tried: trial.Trial, rules) -> None:
    """Say that the model fails on the test part, where it does; no threshold is taken from that."""
    scores, truth = Scorer(model, rules).scores(test), rules.truth(test[rules.target])
    found = gain(replace(tried.sample, truth=truth, scores=scores))
    if found >= plan.values["check_model.min_gain"][0]:
        return
    what = "R²" if rules.task == "regression" else "ROC AUC above 0.5"
    plan.questions.insert(
        0,
        f"`make validate` will stop: on the test part the model reaches {found:.2f} ({what}), and "
        f"{gain(tried.sample):.2f} in cross-validation: what it learns does not hold there. Are "
        "the latest rows another world (then only newer rows help), or is the split a wrong one?",
    )


def _overfit(rows: pd.DataFrame, made: pd.DataFrame, how, rules: Schema) -> tuple[int, float]:
    """Return the first of OVERFIT rows that the estimator can learn by heart, and how well."""
    reached = {}
    for count in OVERFIT:
        places = _some(rows, count, rules)
        target = rows[rules.target].iloc[places]
        if count > len(rows) or target.nunique() < max(2, len(rules.labels)):
            continue
        scores = trial.estimated(made.iloc[places], target, made.iloc[places], how, rules)
        truth = rules.truth(target)
        kind = metric.metrics_of(rules.task, rules.labels)
        name = "r2" if rules.task == "regression" else "accuracy"
        reached[count] = kind[name].value(truth, scores, 0.5)
        if reached[count] >= 0.96:
            return count, reached[count]
    if not reached:
        return OVERFIT[-1], 0.1
    best = max(reached, key=reached.get)
    return best, max(0.1, reached[best])


def _some(rows: pd.DataFrame, count: int, rules: Schema) -> np.ndarray:
    """Return places of about `count` rows, of each class as many."""
    if rules.task == "regression":
        return np.random.default_rng(0).permutation(len(rows))[:count]
    labels, each = rows[rules.target].to_numpy(), count // len(rules.labels)
    return np.concatenate([np.flatnonzero(labels == label)[:each] for label in rules.labels])


def gain(sample) -> float:
    """Return how far the sample's ROC AUC is above chance, or its R²."""
    if sample.task == "regression":
        return trial.value_of(sample, "r2")
    return trial.value_of(sample, "roc_auc") - 0.5


def gain_by_chance(sample) -> float:
    """Return the deviation of `gain` that chance makes in as many rows."""
    name = "r2" if sample.task == "regression" else "roc_auc"
    metrics = {name: metric.metrics_of(sample.task, sample.labels)[name]}
    part = [Part(np.arange(len(sample.truth)), metrics)]
    ((resampled,),) = bootstrap.resample([sample], part, trial.RESAMPLES, seed=1)
    return float(np.nanstd(resampled[name]))


def _skill(tried: trial.Trial) -> float:
    """Return the share of a trivial model's squared error that the tried one does away with."""
    truth, scores, known = tried.sample.truth, tried.sample.scores, tried.baseline.scores
    if tried.sample.task == "multiclass":
        truth = truth[:, None] == np.arange(scores.shape[1])
    return float(1 - ((truth - scores) ** 2).sum() / ((truth - known) ** 2).sum())


def _idle(model, test: pd.DataFrame, rules: Schema) -> list[str]:
    """Return the features' columns that move no score, whatever stands in them."""
    scorer, idle = Scorer(model, rules), []
    rows = test.head(2000)
    before = scorer.scores(rows)
    for name in rules.features:
        values = rows[name].to_numpy(dtype=object)
        others = (rules.columns[name].kind.missing, np.roll(values, 1), values[::-1])
        moved = (np.abs(scorer.scores(rows.assign(**{name: other})) - before) for other in others)
        if not any(change.max() > 1e-9 for change in moved):
            idle.append(name)
    return idle


def put_mock_gate(plan: Proposal, model, parts, typical: pd.DataFrame, rules: Schema) -> None:
    """Propose how far the scores of typical mocks may be beyond those of real rows."""
    scorer = Scorer(model, rules)
    real, made = (
        scores.reshape(len(scores), -1)
        for scores in (
            scorer.scores(pd.concat([parts["train"], parts["test"]])),
            scorer.scores(typical),
        )
    )
    low, high = real.min(axis=0), real.max(axis=0)
    beyond = np.maximum(low - made.min(axis=0), made.max(axis=0) - high)
    most = float((beyond / np.maximum(high - low, 1e-12)).max(initial=0))
    plan.put("check_model.max_mock_beyond", max(0.1, math.ceil(most * 125) / 100))


def put_thresholds(plan: Proposal, tried: trial.Trial, rows: int, rules: Schema) -> None:
    """Propose what a model must reach on a test part of `rows`; questions where it says little."""
    sample, thresholds, watched, comments = tried.sample, {}, {}, {}
    known_threshold = ABSENT if sample.threshold is None else sample.threshold
    plan.put("evaluate.decision_threshold", known_threshold)
    every = trial.ends_by_chance(sample, JUDGED[rules.task], rows)
    for name, ends in every.items():
        kind = metric.metrics_of(rules.task, rules.labels)[name]
        found = trial.value_of(sample, name)
        limit = trial.least_expected(found, ends, kind.higher_is_better)
        if limit is None:
            continue
        side, to = ("min", math.floor) if kind.higher_is_better else ("max", math.ceil)
        limit, known = rounded(limit, to), trial.value_of(tried.baseline, name)
        thresholds[name] = {side: limit}
        ahead = kind.gain(limit, known)
        if ahead > 0 and np.isfinite(known):
            thresholds[name]["gain"] = rounded(ahead / 2, math.floor)
        comments[name] = f"{found:.4g} in cross-validation, {known:.4g} by a trivial model"
        spare = 0.1 * abs(limit)
        watched[name] = {side: rounded(limit - spare if side == "min" else limit + spare, to)}
    plan.put("evaluate.thresholds", thresholds, comments)
    plan.put("monitor.thresholds", watched, {})
    first = trial.CHOSEN_BY[rules.task]
    if "gain" not in thresholds.get(first, {}):
        plan.questions.append(
            f"{rows} rows to test on are so few that a good {first} cannot be told from a trivial "
            "model's: the thresholds stop little. Can you get more rows?"
        )


def rounded(value: float, to) -> float:
    """Return three digits of a threshold, rounded by `to`, floor or ceil, so that it is looser.

    >>> rounded(0.87654, math.floor), rounded(1234.5, math.ceil)
    (0.876, 1240.0)
    """
    if value == 0 or not math.isfinite(value):
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    return float(f"{to(value / step) * step:.6g}")


def decision_threshold(tried: trial.Trial) -> float | None:
    """Return the probability from which on the label is the positive one; None but for two classes.

    One half; where one class is rare, what gives the best F1 in the trial.
    """
    sample = tried.sample
    if sample.task != "binary":
        return None
    if 0.2 <= sample.truth.mean() <= 0.8:
        return 0.5
    levels = np.arange(0.02, 0.99, 0.02)
    found = [f1_score(sample.truth, sample.scores >= level) for level in levels]
    return round(float(levels[int(np.argmax(found))]), 2)


def slices(train: pd.DataFrame, test: pd.DataFrame, rules: Schema, asked: list[str]) -> dict:
    """Return how rows are cut: by the columns `asked` for, else by those of few, large levels."""
    least = min_rows(len(test))
    values, bins = [], {}
    for name in asked or _sliceable(train, test, rules, least):
        if name not in train:
            raise Refusal(f"SLICES: `{name}` is left out of the data set; it can cut no rows")
        if train[name].dtype.kind == "f":
            edges = _edges(train[name], test[name])
            if not edges:
                raise Refusal(f"SLICES: the numbers of `{name}` are too much alike to be cut")
            bins[name] = [int(edge) if edge.is_integer() else edge for edge in edges]
        else:
            values.append(name)
    return {"values": values, "bins": bins}


def _sliceable(train, test, rules: Schema, least: int) -> list[str]:
    """Return up to SLICED columns to cut by; a number where there is no category."""
    found = {}
    for name in rules.features_of("category"):
        counts = test[name].value_counts()
        if (
            SLICE_LEVELS[0] <= train[name].nunique() <= SLICE_LEVELS[1]
            and name not in rules.private
        ):
            found[name] = (counts[counts >= least].sum() / len(test), (counts >= least).sum())
    chosen = [name for name, (share, number) in found.items() if number >= 2 and share > 0.5]
    chosen = sorted(chosen, key=lambda name: -found[name][0])[:SLICED]
    if chosen:
        return chosen
    numbers = rules.features_of("number")
    return [name for name in numbers if len(_edges(train[name], test[name])) == 2][:1]


def _edges(train: pd.Series, test: pd.Series) -> list[float]:
    """Return up to two numbers that cut both parts' rows into thirds, each with rows in it."""
    inner = train.dropna().quantile([1 / 3, 2 / 3]).round(6)
    low, high = max(train.min(), test.min()), test.max()
    return sorted({float(edge) for edge in inner if low < edge <= high})


def min_rows(test: int) -> int:
    """Return how many rows a slice needs to be judged, in a test part of so many."""
    return 100 if test >= 2000 else max(10, test // 10)


def put_slices(plan: Proposal, how: dict, pieces: list, tried: trial.Trial, test: int) -> None:
    """Propose slices, and what is asked of the worst; `pieces` are the trial's rows, cut so."""
    name = SLICE_METRIC[tried.sample.task]
    value, worst = trial.value_of(tried.sample, name), 0.0
    for piece in pieces:
        rows = max(min_rows(test), round(test * piece.member.mean()))
        if piece.member.sum() >= 10:
            drawn = trial.by_chance(tried.sample, name, rows, piece.member)
            worst = max(worst, trial.least_expected(value, drawn, higher=False) or 0.0)
    worst = worst or 2 * value
    limit = rounded(worst * 1.1, math.ceil)
    if name == "error_rate":
        limit = min(1.0, max(limit, 0.05))
    plan.put("evaluate.slices.values", how["values"])
    plan.put("evaluate.slices.crossed", [])
    plan.put("evaluate.slices.bins", how["bins"])
    plan.put("evaluate.slices.queries", {})
    plan.put("evaluate.slices.min_rows", min_rows(test))
    plan.put("evaluate.slices.thresholds", {name: {"max": limit}}, {})
    plan.put("evaluate.slices.disparity", {})
    plan.put("monitor.slices", {"values": how["values"]})
