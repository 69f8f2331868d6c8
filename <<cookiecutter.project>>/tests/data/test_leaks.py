"""Leaks: nothing of the test part, and nothing of the target, may be known beforehand."""

import numpy as np
import pytest
from scipy.stats import rankdata

from pipeline import ingest, params


def test_no_id_is_on_both_sides(rows, rules):
    both = set(rows["train"][rules.id]) & set(rows["test"][rules.id])
    assert not both, f"{sorted(both)[:3]} are in the train part and in the test part"


def test_no_row_was_lost_or_made_twice(rows, rules):
    ids = [*rows["train"][rules.id], *rows["test"][rules.id]]
    assert len(ids) == len(set(ids)), "an id stands on more than one row"


def test_the_split_is_the_declared_one(rows, rules):
    split = params.load("ingest", ingest.Params).split
    if split.by == "time":
        time = rules.with_role("time")[0]
        last, first = rows["train"][time].max(), rows["test"][time].min()
        assert last < first, f"the train part reaches {last}, the test part begins {first}"
    elif split.by == "group":
        group = rules.with_role("group")[0]
        both = set(rows["train"][group]) & set(rows["test"][group])
        assert not both, f"the groups {sorted(both)[:3]} are on both sides"
    else:
        total = len(rows["train"]) + len(rows["test"])
        share = len(rows["test"]) / total
        assert share == pytest.approx(split.test_share, abs=0.01), f"the test part is {share:.0%}"


def test_no_feature_alone_predicts_the_target(features, rows, rules, settings):
    positive = (rows["train"][rules.target] == rules.columns[rules.target].positive).to_numpy()
    names, values = features["train"].columns, features["train"].to_numpy()
    # ROC AUC of each column from the ranks of the positive rows (Mann and Whitney's U).
    count, others = positive.sum(), (~positive).sum()
    ranks = rankdata(values, axis=0)[positive].sum(axis=0)
    areas = (ranks - count * (count + 1) / 2) / (count * others)
    areas = np.maximum(areas, 1 - areas)
    worst = int(areas.argmax())
    assert areas[worst] <= settings.max_leak_auc, (
        f"`{names[worst]}` alone has ROC AUC {areas[worst]:.3f}, above test_data.max_leak_auc "
        f"{settings.max_leak_auc}: does it know the target?"
    )
