"""Cross-validation of two estimators on a new table, and what chance may change of its metrics.

Thresholds are proposed from it: what was reached on rows that the model had not seen, less the
sampling error of a test set of that size.
"""

import itertools
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

from pipeline.data.schema import Schema
from pipeline.evaluation import bootstrap
from pipeline.evaluation.baseline import baseline_scores
from pipeline.evaluation.bootstrap import Part
from pipeline.evaluation.sample import Sample
from pipeline.model import featurizer as featurizers
from pipeline.model import training
from recipe import estimators
from recipe import features as recipe_features
from recipe import metrics as metric

FOLDS = 5
MOST_ROWS = 20_000  # rows of the training set that are used
DRAWS = 400  # test sets drawn from the scored rows, to see what chance changes
PARTS = 80  # test sets whose intervals are computed too
RESAMPLES = 200  # for each of those intervals
PART_ROWS = 5000  # rows of such a test set, at most
# A limit lies beyond the worst of them by this share of their distance: one odd row moves an
# interval far.
BEYOND = 1.0
LINEAR_SPARE = 0.01  # a model that is not linear must be better by more than this
CHOSEN_BY = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "r2"}
CANDIDATES = {
    "classes": (
        ("sklearn.linear_model.LogisticRegression", {"C": 1.0, "max_iter": 2000}),
        ("sklearn.ensemble.HistGradientBoostingClassifier", {"max_iter": 100}),
    ),
    "number": (
        ("sklearn.linear_model.Ridge", {"alpha": 1.0}),
        ("sklearn.ensemble.HistGradientBoostingRegressor", {"max_iter": 100}),
    ),
}


@dataclass(frozen=True)
class Trial:
    """The better of two candidates, and its scores of rows that it had not seen.

    reached: metric of each candidate, by its name. sample, baseline: the truth with the scores of
    the better candidate, and of the baseline. rows: the typed rows, in the same order.
    """

    estimator: str
    arguments: dict
    reached: dict[str, float]
    sample: Sample
    baseline: Sample
    rows: pd.DataFrame

    @property
    def settings(self) -> estimators.Params:
        """The better candidate, as section `train` of params.yaml has it."""
        return estimators.Params(estimator=self.estimator, arguments=self.arguments, seed=1)

    def with_threshold(self, threshold: float | None) -> "Trial":
        """Return the trial with another decision threshold."""
        sample, baseline = (
            replace(scores, threshold=threshold) for scores in (self.sample, self.baseline)
        )
        return replace(self, sample=sample, baseline=baseline)


def run(rows: pd.DataFrame, rules: Schema, settings: recipe_features.Params, split: str) -> Trial:
    """Return the trial of `rows`, the typed training set, with folds cut as `split` cuts it."""
    rows = some(rows, rules, split)
    kind = "number" if rules.task == "regression" else "classes"
    candidates = [
        estimators.Params(estimator=name, arguments=arguments, seed=1)
        for name, arguments in CANDIDATES[kind]
    ]
    scores, scored = _cross_validated(rows, rules, settings, split, candidates)
    truth, threshold = rules.truth(rows[rules.target]), 0.5 if rules.task == "binary" else None
    known = baseline_scores(rows[rules.target], int(scored.sum()), rules)
    baseline = Sample(rules.task, rules.labels, truth[scored], known, threshold)
    samples = {name: replace(baseline, scores=of[scored]) for name, of in scores.items()}
    reached = {name: value_of(sample, CHOSEN_BY[rules.task]) for name, sample in samples.items()}
    best = _choice(reached)
    arguments = next(one.arguments for one in candidates if one.estimator == best)
    return Trial(best, dict(arguments), reached, samples[best], baseline, rows[scored])


def _cross_validated(
    rows: pd.DataFrame,
    rules: Schema,
    settings: recipe_features.Params,
    split: str,
    candidates: list[estimators.Params],
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return each candidate's scores of rows that it had not seen, and which rows were scored."""
    several = rules.task == "multiclass"
    shape = (len(rows), len(rules.labels)) if several else (len(rows),)
    scores = {one.estimator: np.zeros(shape) for one in candidates}
    scored = np.zeros(len(rows), bool)
    for train, test in folds(rows, rules, split):
        fitted = featurizers.fit(rows.iloc[train], rules, settings)
        seen, unseen = (
            featurizers.transform(fitted, rows.iloc[places], rules) for places in (train, test)
        )
        target = rows[rules.target].iloc[train]
        for one in candidates:
            scores[one.estimator][test] = scores_of(seen, target, unseen, one, rules)
        scored[test] = True
    return scores, scored


def some(rows: pd.DataFrame, rules: Schema, split: str) -> pd.DataFrame:
    """Return at most MOST_ROWS of the rows: the latest by time, else a seeded random sample."""
    if split == "time":
        rows = rows.sort_values(rules.with_role("time")[0], kind="stable")
        return rows.tail(MOST_ROWS).reset_index(drop=True)
    if len(rows) <= MOST_ROWS:
        return rows.reset_index(drop=True)
    return rows.sample(MOST_ROWS, random_state=0).sort_index().reset_index(drop=True)


def folds(rows: pd.DataFrame, rules: Schema, split: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the places of the rows to train and to test on.

    By time, the folds are blocks of the later half, each tested after training on the rows before
    it; by group, whole groups; else rows with the same share of each class.
    """
    if split == "time":
        edges = np.linspace(len(rows) // 2, len(rows), FOLDS + 1).astype(int)
        for begin, end in itertools.pairwise(edges):
            if _learnable(rows[rules.target].iloc[:begin], rules) and end > begin:
                yield np.arange(begin), np.arange(begin, end)
        return
    target = rows[rules.target]
    if split == "group":
        groups = rows[rules.with_role("group")[0]]
        cut = GroupKFold(min(FOLDS, groups.nunique())).split(rows, groups=groups)
    elif rules.task == "regression":
        cut = KFold(FOLDS, shuffle=True, random_state=0).split(rows)
    else:
        least = int(target.value_counts().min())
        how = StratifiedKFold(max(2, min(FOLDS, least)), shuffle=True, random_state=0)
        cut = how.split(rows, target)
    for train, test in cut:
        if _learnable(target.iloc[train], rules):
            yield train, test


def _learnable(target: pd.Series, rules: Schema) -> bool:
    """Whether the target has rows of every class, or more than one number."""
    least = len(rules.labels) or 2
    return target.nunique() >= least


def scores_of(
    seen: pd.DataFrame,
    target: pd.Series,
    unseen: pd.DataFrame,
    settings: estimators.Params,
    rules: Schema,
) -> np.ndarray:
    """Return the scores (see `Scorer.scores`) of the features `unseen`.

    The estimator is trained on the features `seen` and their `target`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator, _ = training.train(seen, target, settings)
    if rules.task == "regression":
        return np.asarray(estimator.predict(unseen.to_numpy()), dtype="float64")
    by_class = pd.DataFrame(estimator.predict_proba(unseen.to_numpy()), columns=estimator.classes_)
    scores = by_class.reindex(columns=rules.labels, fill_value=0.0).to_numpy()
    return scores[:, 1] if rules.task == "binary" else scores


def _choice(reached: dict[str, float]) -> str:
    """Return the best estimator: the linear one, which is first, unless another is better by more
    than LINEAR_SPARE.
    """
    linear, *_ = reached
    best = max(reached, key=reached.get)
    return best if reached[best] > reached[linear] + LINEAR_SPARE else linear


def value_of(sample: Sample, name: str) -> float:
    """Return a metric of a sample; minus infinity where it is undefined."""
    kind = metric.metrics_of(sample.task, sample.labels)[name]
    value = kind.value(sample.truth, sample.scores, sample.threshold)
    return -np.inf if value is None else value


def by_chance(sample: Sample, name: str, rows: int, member: np.ndarray | None = None) -> np.ndarray:
    """Return the metric `name` of DRAWS test sets of `rows` rows, drawn from the sample.

    `member` (n,), a mask, are the rows to draw from. Draws whose metric is undefined are left out.
    """
    places = np.arange(len(sample.truth)) if member is None else np.flatnonzero(member)
    generator = np.random.default_rng(0)
    values = []
    for _ in range(DRAWS):
        drawn = generator.choice(places, min(rows, PART_ROWS))
        part = replace(sample, truth=sample.truth[drawn], scores=sample.scores[drawn])
        values.append(value_of(part, name))
    values = np.array(values)
    return values[np.isfinite(values)]


def ends_by_chance(sample: Sample, names: Sequence[str], rows: int) -> dict[str, np.ndarray]:
    """Return, by metric, the unfavourable end of the 95 % interval of PARTS test sets.

    Each has `rows` rows, drawn from the sample, and its interval is that of `evaluate`. Test sets
    without an interval are left out.
    """
    known = metric.metrics_of(sample.task, sample.labels)
    generator = np.random.default_rng(0)
    ends: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(PARTS):
        drawn = generator.choice(len(sample.truth), min(rows, PART_ROWS))
        part = replace(sample, truth=sample.truth[drawn], scores=sample.scores[drawn])
        every = [Part(np.arange(len(drawn)), {name: known[name] for name in names})]
        ((resampled,),) = bootstrap.resample([part], every, RESAMPLES, seed=1)
        for name in names:
            if interval := bootstrap.interval(resampled[name], 0.95):
                ends[name].append(interval[0 if known[name].higher_is_better else 1])
    return {name: np.array(values) for name, values in ends.items()}


def least_expected(value: float, ends: np.ndarray, higher: bool) -> float | None:
    """Return what a test set reaches unless it is very unlucky; None where most have no end.

    It lies beyond the worst of `ends`, by BEYOND times the distance of that from the `value`
    of the whole sample. `higher`: whether higher is better.
    """
    if len(ends) < PARTS // 2:
        return None
    worst = ends.min() if higher else ends.max()
    return float(worst + BEYOND * (worst - value))
