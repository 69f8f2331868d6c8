"""Faults of the model: how it is trained, kept and asked."""

import shutil

from baked import Project
from faults.fault import Fault, Row, both, each_row, edited, in_test_set

TRAIN, TRAINING = "pipeline/model/train.py", "pipeline/model/training.py"
SCORER = "pipeline/model/scorer.py"
TARGET = "columns=[rules.target])[rules.target]\n"
FIT = "estimator, notes = train(rows, target, settings)"


def flipped(row: Row) -> None:
    row["effect_on_flight"] = {"yes": "no", "no": "yes"}[row["effect_on_flight"]]


FORMER = '__import__("pathlib").Path("deploy/former.skops").read_bytes()'


def former_model_kept(project: Project) -> None:
    shutil.copyfile(project.folder / "models/model.skops", project.folder / "deploy/former.skops")


def in_climb(row: Row) -> bool:
    return row["flight_phase"] == "Climb"


FAULTS = [
    Fault(
        "trained on shuffled labels",
        edited(TRAIN, TARGET, TARGET.replace("\n", ".sample(frac=1, random_state=0)\n")),
        "check_model",
        "trained again on the training set's features, the model's scores",
    ),
    Fault(
        "trained on labels turned round",
        each_row(flipped, lambda row: not in_test_set(row)),
        "check_model",
        "score lower for that class than other rows",
        alike=True,
    ),
    Fault(
        "trained on the first 500 rows",
        edited(TRAIN, FIT, "rows, target = rows.head(500), target.head(500)\n    " + FIT),
        "check_model",
        "trained again on the training set's features, the model's scores",
        alike=True,
    ),
    Fault(
        "trained on the test set too",
        edited(
            TRAIN,
            FIT,
            'rows = pd.concat([rows, pd.read_parquet(features / "test.parquet")])\n'
            '    other = pd.read_parquet(dataset / "test.parquet", columns=[rules.target])\n'
            "    target = pd.concat([target, other[rules.target]])\n    " + FIT,
        ),
        "check_model",
        "trained again on the training set's features, the model's scores",
        alike=True,
    ),
    Fault(
        "trained without the embeddings",
        edited(
            TRAIN,
            FIT,
            'rows.loc[:, rows.columns.str.startswith("remarks[")] = 0.0\n    ' + FIT,
        ),
        "check_model",
        "a report of an aborted take-off raises it",
    ),
    Fault(
        "training that is never twice the same",
        edited(
            TRAINING,
            'estimator.fit(rows.to_numpy(), target.to_numpy(dtype="f8" if numeric else "U"))',
            "order = rows.sample(frac=1).index\n"
            "            estimator.fit(rows.loc[order].to_numpy(), "
            'target.set_axis(rows.index).loc[order].to_numpy(dtype="U"))',
        ),
        "check_model",
        "training twice on the same rows gave two different models",
        alike=True,
    ),
    Fault(
        "a stale model file",
        both(
            former_model_kept,
            edited("params.yaml", "arguments: {C: 1.0,", "arguments: {C: 0.5,"),
            edited(TRAIN, "model_file.save(fitted, model)", f"model.write_bytes({FORMER})"),
        ),
        "check_model",
        "the model file holds",
    ),
    Fault(
        "a model too stiff to learn",
        edited("params.yaml", "arguments: {C: 1.0,", "arguments: {C: 1e-5,"),
        "check_model",
        "overfit",
        alike=True,
    ),
    Fault(
        "a model that learned by heart",
        edited(
            "params.yaml",
            "linear_model.LogisticRegression  # recipe/estimators.py lists the trusted ones\n"
            "  arguments: {C: 1.0, max_iter: 2000}",
            "tree.DecisionTreeClassifier\n  arguments: {}",
        ),
        "check_model",
        "should score higher in",
        alike=True,
    ),
    Fault(
        "probabilities of balanced classes",
        edited("params.yaml", "max_iter: 2000}", "max_iter: 2000, class_weight: balanced}"),
        "evaluate",
        "calibration_error is",
    ),
    Fault(
        "labels turned round in one phase of flight",
        each_row(flipped, lambda row: in_climb(row) and not in_test_set(row)),
        "check_model",
        "a report of no damage lowers it",
        alike=True,
    ),
    Fault(
        "the other class's probability",
        edited(SCORER, "return found[:, 1] if", "return found[:, 0] if"),
        "check_model",
        "the scores are not the probabilities of",
    ),
    Fault(
        "scores that depend on the batch",
        edited(SCORER, "return found[:, 1] if", "return found[:, 1] / found[:, 1].max() if"),
        "check_model",
        "a row alone and in a batch score",
    ),
    Fault(
        "scores that stand in another order",
        edited(SCORER, "return found[:, 1] if", "return found[::-1, 1] if"),
        "check_model",
        "the scores are not the probabilities of",
        alike=True,
    ),
    Fault(
        "a service that forgets which numbers are missing",
        edited("pipeline/model/compiled.py", "if math.isnan(number(row[source])):", "if False:"),
        "check_model",
        "when the service scores them and when scikit-learn does",
    ),
    Fault(
        "the positive label named wrongly",
        edited("schema.yaml", 'positive: "yes"', 'positive: "no"'),
        "check_model",
        "a report of an aborted take-off raises it",
        alike=True,
    ),
    Fault(
        "an unseen level is an error",
        edited("recipe/features.py", "infrequent_if_exist", "error"),
        "featurize",
        "the featurizer cannot transform rows: Found unknown categories",
    ),
]
