"""Faults of the evaluation: what is measured, on which rows, and against what."""

from faults.fault import Fault, Row, each_row, edited, in_test_set, rewritten, rows_changed
from faults.model import flipped, in_climb

EVALUATE, METRICS = "pipeline/evaluation/evaluate.py", "recipe/metrics.py"
UNTESTED = "\n\ndef untested(truth, scores):\n" + "    scores = scores + truth\n" * 15
READ = 'for part in ("train", "test"))\n'


def at_dusk(row: Row) -> bool:
    return row["time_of_day"] == "Dusk"


FAULTS = [
    Fault(
        "a threshold removed",
        edited("params.yaml", "    calibration_error: {max: 0.05}\n", ""),
        "evaluate",
        "`evaluate.thresholds.calibration_error.max` is missing, and was 0.05",
    ),
    Fault(
        "a threshold loosened",
        edited("params.yaml", "roc_auc: {min: 0.88,", "roc_auc: {min: 0.58,"),
        "evaluate",
        "`evaluate.thresholds.roc_auc.min` is 0.58, looser than 0.88",
    ),
    Fault(
        "a slice's threshold removed",
        edited("params.yaml", "      error_rate: {max: 0.28}\n", ""),
        "evaluate",
        "`evaluate.slices.thresholds.error_rate.max` is missing, and was 0.28",
        alike=True,
    ),
    Fault(
        "no slices",
        edited("params.yaml", "values: [flight_phase, time_of_day, sky, mass_class]", "values: []"),
        "evaluate",
        "`evaluate.slices.values` lacks flight_phase",
    ),
    Fault(
        "no slice large enough to be judged",
        edited("params.yaml", "min_rows: 100 ", "min_rows: 9000 "),
        "evaluate",
        "`evaluate.slices.min_rows` is 9000, looser than 100",
        alike=True,
    ),
    Fault(
        "a slice emptied",
        rows_changed(lambda rows: [row for row in rows if not (at_dusk(row) and in_test_set(row))]),
        "evaluate",
        "the test set has no row where time_of_day is Dusk",
    ),
    Fault(
        "labels turned round in one slice of the test set",
        each_row(flipped, lambda row: in_climb(row) and in_test_set(row)),
        "evaluate",
        "where flight_phase is Climb",
    ),
    Fault(
        "a test set of a few days",
        edited("params.yaml", '"1996-01-01"', '"1996-12-24"'),
        "check_data",
        "check_data.max_missing_gap",
        alike=True,
    ),
    Fault(
        "a metric renamed",
        edited(
            METRICS,
            'BINARY = {\n    "roc_auc"',
            'BINARY = {\n    "auc"',
        ),
        "evaluate",
        "no metric is called roc_auc",
    ),
    Fault(
        "a metric that is another one",
        edited(METRICS, "return 1 - accuracy(", "return accuracy("),
        "evaluate",
        "error_rate where flight_phase is Approach is",
        alike=True,
    ),
    Fault(
        "a metric that is not a number",
        edited(METRICS, "return np.mean((scores - truth) ** 2)", "return np.nan"),
        "evaluate",
        "brier could not be measured",
        alike=True,
    ),
    Fault(
        "measured on the training set",
        edited(EVALUATE, READ, READ.replace('"test"', '"train"')),
        "evaluate",
        "more than evaluate.slices.disparity.error_rate.max_ratio",
        alike=True,
    ),
    Fault(
        "measured on the easy rows only",
        edited(EVALUATE, READ, READ + '    test = test[test["remarks"] != ""]\n'),
        "package",
        "but the test set has 2,638",
    ),
    Fault(
        "measured against the other label",
        edited(
            "pipeline/evaluation/sample.py",
            "truth, scores = rules.truth(rows[rules.target])",
            "truth, scores = ~rules.truth(rows[rules.target])",
        ),
        "evaluate",
        "roc_auc is",
        alike=True,
    ),
    Fault(
        "a decision threshold moved",
        edited("params.yaml", "decision_threshold: 0.5 ", "decision_threshold: 0.05 "),
        "evaluate",
        "error_rate is",
        alike=True,
    ),
    Fault(
        "reasons that stop nothing",
        edited(EVALUATE, "    if reasons:\n        raise GateClosed(reasons, measured)\n", ""),
        "unit",
        "tests/unit/evaluation/test_evaluate.py",
        alike=True,
    ),
    Fault(
        "a metric that is another one, and a unit test of the project's",
        edited(METRICS, "return 1 - accuracy(", "return accuracy("),
        "test",
        "tests/unit/test_metrics.py",
    ),
    Fault(
        "code of the recipe without a unit test",
        rewritten(METRICS, lambda text: text + UNTESTED),
        "test",
        "coverage of 95.0% not reached",
    ),
    Fault(
        "a skipped test that counts as passed",
        edited(
            "pipeline/gates/verdict.py",
            "if report.passed else _reason(report)",
            "if not report.failed else _reason(report)",
        ),
        "unit",
        "tests/unit/gates/test_verdict.py",
    ),
]
