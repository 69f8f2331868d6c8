"""Sameness: the same row scores the same, wherever it stands and however it is handed over."""

import numpy as np
import pandas as pd
import pytest

from pipeline import model_file, params
from pipeline.scorer import Scorer
from pipeline.stage import Refusal


def _apart(one, other):
    return float(np.abs(one - other).max())


def test_one_row_alone_scores_as_in_a_batch(scorer, rows, settings):
    alone = np.concatenate([scorer.scores(rows.iloc[[n]]) for n in range(len(rows))])
    apart = _apart(alone, scorer.scores(rows))
    assert apart <= settings.tolerance, f"a row alone and in a batch score {apart:.3g} apart"


def test_the_order_of_rows_does_not_matter(scorer, rows, settings):
    apart = _apart(scorer.scores(rows[::-1])[::-1], scorer.scores(rows))
    assert apart <= settings.tolerance, f"rows in another order score {apart:.3g} apart"


def test_the_order_of_columns_and_extra_ones_do_not_matter(scorer, rows, rules):
    changed = rows[rules.features[::-1]].assign(extra=1)
    assert _apart(scorer.scores(changed), scorer.scores(rows)) == 0


def test_raw_values_score_as_typed_ones(scorer, rows, rules, settings):
    records = rows[rules.features].astype(object).where(rows[rules.features].notna(), None)
    raw = pd.DataFrame(records.to_dict("records"))
    apart = _apart(scorer.scores(raw), scorer.scores(rows))
    assert apart <= settings.tolerance, f"raw and typed values score {apart:.3g} apart"


def test_a_missing_column_is_named(scorer, rows, rules):
    for name in rules.features:
        with pytest.raises(Refusal, match=f"`{name}` is missing"):
            scorer.scores(rows.drop(columns=name))


def test_a_saved_model_scores_as_before(scorer, model, rows, rules, tmp_path):
    model_file.save(model, tmp_path / "model.skops")
    again = Scorer(model_file.load(tmp_path / "model.skops"), rules)
    assert _apart(again.scores(rows), scorer.scores(rows)) == 0


def test_training_twice_gives_the_same_bytes(train, model, rules, tmp_path):
    from pipeline import train as stage

    settings = params.load("train", stage.Params)
    features = pd.DataFrame(model[0].transform(train[rules.features].head(500)))
    files = []
    for name in ("one", "two"):
        estimator, _ = stage.train(features, train[rules.target].head(500), settings)
        model_file.save(estimator, tmp_path / name)
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1], "training twice on the same rows gave two models"
