"""Leaks: how well a single column, or a single word, predicts the target by itself.

How well is the ROC AUC, of more classes the largest of each one's against the rest; of a target
that is a number, the size of Spearman's rank correlation. A column that comes near to 1 was most
likely filled in when the target was known.
"""

import re
import sys
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import rankdata

from pipeline.data.bins import rank_bins
from pipeline.data.schema import Schema

BINS = 50  # of equal size, in which a number is looked at
FOLDS = 5
BLOCK = 16  # columns that are ranked at once: ranking takes several times their memory
WORD = re.compile(r"\b\w\w+\b")

Found = tuple[str, float]  # what predicts the target, and how well


def name_of(rules: Schema) -> str:
    """Return what the figure is called in sentences."""
    return "rank correlation" if rules.task == "regression" else "ROC AUC"


def sides(truth: np.ndarray, rules: Schema) -> np.ndarray:
    """Return what is to be predicted, a column a class: float64 (n, classes), or (n, 1).

    Whether a row is of the class (binary: of the positive one), or the number's rank.
    """
    if rules.task == "multiclass":
        return (truth[:, None] == np.arange(len(rules.labels))).astype("float64")
    if rules.task == "regression":
        truth = rankdata(truth)
    return truth.astype("float64")[:, None]


def strengths(values: np.ndarray, truth: np.ndarray, rules: Schema) -> np.ndarray:
    """Return how well each column of `values` (n, k) orders the target, either way round: (k,).

    `truth` (n,) is as `Schema.truth` gives it.
    """
    wanted, count = sides(truth, rules), values.shape[1]
    some = [values[:, begin : begin + BLOCK] for begin in range(0, max(1, count), BLOCK)]
    agreement = np.vstack([_agreement(rankdata(part, axis=0), wanted, rules) for part in some])
    return np.maximum(agreement, _turned(agreement, rules)).max(axis=1)


def of_columns(
    rows: pd.DataFrame, truth: np.ndarray, rules: Schema, names: Sequence[str] | None = None
) -> list[Found]:
    """Return how well each column of typed `rows` predicts the target by itself.

    `names` are the features' columns to look at, all of them where nothing is said.

    A row is predicted by the target's mean among the rows of the other folds that have the same
    value: the same level, number or text, or a number (a text's length) in the same bin.
    """
    return [
        found
        for name in (rules.features if names is None else names)
        for found in of_column(name, rows, truth, rules)
    ]


def of_column(name: str, rows: pd.DataFrame, truth: np.ndarray, rules: Schema) -> list[Found]:
    """Return how well column `name` does so: its values, and its bins or its length."""
    values, kind = rows[name], rules.columns[name].kind
    tried = {f"`{name}` alone": values}
    if (numbers := kind.numbers(values)) is not None:
        binned = f"`{name}` alone, in {BINS} bins,"
        what = f"the length of `{name}` alone" if kind.name == "text" else binned
        tried[what] = rank_bins(numbers, BINS)
    return [(what, _out_of_fold(one, truth, rules)) for what, one in tried.items()]


def of_words(texts: pd.Series, truth: np.ndarray, rules: Schema) -> Found:
    """Return the word that predicts the target best by standing in a text, and how well."""
    known, there = document_words([words(text) for text in texts])
    if not known:
        return "no word", 0.0
    there.data[:] = 1.0  # how often it stands there means nothing
    wanted, count = sides(truth, rules), there.sum(axis=0)[:, None]
    met = there.T @ wanted
    # What is there or not has two ranks only, so that sums are enough.
    if rules.task == "regression":
        spread = np.sqrt(count * (len(texts) - count)) * wanted.std()
        apart = met - count * wanted.mean()
        agreement = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    else:
        rate, others = met / wanted.sum(axis=0), (count - met) / (1 - wanted).sum(axis=0)
        agreement = (1 + rate - others) / 2
    best = np.maximum(agreement, _turned(agreement, rules)).max(axis=1)
    return f"the word {known[int(best.argmax())]!r}", float(best.max())


def words(text: str) -> list[str]:
    """Return the words of a text, of two letters or digits at least, in small letters.

    >>> words("No damage. 2 GULLS!")
    ['no', 'damage', 'gulls']
    """
    # One string a word, not one each time that it stands somewhere: texts are many.
    return [sys.intern(word) for word in WORD.findall(text.lower())]


def frequent_words(texts: Iterable[str], least: int) -> int:
    """Return how many words stand in `least` texts or more."""
    _, there = document_words(map(words, texts))
    return int((np.bincount(there.indices, minlength=1) >= least).sum())


def document_words(texts: Iterable[list[str]]) -> tuple[list[str], sparse.csr_array]:
    """Return the words in order of the alphabet, and how often each stands in each text (n, words).

    `texts` are lists of words.
    """
    texts = list(texts)
    known = sorted({word for text in texts for word in text})
    place = {word: number for number, word in enumerate(known)}
    columns = [place[word] for text in texts for word in text]
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    shape = (len(texts), len(known))
    return known, sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def _out_of_fold(values: pd.Series, truth: np.ndarray, rules: Schema) -> float:
    """Return how well the other folds' means by value order the target."""
    levels, _ = pd.factorize(values, use_na_sentinel=False)
    wanted = sides(truth, rules)
    count, size = len(wanted), int(levels.max()) + 1
    fold = np.random.default_rng(0).permutation(count) % FOLDS
    cell = levels * FOLDS + fold
    best = 0.0
    for side in wanted.T:
        number = np.bincount(cell, minlength=size * FOLDS).reshape(size, FOLDS)
        total = np.bincount(cell, side, minlength=size * FOLDS).reshape(size, FOLDS)
        number = number.sum(axis=1, keepdims=True) - number
        total = total.sum(axis=1, keepdims=True) - total
        # A level that no other fold knows is taken for the mean of all.
        mean = np.where(number > 0, total / np.maximum(number, 1), side.mean())
        ranks = rankdata(mean[levels, fold])[:, None]
        best = max(best, float(_agreement(ranks, side[:, None], rules).max()))
    return best


def _agreement(ranks: np.ndarray, wanted: np.ndarray, rules: Schema) -> np.ndarray:
    """Return the figure of each column of `ranks` (n, k) on each side (n, s): (k, s)."""
    if rules.task == "regression":
        apart = (ranks - ranks.mean(axis=0)).T @ (wanted - wanted.mean(axis=0))
        spread = len(ranks) * np.outer(ranks.std(axis=0), wanted.std(axis=0))
        return np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    # Mann and Whitney's U, from the ranks of the rows of the class.
    count = wanted.sum(axis=0)
    area = ranks.T @ wanted - count * (count + 1) / 2
    return area / (count * (len(wanted) - count))


def _turned(agreement: np.ndarray, rules: Schema) -> np.ndarray:
    """Return the figure of the opposite order."""
    return -agreement if rules.task == "regression" else 1 - agreement
