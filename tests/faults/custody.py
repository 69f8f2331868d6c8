"""Faults of the chain from the blessing back to the raw rows, and of what is deployed."""

import re
import shutil

from baked import Project, engine
from faults.fault import RAW, Break, Fault, both, edited, rewritten

BLESSING = "release/blessing.json"


def a_byte_of(path: str) -> Break:
    """Return a fault that changes the last byte of a file."""

    def break_it(project: Project) -> None:
        file = project.folder / path
        content = file.read_bytes()
        file.unlink()  # it may be linked to DVC's cache
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    return break_it


def removed(path: str) -> Break:
    return lambda project: (project.folder / path).unlink()


def told_dvc_that_nothing_changed(project: Project) -> None:
    done = project.dvc("commit", "--force")
    assert done.status == 0, done.output


def ran(*words: str) -> Break:
    def break_it(project: Project) -> None:
        done = project.dvc("repro", *words)
        assert done.status == 0, done.output

    return break_it


def older_blessing(project: Project) -> None:
    """Bless anew, by a stricter limit, and put the former blessing back."""
    kept = project.folder.with_name(f"{project.folder.name}-kept")
    shutil.copyfile(project.folder / BLESSING, kept)
    project.edit("params.yaml", "max_p95_ms: 250 ", "max_p95_ms: 2000 ")
    done = project.make("smoke", SANDBOX="container")
    assert done.status == 0, done.output
    shutil.move(kept, project.folder / BLESSING)


def moved_tag(project: Project) -> None:
    engine("tag", "python:3.11-slim", project.json(BLESSING)["bento"])


def other_image(project: Project) -> None:
    image = project.json(BLESSING)["image"]
    other = engine("image", "inspect", "--format", "{{.Id}}", "python:3.11-slim")
    rewritten(BLESSING, lambda text: text.replace(image, other))(project)


def another_model(project: Project) -> None:
    """A model trained since, by another parameter, stands where the judged one stood."""
    project.edit("params.yaml", "arguments: {C: 1.0,", "arguments: {C: 0.5,")
    ran("--single-item", "train")(project)


def without_a_text(key: str) -> Break:
    """Return a fault that empties a text of the model card."""
    text = re.compile(rf"  {key}: \|-\n(?:    .*\n)+")
    return rewritten("params.yaml", lambda params: text.sub(f'  {key}: ""\n', params))


FAULTS = [
    Fault("a byte of the raw table", a_byte_of(RAW), "deploy", f"{RAW}: its bytes changed"),
    Fault(
        "a byte of the features",
        a_byte_of("data/features/train.parquet"),
        "deploy",
        "data/features: its bytes changed",
    ),
    Fault(
        "a byte of the model",
        a_byte_of("models/model.skops"),
        "deploy",
        "models/model.skops: its bytes changed",
    ),
    Fault(
        "a byte of the mocks",
        a_byte_of("tests/mocks.csv"),
        "deploy",
        "tests/mocks.csv: its bytes changed",
    ),
    Fault(
        "a byte of the Bento",
        a_byte_of("release/bento/src/serve.py"),
        "deploy",
        "release/bento: its bytes changed",
    ),
    Fault(
        "a model trained since",
        another_model,
        "deploy",
        "models/model.skops: `check_model` read another one than the chain holds now",
    ),
    Fault(
        "another model that DVC was told to take",
        both(a_byte_of("models/model.skops"), told_dvc_that_nothing_changed),
        "deploy",
        "models/model.skops: its bytes changed",
    ),
    Fault(
        "a verdict edited by hand",
        rewritten("reports/evaluate.json", lambda text: text.replace("0.", "0.9", 1)),
        "deploy",
        "reports/evaluate.json: its bytes changed after `package`",
    ),
    Fault(
        "a missing verdict",
        removed("reports/check_data.json"),
        "deploy",
        "reports/check_data.json is missing",
    ),
    Fault(
        "a parameter changed after it was read",
        both(
            edited("params.yaml", "roc_auc: {min: 0.88,", "roc_auc: {min: 0.5,"),
            told_dvc_that_nothing_changed,
        ),
        "deploy",
        "`evaluate.thresholds` changed after `evaluate`",
    ),
    Fault(
        "code changed after it ran",
        a_byte_of("pipeline/model/train.py"),
        "deploy",
        "pipeline/model/train.py changed after `train`",
    ),
    Fault(
        "tests removed after they passed",
        removed("tests/model/test_expectations.py"),
        "deploy",
        "tests/model changed after `check_model`",
    ),
    Fault("no lock of the stages", removed("dvc.lock"), "deploy", "changed after `ingest`"),
    Fault("no blessing", removed(BLESSING), "deploy", f"{BLESSING} is missing"),
    Fault(
        "a withdrawn blessing",
        rewritten(BLESSING, lambda text: text.replace('verdict": "passed"', 'verdict": "failed"')),
        "deploy",
        "the image was not blessed",
    ),
    Fault(
        "a blessing of a process",
        rewritten(BLESSING, lambda text: text.replace('"container"', '"process"')),
        "deploy",
        "production needs the blessing of a container",
    ),
    Fault(
        "a blessing edited by hand",
        other_image,
        "deploy",
        f"{BLESSING} changed after `smoke`",
    ),
    Fault(
        "a blessing with more memory",
        rewritten(BLESSING, lambda text: text.replace('"memory": "512m"', '"memory": "8g"')),
        "deploy",
        "params.yaml: `smoke.memory` changed after `smoke`",
    ),
    Fault(
        "an older blessing",
        older_blessing,
        "deploy",
        "params.yaml: `smoke.max_p95_ms` changed after `smoke`",
    ),
    Fault(
        "a model card that does not say what for",
        without_a_text("intended_use"),
        "deploy",
        "params.yaml: `card.intended_use` is empty; write there who uses the predictions",
    ),
    Fault(
        "a model card that is still to be written",
        edited("params.yaml", "    Learned from reports before", "    TODO: reports before"),
        "deploy",
        "params.yaml: `card.limits` still says TODO",
    ),
    Fault("an image that was retagged", moved_tag, "deploy", "was blessed", alone=True),
]
