"""Leaks: how well a single column, or a single word, predicts the target by itself.

Its strength is the ROC AUC; of more classes, the largest ROC AUC of a class against the rest; of a
target that is a number, the absolute value of Spearman's rank correlation. A column with a strength
near 1 was most likely filled in when the target was known.
"""

import sys
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import rankdata
from sklearn.feature_extraction.text import CountVectorizer

from pipeline.data.bins import rank_bins
from pipeline.data.schema import Schema

BINS = 50  # of equal size, into which a number is cut
FOLDS = 5
BLOCK = 16  # columns ranked at once: ranking takes several times their memory
ANALYZER = CountVectorizer().build_analyzer()

Strength = tuple[str, float]  # the name of a predictor of the target, and its strength


def name_of(rules: Schema) -> str:
    """Return the name of the strength in sentences."""
    return "rank correlation" if rules.task == "regression" else "ROC AUC"


def sides(truth: np.ndarray, rules: Schema) -> np.ndarray:
    """Return the target as one column for each class: float64 (n, classes), or (n, 1).

    A column says whether a row is of the class (binary: of the positive one). Of a target that is a
    number, there is one column of ranks.
    """
    if rules.task == "multiclass":
        return (truth[:, None] == np.arange(len(rules.labels))).astype("float64")
    if rules.task == "regression":
        truth = rankdata(truth)
    return truth.astype("float64")[:, None]


def strengths(values: np.ndarray, truth: np.ndarray, rules: Schema) -> np.ndarray:
    """Return the strength of each column of `values` (n, k), in either direction: (k,).

    `truth` (n,) is as `Schema.truth` gives it.
    """
    target, count = sides(truth, rules), values.shape[1]
    blocks = [values[:, begin : begin + BLOCK] for begin in range(0, max(1, count), BLOCK)]
    strength = np.vstack([_strength(rankdata(block, axis=0), target, rules) for block in blocks])
    return np.maximum(strength, _reversed(strength, rules)).max(axis=1)


def of_columns(
    rows: pd.DataFrame, truth: np.ndarray, rules: Schema, names: Sequence[str] | None = None
) -> list[Strength]:
    """Return the strength of each column of typed `rows`, or of the columns in `names` alone.

    A row is predicted by the target's mean among the rows of the other folds with the same value:
    the same level, number or text, or a number (or a text's length) in the same bin.
    """
    return [
        strength
        for name in (rules.features if names is None else names)
        for strength in of_column(name, rows, truth, rules)
    ]


def of_column(name: str, rows: pd.DataFrame, truth: np.ndarray, rules: Schema) -> list[Strength]:
    """Return the strength of column `name`: of its values, and of its bins or its length."""
    values, kind = rows[name], rules.columns[name].kind
    variants = {f"`{name}` alone": values}
    if (numbers := kind.numbers(values)) is not None:
        binned = f"`{name}` alone, in {BINS} bins,"
        label = f"the length of `{name}` alone" if kind.name == "text" else binned
        variants[label] = rank_bins(numbers, BINS)
    return [(label, _out_of_fold(keys, truth, rules)) for label, keys in variants.items()]


def of_words(texts: pd.Series, truth: np.ndarray, rules: Schema) -> Strength:
    """Return the word that predicts the target best by its presence in a text, and its strength."""
    vocabulary, present = document_words(texts)
    if not vocabulary:
        return "no word", 0.0
    present.data[:] = 1.0  # how often a word occurs in a text does not count
    target, count = sides(truth, rules), present.sum(axis=0)[:, None]
    total = present.T @ target
    # A word is present or not: two ranks only, so that sums are enough.
    if rules.task == "regression":
        spread = np.sqrt(count * (len(texts) - count)) * target.std()
        apart = total - count * target.mean()
        strength = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    else:
        rate, others = total / target.sum(axis=0), (count - total) / (1 - target).sum(axis=0)
        strength = (1 + rate - others) / 2
    best = np.maximum(strength, _reversed(strength, rules)).max(axis=1)
    return f"the word {vocabulary[int(best.argmax())]!r}", float(best.max())


def words(text: str) -> list[str]:
    """Return the words of a text, of at least two letters or digits, in lower case.

    >>> words("No damage. 2 GULLS!")
    ['no', 'damage', 'gulls']
    """
    # Equal words share one string: a table may hold millions of them.
    return [sys.intern(word) for word in ANALYZER(text)]


def frequent_words(texts: Iterable[str], least: int) -> int:
    """Return the number of words that occur in at least `least` texts."""
    _, counts = document_words(texts)
    return int((np.bincount(counts.indices, minlength=1) >= least).sum())


def document_words(texts: Iterable[str]) -> tuple[list[str], sparse.csr_array]:
    """Return the words of all texts in alphabetical order, and their counts: float64 (n, words)."""
    vectorizer, texts = CountVectorizer(dtype=np.float64), list(texts)
    if not any(map(ANALYZER, texts)):
        return [], sparse.csr_array((len(texts), 0))
    counts = vectorizer.fit_transform(texts)
    return vectorizer.get_feature_names_out().tolist(), sparse.csr_array(counts)


def _out_of_fold(values: pd.Series, truth: np.ndarray, rules: Schema) -> float:
    """Return the strength of the target's mean by value, taken from the rows of other folds."""
    levels, _ = pd.factorize(values, use_na_sentinel=False)
    target = sides(truth, rules)
    count, size = len(target), int(levels.max()) + 1
    fold = np.random.default_rng(0).permutation(count) % FOLDS
    cell = levels * FOLDS + fold
    best = 0.0
    for side in target.T:
        number = np.bincount(cell, minlength=size * FOLDS).reshape(size, FOLDS)
        total = np.bincount(cell, side, minlength=size * FOLDS).reshape(size, FOLDS)
        number = number.sum(axis=1, keepdims=True) - number
        total = total.sum(axis=1, keepdims=True) - total
        # A level that occurs in no other fold is given the mean of all rows.
        mean = np.where(number > 0, total / np.maximum(number, 1), side.mean())
        ranks = rankdata(mean[levels, fold])[:, None]
        best = max(best, float(_strength(ranks, side[:, None], rules).max()))
    return best


def _strength(ranks: np.ndarray, target: np.ndarray, rules: Schema) -> np.ndarray:
    """Return the strength of each column of `ranks` (n, k) for each of `target` (n, s): (k, s)."""
    if rules.task == "regression":
        apart = (ranks - ranks.mean(axis=0)).T @ (target - target.mean(axis=0))
        spread = len(ranks) * np.outer(ranks.std(axis=0), target.std(axis=0))
        return np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    # Mann and Whitney's U, from the ranks of the rows of the class.
    count = target.sum(axis=0)
    area = ranks.T @ target - count * (count + 1) / 2
    return area / (count * (len(target) - count))


def _reversed(strength: np.ndarray, rules: Schema) -> np.ndarray:
    """Return the strength of the reverse order."""
    return -strength if rules.task == "regression" else 1 - strength
