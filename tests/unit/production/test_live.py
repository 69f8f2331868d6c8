"""Live rows: drift verdicts, and metrics where labels came."""

import numpy as np
import pandas as pd
import pytest

from orders import orders
from pipeline.core.errors import Refusal
from pipeline.production.live import Params, drift_verdict, late_labels, live_metrics


@pytest.mark.slow
def test_a_row_scored_twice_counts_once_by_its_last_score(rules, settings, project):
    how = settings("monitor", Params)
    rows = orders(80, seed=8).head(30)
    late = (rows["late"] == "yes").to_numpy()
    twice = pd.concat([rows, rows], ignore_index=True)
    scores = np.concatenate([np.full(30, 0.5), late.astype(float)])
    live = live_metrics(twice, scores, rules, how)
    assert (live["rows"], live["metrics"]["brier"]) == (30, 0)


@pytest.mark.parametrize(
    ("psi", "missing", "verdict"),
    [(0.5, 0.0, "ok"), (0.51, 0.0, "drifted"), (0.1, 0.21, "drifted"), (2.6, 0.0, "alert")],
)
def test_thresholds_separate_drift_from_alerts(settings, psi, missing, verdict):
    figures = {"psi": psi, "missing_train": 0.0, "missing_live": missing}
    assert drift_verdict(figures, settings("monitor", Params)) == verdict


@pytest.mark.slow
def test_the_last_label_of_a_row_counts_and_a_missing_one_does_not(rules, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("order,late\na,yes\nb,\na,no\n")
    assert late_labels(path, rules).to_dict() == {"a": "no"}


@pytest.mark.slow
def test_labels_without_ids_are_refused(rules, tmp_path):
    (tmp_path / "labels.csv").write_text("late\nyes\n")
    with pytest.raises(Refusal, match="the column `order` is missing"):
        late_labels(tmp_path / "labels.csv", rules)
