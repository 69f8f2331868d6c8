"""A quick trial of a new table: what estimators reach in cross-validation, and what chance may do.

Thresholds for a table that nobody has looked at yet are proposed from it: what was reached on rows
that the model had not seen, less what a test part of few rows may fall short of that by chance.
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
MOST_ROWS = 20_000  # of the train part that are tried
DRAWS = 400  # test parts drawn from what was scored, to see what chance does
PARTS = 80  # of these, parts whose intervals are made too, of
RESAMPLES = 200
PART_ROWS = 5000  # of them, at most
# How much farther than the worst of them a limit is: one odd row moves an interval far.
BEYOND = 1.0
LINEAR_SPARE = 0.01  # how much better than a linear model another one must be
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
    """What was tried: the better candidate, its scores of rows it had not seen, a trivial model's.

    `reached` holds the judged metric of each candidate by name, `sample` and `baseline` the truth
    and the scores, `rows` the typed rows in the same order.
    """

    estimator: str
    arguments: dict
    reached: dict[str, float]
    sample: Sample
    baseline: Sample
    rows: pd.DataFrame

    @property
    def how(self) -> estimators.Params:
        """The better candidate, as section `train` has it."""
        return estimators.Params(estimator=self.estimator, arguments=self.arguments, seed=1)


def decided(tried: Trial, threshold: float | None) -> Trial:
    """Return the trial with another decision threshold."""
    sample, baseline = (replace(one, threshold=threshold) for one in (tried.sample, tried.baseline))
    return replace(tried, sample=sample, baseline=baseline)


def run(rows: pd.DataFrame, rules: Schema, settings: recipe_features.Params, split: str) -> Trial:
    """Return the trial of typed `rows`, the train part, cut as the `split` cuts the data set."""
    rows = _some(rows, rules, split)
    kind = "number" if rules.task == "regression" else "classes"
    candidates = [estimators.Params(estimator=name, arguments=given, seed=1)
                  for name, given in CANDIDATES[kind]]  # fmt: skip
    scores = {one.estimator: _nothing(rows, rules) for one in candidates}
    scored = np.zeros(len(rows), bool)
    for learned, asked in folds(rows, rules, split):
        fitted = featurizers.fit(rows.iloc[learned], rules, settings)
        seen, unseen = (
            featurizers.transform(fitted, rows.iloc[part], rules) for part in (learned, asked)
        )
        target = rows[rules.target].iloc[learned]
        for one in candidates:
            scores[one.estimator][asked] = estimated(seen, target, unseen, one, rules)
        scored[asked] = True
    truth, threshold = rules.truth(rows[rules.target]), 0.5 if rules.task == "binary" else None
    trivial = baseline_scores(rows[rules.target], len(rows), rules)
    blank = Sample(rules.task, rules.labels, truth[scored], trivial[scored], threshold)
    samples = {name: replace(blank, scores=of[scored]) for name, of in scores.items()}
    reached = {name: value_of(sample, CHOSEN_BY[rules.task]) for name, sample in samples.items()}
    best = _choice(reached)
    arguments = next(one.arguments for one in candidates if one.estimator == best)
    return Trial(best, dict(arguments), reached, samples[best], blank, rows[scored])


def _some(rows: pd.DataFrame, rules: Schema, split: str) -> pd.DataFrame:
    """Return MOST_ROWS of the rows at most; by time, the last ones, in their order."""
    if split == "time":
        rows = rows.sort_values(rules.with_role("time")[0], kind="stable")
        return rows.tail(MOST_ROWS).reset_index(drop=True)
    if len(rows) <= MOST_ROWS:
        return rows.reset_index(drop=True)
    return rows.sample(MOST_ROWS, random_state=0).sort_index().reset_index(drop=True)


def folds(rows: pd.DataFrame, rules: Schema, split: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield places to learn from and to ask: by time the later half in blocks, each by what is
    before it; by group whole groups; else each class in its share.
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
    for learned, asked in cut:
        if _learnable(target.iloc[learned], rules):
            yield learned, asked


def _learnable(target: pd.Series, rules: Schema) -> bool:
    """Whether every class, or more than one number, is there to be learned."""
    least = len(rules.labels) or 2
    return target.nunique() >= least


def estimated(
    seen: pd.DataFrame,
    target: pd.Series,
    unseen: pd.DataFrame,
    how: estimators.Params,
    rules: Schema,
) -> np.ndarray:
    """Return the scores of features `unseen`, by an estimator trained on `seen` and `target`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator, _ = training.train(seen, target, how)
    if rules.task == "regression":
        return np.asarray(estimator.predict(unseen.to_numpy()), dtype="float64")
    found = pd.DataFrame(estimator.predict_proba(unseen.to_numpy()), columns=estimator.classes_)
    scores = found.reindex(columns=rules.labels, fill_value=0.0).to_numpy()
    return scores[:, 1] if rules.task == "binary" else scores


def _nothing(rows: pd.DataFrame, rules: Schema) -> np.ndarray:
    many = rules.task == "multiclass"
    return np.zeros((len(rows), len(rules.labels)) if many else len(rows))


def _choice(reached: dict[str, float]) -> str:
    """Return the best estimator; the linear one, the first, unless another is clearly better."""
    linear, *_ = reached
    best = max(reached, key=reached.get)
    return best if reached[best] > reached[linear] + LINEAR_SPARE else linear


def value_of(sample: Sample, name: str) -> float:
    """Return one metric of a sample; minus infinity where its rows do not determine it."""
    kind = metric.metrics_of(sample.task, sample.labels)[name]
    value = kind.value(sample.truth, sample.scores, sample.threshold)
    return -np.inf if value is None else value


def by_chance(sample: Sample, name: str, rows: int, member: np.ndarray | None = None) -> np.ndarray:
    """Return the metric `name` of DRAWS parts of so many `rows`, drawn from the sample's.

    `member` (n,) says which rows they are drawn from. Draws that do not determine it are left out.
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
    """Return, by metric, the end against the model of the 95 % interval of PARTS test parts.

    Each part is so many `rows`, drawn from the sample's; its interval is that of `evaluate`. Parts
    in which a metric has none are left out.
    """
    known = metric.metrics_of(sample.task, sample.labels)
    generator = np.random.default_rng(0)
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(PARTS):
        drawn = generator.choice(len(sample.truth), min(rows, PART_ROWS))
        part = replace(sample, truth=sample.truth[drawn], scores=sample.scores[drawn])
        every = [Part(np.arange(len(drawn)), {name: known[name] for name in names})]
        ((resampled,),) = bootstrap.resample([part], every, RESAMPLES, seed=1)
        for name in names:
            if interval := bootstrap.interval(resampled[name], 0.95):
                found[name].append(interval[0 if known[name].higher_is_better else 1])
    return {name: np.array(ends) for name, ends in found.items()}


def least_expected(value: float, ends: np.ndarray, higher: bool) -> float | None:
    """Return what a test part reaches unless it is very unlucky: somewhat beyond the worst of
    `ends`, as seen from the `value` of the whole; None where most parts have no such figure.
    """
    if len(ends) < PARTS // 2:
        return None
    worst = ends.min() if higher else ends.max()
    return float(worst + BEYOND * (worst - value))
