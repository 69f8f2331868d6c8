"""Columns that no model should be given unseen: leaks of the target, personal data, survey weights.

A leak is a column that predicts the target nearly by itself: it was most likely filled in when the
target was known. Personal data are told by a column's name and by what its cells look like.
"""

import re

import numpy as np
import pandas as pd

from pipeline.data.bins import rank_bins
from pipeline.data.kinds import KINDS
from pipeline.data.schema import Schema
from pipeline.gates import leaks

LEAK = 0.98  # ROC AUC, or rank correlation, from which on a column is set aside
MOST_ROWS = 20_000  # that leaks are looked for in
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
PERSONAL_SHARE = 0.5  # of a column's cells that look like personal data
WEIGHT_NAME = re.compile(
    r"(fnl|p|pw|fin|final|samp|sample|sampling|survey|person|household|design|replicate)[\W_]?"
    r"(wgt|wt|weight)s?",
    re.I,
)


def camel_apart(name: str) -> str:
    """Return a name with its words apart: "lastName" is "last_Name"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


def personal(name: str, values: pd.Series, kind: str) -> str:
    """Return why a column of type `kind` looks like personal data; "" when it does not."""
    if not KINDS[kind].has_range and values.dtype.kind not in "fiubM":
        present = values.dropna().astype("str")
        present = present[present != ""].head(MOST_ROWS)
        for what, form in PERSONAL_CELLS.items():
            if len(present) and present.str.fullmatch(form.pattern).mean() > PERSONAL_SHARE:
                return f"holds {what}"
    few = values.nunique() < 30 and kind == "category"
    named = PERSONAL_NAME.search(camel_apart(name))
    return f"is called {name}" if named and not few else ""


def is_weight(name: str) -> bool:
    """Whether a column's name is that of survey weights.

    >>> is_weight("fnlwgt"), is_weight("weight"), is_weight("sampling weight")
    (True, False, True)
    """
    return bool(WEIGHT_NAME.fullmatch(name.strip()))


def leaking(rows: pd.DataFrame, rules: Schema) -> dict[str, tuple[str, float, bool]]:
    """Return, by feature column of typed `rows`, what in it tells the target, how well, and whether
    of every class.

    Columns below LEAK are left out. A column that tells one of several classes from the others, and
    not the rest, is most often just a good one.
    """
    rows = rows.sample(min(MOST_ROWS, len(rows)), random_state=0).sort_index()
    truth = rules.truth(rows[rules.target])
    found = {}
    for name in rules.features:
        told = leaks.of_columns(rows, truth, rules, [name])
        if rules.columns[name].type == "text":
            told.append(leaks.of_words(rows[name], truth, rules))
        if rules.columns[name].type == "number":
            present = rows[[name]].fillna(rows[name].median()).to_numpy()
            told.append((f"`{name}` alone", float(leaks.strengths(present, truth, rules)[0])))
        what, strength = max(told, key=lambda case: case[1])
        if strength > LEAK:
            found[name] = (what, strength, _tells_all(rows[name], truth, rules))
    return found


def _tells_all(values: pd.Series, truth: np.ndarray, rules: Schema) -> bool:
    """Whether the column says of nearly each row which class it is of, not of one class only."""
    if rules.task != "multiclass":
        return True
    keys, _ = pd.factorize(values, use_na_sentinel=False)
    if values.dtype.kind == "f":
        keys, _ = pd.factorize(rank_bins(values, leaks.BINS), use_na_sentinel=False)
    table = pd.crosstab(keys, truth)
    several = table[table.sum(axis=1) > 1]
    return bool(len(several) and several.max(axis=1).sum() > LEAK * several.to_numpy().sum())
