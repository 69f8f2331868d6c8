"""Columns that should be looked at before they are features: leaks, personal data, survey weights.

A leak is a column that predicts the target nearly by itself: it was most likely filled in when the
target was known. Personal data are recognised by a column's name and by the form of its cells.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.data.bins import rank_bins
from pipeline.data.kinds import KINDS
from pipeline.data.schema import Schema
from pipeline.gates import leaks

LEAK = 0.98  # ROC AUC, or rank correlation, above which a column is a leak
MOST_ROWS = 20_000  # rows in which leaks are looked for
PERSONAL_NAME = re.compile(
    r"(^|[\W_])(e[\W_]?mails?|phones?|telephone|mobile|fax|ssn|passport|address|street|zip(code)?|"
    r"post(al)?[\W_]?code|(sur|last|first|full|middle|user|given|family|maiden)[\W_]?names?|names?|"
    r"ip|iban|birth(day|date)?|date[\W_]of[\W_]birth|dob|licen[cs]e[\W_]?(no|number|plate))"
    r"([\W_]|$)", re.I
)  # fmt: skip
PERSONAL_CELLS = {
    "e-mail addresses": re.compile(r"\s*[\w.+-]+@[\w-]+(\.[\w-]+)+\s*"),
    "phone numbers": re.compile(r"\s*(\+\d|\(\d{2,4}\)|0\d)[\d\s()/.-]{6,}\s*"),
    "IP addresses": re.compile(r"\s*\d{1,3}(\.\d{1,3}){3}\s*"),
    "account numbers": re.compile(r"\s*([A-Z]{2}\d{2}[A-Z0-9 ]{11,30}|(\d{4}[ -]){3}\d{4})\s*"),
}  # fmt: skip
PERSONAL_SHARE = 0.5  # share of a column's cells that have the form of personal data
WEIGHT_NAME = re.compile(
    r"(fnl|p|pw|fin|final|samp|sample|sampling|survey|person|household|design|replicate)[\W_]?"
    r"(wgt|wt|weight)s?",
    re.I,
)


@dataclass(frozen=True)
class Leak:
    """A column that predicts the target nearly by itself.

    source: the column, or what in it predicts the target. strength: ROC AUC or rank correlation.
    all_classes: whether it tells every class, and not only one of several.
    """

    source: str
    strength: float
    all_classes: bool


def split_words(name: str) -> str:
    """Return a name with an underscore between the words of camel case.

    >>> split_words("lastName")
    'last_Name'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


def personal(name: str, values: pd.Series, kind: str) -> str:
    """Return why a column of type `kind` looks like personal data; "" when it does not."""
    if not KINDS[kind].has_range and values.dtype.kind not in "fiubM":
        present = values.dropna().astype("str")
        present = present[present != ""].head(MOST_ROWS)
        for data, form in PERSONAL_CELLS.items():
            if len(present) and present.str.fullmatch(form.pattern).mean() > PERSONAL_SHARE:
                return f"holds {data}"
    few = values.nunique() < 30 and kind == "category"
    match = PERSONAL_NAME.search(split_words(name))
    return "has the name of personal data" if match and not few else ""


def is_weight(name: str) -> bool:
    """Whether a column's name is that of survey weights.

    >>> is_weight("fnlwgt"), is_weight("weight"), is_weight("sampling weight")
    (True, False, True)
    """
    return bool(WEIGHT_NAME.fullmatch(name.strip()))


def leaking(rows: pd.DataFrame, rules: Schema) -> dict[str, Leak]:
    """Return the leaks among the features of typed `rows`, by column.

    A column that tells one of several classes from the others, and those not from each other, is
    most often just a good one: see `Leak.all_classes`.
    """
    rows = rows.sample(min(MOST_ROWS, len(rows)), random_state=0).sort_index()
    truth = rules.truth(rows[rules.target])
    leaks_by_column = {}
    for name in rules.features:
        cases = leaks.of_columns(rows, truth, rules, [name])
        if rules.columns[name].type == "text":
            cases.append(leaks.of_words(rows[name], truth, rules))
        if rules.columns[name].type == "number":
            present = rows[[name]].fillna(rows[name].median()).to_numpy()
            cases.append((f"`{name}` alone", float(leaks.strengths(present, truth, rules)[0])))
        source, strength = max(cases, key=lambda case: case[1])
        if strength > LEAK:
            every = _tells_all(rows[name], truth, rules)
            leaks_by_column[name] = Leak(source, strength, every)
    return leaks_by_column


def _tells_all(values: pd.Series, truth: np.ndarray, rules: Schema) -> bool:
    """Whether the column tells the class of nearly each row, not only the rows of one class."""
    if rules.task != "multiclass":
        return True
    keys, _ = pd.factorize(values, use_na_sentinel=False)
    if values.dtype.kind == "f":
        keys, _ = pd.factorize(rank_bins(values, leaks.BINS), use_na_sentinel=False)
    table = pd.crosstab(keys, truth)
    several = table[table.sum(axis=1) > 1]
    return bool(len(several) and several.max(axis=1).sum() > LEAK * several.to_numpy().sum())
