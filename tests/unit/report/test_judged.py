"""A judged model names the metric that its importance is measured by."""

from types import SimpleNamespace

from pipeline.report.judged import Judged


def test_the_first_metric_is_the_first_that_has_a_threshold():
    settings = SimpleNamespace(thresholds={"roc_auc": None, "log_loss": None})
    assert Judged(None, None, None, None, settings).first_metric == "roc_auc"
