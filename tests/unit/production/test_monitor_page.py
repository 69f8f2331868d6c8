"""The page of `monitor`."""

import pytest

from pipeline.production import monitor_page
from pipeline.production.live import Params

DRIFT = {"column": "guests", "verdict": "drifted", "psi": 0.7, "test": "ks", "statistic": 0.4,
         "p_value": 0.01, "missing_train": 0.0, "missing_live": 0.25}  # fmt: skip
LIVE = {
    "rows": 20,
    "metrics": {"roc_auc": 0.875, "accuracy": 0.9},
    "slices": [{"by": "size", "value": "large", "rows": 7, "metrics": {"roc_auc": 0.5}}],
}


@pytest.fixture
def how(settings) -> Params:
    return settings("monitor", Params)


def test_the_page_shows_drift_metrics_and_slices(how):
    text = monitor_page.render({"rows": 80, "drift": [DRIFT], "live": LIVE}, [], how)
    assert "80 live predictions, 20 of them with a label." in text
    for words in ("guests", "drifted", "0.8750", "0.9000", "large", "PSI is 0 for equal"):
        assert words in text, words
    assert text.count("<svg") == 2


@pytest.mark.parametrize(("reasons", "verdict"), [([], "ok"), (["PSI 0.7 is too much"], "alert")])
def test_reasons_are_an_alert(how, reasons, verdict):
    text = monitor_page.render({"rows": 80, "drift": [DRIFT], "live": LIVE}, reasons, how)
    assert f">{verdict}<" in text
    assert all(reason in text for reason in reasons)
